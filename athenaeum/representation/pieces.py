"""What of a chunk is embedded and what is indexed as words: the ranking decides both sides, the build carries it out.

A piece's text depends on its page's title and its chunk alone, and a vector on its piece alone, so a build may keep
the vectors of a previous release for every chunk whose pieces are the same. Pure.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from athenaeum.index.format.lexical import LexicalDocument
from athenaeum.index.text.words import code_of
from athenaeum.records import Chunk, Mention, Page
from athenaeum.representation.passages import cut_passages
from athenaeum.representation.plain_text import plain_text

LEAST, MOST = 200, 400
"""Characters of a passage: shorter sentences are joined with the next, longer ones are cut."""
AROUND = 1700
"""Characters of a chunk and those of its neighbours that are its context."""

WRITTEN_PAGE = 2_000_000
"""Characters. A longer page is not written for readers (a log, a dump): its passages are found by words alone, as
embedding them would take minutes; its headings are embedded as those of any page."""


class Kind(IntEnum):
    """What a vector stands for. The numbers are stored in the index."""

    PASSAGE = 0
    HEADING = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """A text to embed. `owner` is the position of its chunk in the sequence given."""

    owner: int
    kind: Kind
    text: str


def pieces(page: Page, chunks: Sequence[Chunk]) -> list[Piece]:
    """The texts to embed for the chunks of one page, in order of their owners; at least one for each chunk.

    A text longer than the model's window gives several vectors, all of that piece's owner and kind.
    """
    made: list[Piece] = []
    for owner, chunk in enumerate(chunks):
        written = len(page.text) <= WRITTEN_PAGE
        passages = [] if not written else cut_passages(plain_text(chunk.text), least=LEAST, most=MOST)
        made += [Piece(owner, Kind.PASSAGE, text) for text in passages]
        made.append(Piece(owner, Kind.HEADING, place(page, chunk)))
    return made


def place(page: Page, chunk: Chunk) -> str:
    """Where a chunk stands, from the page's title down: what it is about when its own words do not say."""
    steps = [page.title, *chunk.headings]
    kept = [step for at, step in enumerate(steps) if step and (at == 0 or step != steps[at - 1])]
    return " › ".join(kept) or page.path


def lexical_documents(
    page: Page, chunks: Sequence[Chunk], *, mentions: Sequence[Mention] = ()
) -> list[LexicalDocument]:
    """The fields of each chunk of one page, in order. `mentions` is what other pages call the page and its sections."""
    called = _called(page, chunks, mentions)
    return [
        LexicalDocument(
            title=page.title,
            headings=" ".join([*chunk.headings, *inner]),
            names="\n".join([*chunk.headings[-1:], *inner]),
            description=page.description,
            path=_spoken_path(page.path),
            links="\n".join(called[at]),
            body=chunk.text,
            code=code_of(chunk.text),
            language=page.language,
            before=at - first,
            after=last - at,
        )
        for at, (chunk, inner, (first, last)) in enumerate(
            zip(chunks, _inner(page, chunks), _contexts(chunks), strict=True)
        )
    ]


def _inner(page: Page, chunks: Sequence[Chunk]) -> Iterator[list[str]]:
    """The headings that stand within each chunk below its own, those of merged sections."""
    starts = [section.start for section in page.sections]
    for chunk in chunks:
        held = page.sections[bisect_left(starts, chunk.start) : bisect_left(starts, chunk.end)]
        told = dict.fromkeys(heading for section in held for heading in section.headings)
        yield [heading for heading in told if heading not in chunk.headings]


def _called(page: Page, chunks: Sequence[Chunk], mentions: Sequence[Mention]) -> list[list[str]]:
    """The texts for each chunk: a section's go to the chunk it begins in, the page's to the first."""
    made: list[list[str]] = [[] for _ in chunks]
    begins = {section.anchor: section.start for section in reversed(page.sections)}
    starts = [chunk.start for chunk in chunks]
    for mention in mentions if chunks else ():
        at = bisect_right(starts, begins.get(mention.anchor, 0)) - 1 if mention.anchor else 0
        if mention.text not in made[max(0, at)]:
            made[max(0, at)].append(mention.text)
    return made


def _contexts(chunks: Sequence[Chunk]) -> Iterator[tuple[int, int]]:
    """First and last neighbour of each chunk's context: as many as fit, the next one first."""
    lengths = [len(chunk.text) for chunk in chunks]
    for at in range(len(chunks)):
        first = last = at
        room = AROUND - lengths[at]
        grown = True
        while grown:
            grown = False
            if last + 1 < len(chunks) and lengths[last + 1] <= room:
                last, grown = last + 1, True
                room -= lengths[last]
            if first > 0 and lengths[first - 1] <= room:
                first, grown = first - 1, True
                room -= lengths[first]
        yield first, last


def _spoken_path(path: str) -> str:
    return re.sub(r"[/_.-]+", " ", path.rsplit(".", 1)[0])
