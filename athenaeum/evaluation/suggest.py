"""Drafts questions from headings and code, for an owner to edit: a gate for a repository's first day. Pure.

A draft asks for what only one page has: a heading whose words stand on no other page, or an identifier used on one
page alone. They are easier than readers' questions; the header of the file says so.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from athenaeum.evaluation.questions import Question, Target
from athenaeum.index.words import code_of, identifiers, words
from athenaeum.records import Page, Section

_HEADER = """\
# Questions that must keep their answers. Drafted from headings and code by `athenaeum evaluate --suggest`:
# replace them by what your readers ask, in their words; drafts are easier than real questions.
"""
_GENERIC = frozenset(
    """
    summary|recap|overview|introduction|see also|notes|example|examples|usage|details|next steps|conclusion|more info
    |technical details|resources|prerequisites|contents|faq
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_MARKS = re.compile(r"[`*_]{1,2}(?=\w)|(?<=\w)[`*_]{1,2}(?!\w)|\[([^\]]*)\]\([^)]*\)")
_SHORTEST_HEADING, _SHORTEST_NAME = 4, 6


def suggest(pages: Iterable[Page], *, limit: int = 40) -> tuple[Question, ...]:
    """Up to `limit` drafts, spread evenly over the pages, in the order of the pages."""
    listed = list(pages)
    used = Counter(word for page in listed for word in set(identifiers(code_of(page.text))))
    headed = Counter(_plain(section).casefold() for page in listed for section in page.sections)
    drafts = [[*_from_headings(page, headed=headed), *_from_code(page, used=used)] for page in listed]
    chosen: list[tuple[int, Question]] = []
    depth = 0
    while len(chosen) < limit and any(len(own) > depth for own in drafts):
        layer = [(at, own[depth]) for at, own in enumerate(drafts) if len(own) > depth]
        room = limit - len(chosen)
        # An even sample: the first pages of a site are not its most important ones.
        chosen += layer if len(layer) <= room else [layer[at * len(layer) // room] for at in range(room)]
        depth += 1
    return tuple(question for _, question in sorted(chosen, key=lambda pair: pair[0]))


def to_yaml(questions: Sequence[Question]) -> str:
    """The drafts as the text of a questions file."""
    blocks = [
        f"- question: {json.dumps(question.text, ensure_ascii=False)}\n"
        f"  expect: {json.dumps(str(question.targets[0]), ensure_ascii=False)}\n"
        for question in questions
    ]
    return _HEADER + "\n" + "\n".join(blocks)


def _from_headings(page: Page, *, headed: Counter[str]) -> list[Question]:
    made = []
    for section in page.sections:
        heading = _plain(section)
        if not section.headings or len(heading) < _SHORTEST_HEADING or heading.casefold() in _GENERIC:
            continue
        if headed[heading.casefold()] > 1 or section.end - section.start < 4 * len(heading):
            continue
        anchor = section.anchor if section.level > 1 else ""
        made.append(Question(heading, (Target(page.path, anchor),)))
    return made


def _from_code(page: Page, *, used: Counter[str]) -> list[Question]:
    counted = Counter(identifiers(code_of(page.text)))
    rare = [
        (count, word)
        for word, count in counted.items()
        if used[word] == 1 and count > 1 and len(word) >= _SHORTEST_NAME and len(list(words(word))) > 1
    ]
    return [Question(word, (Target(page.path),)) for _, word in sorted(rare, key=lambda pair: (-pair[0], pair[1]))[:2]]


def _plain(section: Section) -> str:
    heading = section.headings[-1] if section.headings else ""
    return " ".join(_MARKS.sub(r"\1", heading).replace("`", "").split())
