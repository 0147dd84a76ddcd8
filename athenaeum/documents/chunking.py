"""Pages to chunks, through a node parser of LlamaIndex's. The only module that imports llama_index, and late.

Section boundaries win; longer sections are cut where it costs least (`boundaries`), tiny ones share a chunk
(`grouping`). LlamaIndex's own Markdown parser knows no setext headings, no tilde fences and no line numbers.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from athenaeum.documents.boundaries import line_boundaries
from athenaeum.documents.edits import line_starts, row_at
from athenaeum.documents.grouping import bare, group_sections
from athenaeum.documents.splitting import split_span
from athenaeum.documents.structure import scan
from athenaeum.errors import MissingExtraError
from athenaeum.records import Chunk, Page, Section

if TYPE_CHECKING:
    from llama_index.core.node_parser import NodeParser


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of a page and the sections it is made of."""

    start: int
    end: int
    sections: tuple[Section, ...]


def chunk_page(page: Page, *, size: int, overlap: int) -> tuple[Chunk, ...]:
    """The chunks of a page in order: each at most `size` characters, `overlap` of them repeated from the one before.

    Their spans, overlaps taken off, hold everything of `page.text` but white space between chunks.
    """
    if not page.text.strip():
        return ()
    document = _page_document()(text=page.text, page=page)
    nodes: list[Any] = section_parser(size=size, overlap=overlap).get_nodes_from_documents([document])
    seen: dict[str, int] = {}
    chunks = []
    for ordinal, node in enumerate(nodes):
        place = node.metadata
        headings = tuple(place["headings"])
        key = "\0".join((page.path, *headings, node.text))
        seen[key] = seen.get(key, -1) + 1
        chunks.append(
            Chunk(
                id=hashlib.sha256(f"{key}\0{seen[key] or ''}".encode()).hexdigest()[:24],
                path=page.path,
                ordinal=ordinal,
                title=page.title,
                headings=headings,
                anchor=place["anchor"],
                start=node.start_char_idx,
                end=node.end_char_idx,
                start_line=place["start_line"],
                end_line=place["end_line"],
                text=node.text,
            )
        )
    return tuple(chunks)


def cut_page(page: Page, *, size: int, overlap: int) -> Iterator[Piece]:
    """The spans of a page's chunks; what the node parser makes nodes of."""
    text = page.text
    blocks = scan(text.split("\n"), page.path)
    begins = frozenset(section.start for section in page.sections)
    lines = line_boundaries(text, blocks, section_starts=begins, room=size - min(overlap, size // 2))
    for group in group_sections(page.sections, text, size=size):
        first = 0
        for core, (start, end) in split_span(
            text, group[0].start, group[-1].end, size=size, overlap=overlap, lines=lines
        ):
            while group[first].end <= core:
                first += 1
            held = []
            for section in group[first:]:
                if section.start >= end:
                    break
                held.append(section)
            yield Piece(start, end, tuple(held))


def _place(piece: Piece, page: Page, starts: list[int]) -> dict[str, object]:
    told = [section for section in piece.sections if not bare(section, page.text)] or list(piece.sections)
    common = told[0].headings
    for section in told[1:]:
        same = [one == other for one, other in zip(common, section.headings, strict=False)]
        common = common[: same.index(False) if False in same else len(same)]
    return {
        "headings": list(common),
        "anchor": told[0].anchor,
        "start_line": page.lines[row_at(starts, piece.start)],
        "end_line": page.lines[row_at(starts, piece.end - 1)],
    }


def section_parser(*, size: int, overlap: int) -> "NodeParser":
    """Our node parser: for `Document`s that carry a `Page` (as `chunk_page` makes them) and for plain ones."""
    return _parser_class()(size=size, overlap=overlap)


def _page_of(text: str, path: str) -> Page:
    from athenaeum.documents.edits import Sourced
    from athenaeum.documents.sections import cut_sections
    from athenaeum.documents.sites import Site

    source = Sourced.of(text)
    blocks = scan(source.lines(), path)
    sections, _ = cut_sections(source, blocks, anchors=Site().anchors(), original=source.lines())
    return Page(path, path, "", "", text, source.numbers, sections)


@cache
def _page_document() -> Any:
    from pydantic import Field

    document: Any = _llama_index().schema.Document

    class PageDocument(document):  # type: ignore[misc]
        """A LlamaIndex document that knows its page."""

        page: Any = Field(default=None, exclude=True)

    return PageDocument


@cache
def _parser_class() -> Any:
    core = _llama_index()
    schema = core.schema
    base: Any = core.node_parser.NodeParser

    class SectionNodeParser(base):  # type: ignore[misc]
        """Sections by heading, bounded in size, each node with its heading path, anchor and source lines."""

        size: int = 1600
        overlap: int = 0

        @classmethod
        def class_name(cls) -> str:
            return "AthenaeumSectionNodeParser"

        def _parse_nodes(self, nodes: Any, show_progress: bool = False, **kwargs: Any) -> list[Any]:  # noqa: ARG002
            return [node for document in nodes for node in self._nodes_of(document)]

        def _postprocess_parsed_nodes(self, nodes: Any, parent_doc_map: Any) -> Any:  # noqa: ARG002
            # The base class searches for each node's text to find its offsets; ours are exact, repeated text included.
            return nodes

        def _nodes_of(self, document: Any) -> Iterator[Any]:
            page = getattr(document, "page", None) or _page_of(document.text, document.metadata.get("file_path", ""))
            starts = line_starts(page.text)
            source = document.as_related_node_info()
            for piece in cut_page(page, size=self.size, overlap=self.overlap):
                yield schema.TextNode(
                    text=page.text[piece.start : piece.end],
                    start_char_idx=piece.start,
                    end_char_idx=piece.end,
                    metadata={**document.metadata, **_place(piece, page, starts)},
                    relationships={schema.NodeRelationship.SOURCE: source},
                )

    return SectionNodeParser


def _llama_index() -> Any:
    try:
        import llama_index.core.node_parser
        import llama_index.core.schema
    except ImportError as error:
        raise MissingExtraError(
            "Cutting pages into chunks needs llama-index-core.",
            remedy='Install it with: pip install "athenaeum-deploy[index]"',
        ) from error
    return llama_index.core
