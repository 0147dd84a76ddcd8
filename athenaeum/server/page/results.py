"""Hits as HTML: heading path, the part of the text that answers, links to the published page and to the very lines."""

import re
from collections.abc import Sequence

from athenaeum.records import Hit
from athenaeum.server.page.html import escape
from athenaeum.server.page.markdown import blocks_of, mark, render, words_of
from athenaeum.server.page.readable import readable

EXCERPT = 450
"""Characters shown of a result before it is unfolded; text that is a little longer is shown whole."""
SLACK = 150
LONGEST = 20_000
"""Characters of a section that are shown: a page renders ten of them, and a chunk may be set to be longer."""
CLOSEST = 3
"""Results shown when none seems to answer: a vector search always finds something."""
FAR = 0.5
"""Cosine of the best hit below which results without any word of the query are called the closest, not an answer."""


def render_results(hits: Sequence[Hit], *, query: str, prefix: str) -> str:
    """The list of results, or what to do when there are none."""
    if not hits:
        return (
            '<p class="status" role="status">Nothing found.</p>'
            '<p class="hint">Try fewer or other words: the name of an option, a command, or the text of an error.</p>'
        )
    words = words_of(query)
    if _none_answers(hits, words):
        hits = hits[:CLOSEST]
        count = f"Nothing has the words “{escape(query)}”. The closest in meaning:"
    else:
        count = f"{len(hits)} result{'s' if len(hits) != 1 else ''} for “{escape(query)}”"
    items = "".join(_item(number, hit, words=words, prefix=prefix) for number, hit in enumerate(hits, start=1))
    return f'<p class="status" role="status">{count}</p><ol class="results">{items}</ol>'


_HEADINGS = re.compile(r"\A\s*+(?:#{1,6}[ \t][^\n]*+\n++|[^\n]++\n(?:=++|-++)[ \t]*+\n++)++")
_PROMISE = re.compile(r"\A {0,3}#{1,6}[ \t]|[:：]\s*\Z")
"""A heading, or words that lead up to what follows: at the end of an excerpt they promise what is not there."""


def _none_answers(hits: Sequence[Hit], words: "re.Pattern[str] | None") -> bool:
    if words is None or max(hit.relevance for hit in hits) >= FAR:
        return False
    return not any(words.search(part) for hit in hits for part in (hit.content, hit.title, *hit.headings))


def _item(number: int, hit: Hit, *, words: "re.Pattern[str] | None", prefix: str) -> str:
    trail = [hit.title, *(part for part in hit.headings if part != hit.title)]
    above, last = trail[:-1], trail[-1]
    crumbs = "".join(f"<li>{mark(part, words)}</li>" for part in above)
    address = _web(hit.url) or _web(hit.permalink) or f"{prefix}/pages/{hit.path}"
    content = readable(_without_heading(hit.content))
    excerpt, rest = cut_excerpt(content[:LONGEST], words)
    shown = render(excerpt, words=words, base=_web(hit.url))
    whole = ""
    if rest:
        text = render(_without_heading(hit.content)[:LONGEST], words=words, base=_web(hit.url))
        whole = (
            f'<details class="whole"><summary>Show the whole section</summary><div class="text">{text}</div></details>'
        )
    lines = f"{hit.path}:{hit.start_line}–{hit.end_line}"
    source = f'<a href="{escape(_web(hit.permalink))}">{escape(lines)}</a>' if _web(hit.permalink) else escape(lines)
    path = f'<ul class="trail" aria-label="In">{crumbs}</ul>' if crumbs else ""
    return (
        f'<li class="result" id="r{number}"><article aria-labelledby="h{number}">{path}'
        f'<h2 id="h{number}"><a class="to" href="{escape(address)}">{mark(last, words)}</a></h2>'
        f'<div class="text excerpt">{shown}</div>{whole}'
        f'<p class="source"><span>Source</span> {source}</p></article></li>'
    )


def cut_excerpt(text: str, words: "re.Pattern[str] | None") -> tuple[str, bool]:
    """The run of whole blocks, about EXCERPT characters, with most of the query's words; and whether more is left."""
    if len(text) <= EXCERPT + SLACK:
        return text, False
    lines = text.split("\n")
    blocks = ["\n".join(lines[start:end]) for start, end in blocks_of(text)]
    if not blocks:
        return text[:EXCERPT], True
    points = [len({found.lower() for found in words.findall(block)}) if words else 0 for block in blocks]
    first = max(range(len(blocks)), key=lambda at: (points[at], -at))
    last, size = first, len(blocks[first])
    while last + 1 < len(blocks) and size + len(blocks[last + 1]) <= EXCERPT:
        last += 1
        size += len(blocks[last])
    while first > 0 and size + len(blocks[first - 1]) <= EXCERPT:
        first -= 1
        size += len(blocks[first])
    while last > first and last + 1 < len(blocks) and _PROMISE.search(blocks[last]):
        last -= 1
    chosen = "\n\n".join(blocks[first : last + 1])
    return _bounded(chosen), True


def _bounded(text: str) -> str:
    if len(text) <= 2 * EXCERPT:
        return text
    cut = text[: 2 * EXCERPT].rsplit("\n", 1)[0]
    fences = re.findall(r"^ {0,3}(`{3,}|~{3,})", cut, re.MULTILINE)
    return f"{cut}\n{fences[-1]}" if len(fences) % 2 else f"{cut} …"


def _without_heading(text: str) -> str:
    """The headings that a section begins with are shown above the text already."""
    return _HEADINGS.sub("", text) or text


def _web(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""
