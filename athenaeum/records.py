"""The nouns that travel between rooms: pages, sections, chunks, hits, citations and answers.

All are frozen: a record that reaches another room cannot be changed by it. Offsets are characters (Unicode code
points) in `Page.text`, half open; line numbers are 1-based and inclusive, in the source file as it is on disk.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str, int, int], None]
"""Called as `progress(phase, done, total)`; `total` is 0 while it is unknown. Must be cheap and must not raise."""


def no_progress(phase: str, done: int, total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Link:
    """An internal or external link as written in a page: its target text and the source line it stands on."""

    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Mention:
    """What other pages call a place: the text of a link to the section with that anchor, or ("") to the whole page."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, up to the next heading of any level.

    `headings` is the path of heading texts from the page's top heading down to this one (empty for text before the
    first heading). `start` is the offset of the heading line itself, so that the sections of a page tile its text.
    """

    headings: tuple[str, ...]
    level: int
    anchor: str
    start: int
    end: int
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One source file after cleaning.

    `path` is POSIX and relative to the docs root (with several roots: to their common parent); `source_path` is
    relative to the repository, for permalinks. `text` is the source after the stated cleaning (front matter, MDX
    noise, comments, hidden characters removed); `lines[i]` is the source line number of the i-th line of `text`.
    `url` is the published address without an anchor, or "" when the site is not known. `digest` is the sha256 of the
    file's bytes. `weight` scales the score of every chunk of the page. `notices` are (line, message) pairs.
    """

    path: str
    source_path: str
    title: str
    description: str
    text: str
    lines: tuple[int, ...]
    sections: tuple[Section, ...]
    url: str = ""
    language: str = "en"
    weight: float = 1.0
    digest: str = ""
    links: tuple[Link, ...] = ()
    notices: tuple[tuple[int, str], ...] = ()
    ids: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is found and cited: a span of one page, with the place it stands in.

    `id` depends on the path, the heading path and the text only (and an occurrence number where those repeat), so it
    survives edits elsewhere. `text` is `page.text[start:end]`. `ordinal` numbers the chunks of a page from 0.
    """

    id: str
    path: str
    ordinal: int
    title: str
    headings: tuple[str, ...]
    anchor: str
    start: int
    end: int
    start_line: int
    end_line: int
    text: str


LOW_RELEVANCE = 0.3
"""Cosine of the best hit below which a query counts as one the docs do not answer. On this repository's questions 3 %
lie below it and of questions about other products 93 %."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result, in the shape the HTTP contract gives it. `score` is for ordering, 0 to 1.

    `relevance` is the cosine of its best passage with the query: comparable between queries, and not part of answers.
    """

    id: str
    title: str
    headings: tuple[str, ...]
    content: str
    path: str
    start_line: int
    end_line: int
    url: str
    permalink: str
    score: float
    relevance: float = 0.0


@dataclass(frozen=True, slots=True)
class Citation:
    """A source the answer points at: `number` is the `[n]` in the text, the offsets are where that mark stands."""

    number: int
    hit: Hit
    start_index: int
    end_index: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A chat answer with the citations that were checked against its sources; tokens are the provider's own count."""

    text: str
    citations: tuple[Citation, ...]
    sources: tuple[Hit, ...]
    model: str
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    extra: dict[str, str] = field(default_factory=dict)
