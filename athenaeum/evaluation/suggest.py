"""Drafts questions from headings and code, for an owner to edit: a gate for a repository's first day. Pure.

A draft asks for what only one page has: a heading whose words stand on no other page, or an identifier used on one
page alone. They are easier than readers' questions; the header of the file says so.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from athenaeum.evaluation.phrasing import question_from
from athenaeum.evaluation.questions import Question, Target
from athenaeum.index.text.words import code_of, identifiers
from athenaeum.records import Page, Section

_HEADER = """\
# Questions that must keep their answers. Drafted from headings and code by `athenaeum evaluate --suggest`:
# replace them by what your readers ask, in their words; drafts are easier than real questions.
"""
_GENERIC = frozenset(
    """
    summary|recap|overview|introduction|notes|note|example|examples|usage|details|conclusion|resources|requirements
    |prerequisites|contents|faq|features|options|parameters|arguments|returns|properties|methods|attributes|general
    |reference|references|links|license|changelog|welcome|background|motivation|limitations|other|misc|more|tips|warning
    |caution|troubleshooting|basics|setup|description|see also|next steps|more info|technical details|further reading
    |table of contents|learn more|getting started|what's next|release notes|related pages|read more|how it works
    |known issues
    """.replace("\n    ", "").split("|")
)
_POINTING = re.compile(
    r"\b(?:previous|above|below|following|this|these|those|it|here|there|next|again|now|them|let's|another|rest)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_INSIDE = re.compile(r"(?<=[a-z,] )[^\W\d_]+|(?<!\w)[a-z][^\W\d_]*")
"""Words whose first letter tells something: not those that begin a sentence."""
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`", re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]{1,64})`(?!`)")
_NAME = re.compile(r"-{0,2}[^\W\d_](?:\w|[.-](?=\w))*(?<!_)")
_FILE = re.compile(
    r"\.(?:mdx?|rst|txt|py|pyi?|[cm]?[jt]sx?|json|ya?ml|toml|ini|cfg|html?|css|sh|env|astro|png|svg|jpe?g)$"
)
_LONGEST_HEADING = 80
_SHORTEST_NAME = 6
_CODE_SHARE = 4
"""One draft in so many asks for an identifier, where there are any."""
_LEAST_WEIGHT = 0.5
"""Pages that were weighed lower (changelogs, dumps) are not asked for."""


def suggest(pages: Iterable[Page], *, limit: int = 40) -> tuple[Question, ...]:
    """Up to `limit` drafts, spread evenly over the pages, in the order of the pages."""
    listed = [page for page in pages if page.weight >= _LEAST_WEIGHT and not _internal(page.path)]
    common = Counter(word for page in listed for word in _INSIDE.findall(_prose(page.text)))
    headed = Counter(
        section.headings[-1].casefold() for page in listed for section in page.sections if section.headings
    )
    used = Counter(word for page in listed for word in set(identifiers(code_of(page.text))))
    names = [list(_from_code(page, used=used)) for page in listed]
    named = _spread(names, limit // _CODE_SHARE)
    heads = [list(_from_headings(page, headed=headed, common=common)) for page in listed]
    # A single word says too little to find one page by: it is asked only where there is room left.
    chosen = [*named, *_spread([[one for one in own if " " in one.text] for own in heads], limit - len(named))]
    chosen += _spread([[one for one in own if " " not in one.text] for own in heads], limit - len(chosen))
    chosen.sort(key=lambda pair: pair[0])
    return tuple({draft.text.casefold(): draft for _, draft in reversed(chosen)}.values())[::-1]


def to_yaml(questions: Sequence[Question]) -> str:
    """The drafts as the text of a questions file."""
    blocks = [
        f"- question: {json.dumps(question.text, ensure_ascii=False)}\n"
        f"  expect: {json.dumps(str(question.targets[0]), ensure_ascii=False)}\n"
        for question in questions
    ]
    return _HEADER + "\n" + "\n".join(blocks)


def _spread(drafts: Sequence[Sequence[Question]], limit: int) -> list[tuple[int, Question]]:
    """Up to `limit` of each page's drafts, the first of every page before any second; with their page's number."""
    chosen: list[tuple[int, Question]] = []
    for depth in range(max(map(len, drafts), default=0)):
        layer = [(at, own[depth]) for at, own in enumerate(drafts) if len(own) > depth]
        room = limit - len(chosen)
        # An even sample: the first pages of a site are not its most important ones.
        chosen += layer if len(layer) <= room else [layer[at * len(layer) // room] for at in range(room)]
    return chosen


def _from_headings(page: Page, *, headed: Counter[str], common: Counter[str]) -> Iterator[Question]:
    """The page's own subject where its title says it, then its sections, those with the most to say first."""
    made = []
    english = page.language.lower().startswith("en")
    for section in page.sections:
        heading = section.headings[-1] if section.headings else ""
        if not _tells(heading, section) or headed[heading.casefold()] > 1:
            continue
        whole = section.level == 1 or heading == page.title
        text = question_from(heading, title="" if whole else page.title, common=common) if english else heading
        made.append((not whole, section.start - section.end, Question(text, (_target(page, section, whole=whole),))))
    yield from (draft for *_, draft in sorted(made, key=lambda one: one[:2]))


def _tells(heading: str, section: Section) -> bool:
    return (
        heading.casefold() not in _GENERIC
        and bool(_LETTERS.search(heading))
        and len(heading) <= _LONGEST_HEADING
        and not _POINTING.search(heading)
        and section.end - section.start >= 4 * len(heading)
    )


def _target(page: Page, section: Section, *, whole: bool) -> Target:
    return Target(page.path, "" if whole else section.anchor)


def _from_code(page: Page, *, used: Counter[str]) -> Iterator[Question]:
    """Names that the page shows more than once and no other page has."""
    counted = Counter(identifiers(code_of(page.text)))
    # What the prose never names is as a rule a value or somebody's example.
    spans = (span.partition("(")[0] for span in _SPAN.findall(page.text))
    spoken = {word: span for span in spans for word in identifiers(span) if span.casefold() == word}
    rare = [
        (count, word) for word, count in counted.items() if used[word] == 1 and count > 1 and _is_name(word, spoken)
    ]
    for _, word in sorted(rare, key=lambda pair: (-pair[0], pair[1]))[:2]:
        yield Question(spoken[word], (Target(page.path),))


def _is_name(word: str, spoken: Mapping[str, str]) -> bool:
    return len(word) >= _SHORTEST_NAME and word in spoken and bool(_NAME.fullmatch(word)) and not _FILE.search(word)


def _prose(text: str) -> str:
    """Without headings and code, which have capitals of their own."""
    return "\n".join(line for line in _CODE.sub(" ", text).split("\n") if not line.lstrip().startswith("#"))


def _internal(path: str) -> bool:
    """Whether a page is a partial or a draft by the common sign: a name that begins with `_`."""
    name = PurePosixPath(path).stem
    return name.startswith("_") and name != "_index"
