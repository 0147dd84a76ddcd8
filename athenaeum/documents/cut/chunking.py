"""Pages to chunks, through a node parser of LlamaIndex's. The only module that imports llama_index, late and in part.

LlamaIndex's own Markdown parser knows no setext headings, no tilde fences and no line numbers; ours cuts as `cutting`
says.
"""

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from athenaeum.documents.cut.cutting import cut_page, place_of
from athenaeum.documents.cut.deferred import defer
from athenaeum.documents.read.edits import line_starts
from athenaeum.documents.read.structure import scan
from athenaeum.errors import MissingExtraError
from athenaeum.records import Chunk, Page

if TYPE_CHECKING:
    from llama_index.core.node_parser import NodeParser


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


def section_parser(*, size: int, overlap: int) -> "NodeParser":
    """Our node parser: for `Document`s that carry a `Page` (as `chunk_page` makes them) and for plain ones."""
    made: Any = _parser_class()
    if "llama_index.core.settings" in sys.modules:
        return made(size=size, overlap=overlap)
    # Without a manager it would look for one in the settings, which load all of LlamaIndex; nobody has set any there.
    return made(size=size, overlap=overlap, callback_manager=_unheard())


def _page_of(text: str, path: str) -> Page:
    from athenaeum.documents.read.edits import Sourced
    from athenaeum.documents.read.sections import cut_sections
    from athenaeum.documents.sites import Site

    source = Sourced.of(text)
    blocks = scan(source.lines(), path)
    sections, _ = cut_sections(source, blocks, anchors=Site().anchors(), original=source.lines())
    return Page(path, path, "", "", text, source.numbers, sections)


@cache
def _page_document() -> Any:
    from pydantic import Field

    document: Any = _schema().Document

    class PageDocument(document):  # type: ignore[misc]
        """A LlamaIndex document that knows its page."""

        page: Any = Field(default=None, exclude=True)

    return PageDocument


@cache
def _parser_class() -> Any:
    schema = _schema()
    base: Any = _node_parser()

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
                    metadata={**document.metadata, **place_of(piece, page, starts)},
                    relationships={schema.NodeRelationship.SOURCE: source},
                )

    return SectionNodeParser


def _node_parser() -> Any:
    package = _package("llama_index.core.node_parser")
    import llama_index.core.node_parser.interface as interface  # noqa: PLR0402 - `from` would ask the package first

    # Modules of the package look here for it while they are imported themselves.
    package.NodeParser = interface.NodeParser
    return interface.NodeParser


def _unheard() -> Any:
    import llama_index.core.callbacks.base

    # Made of an empty list, the manager would look into the settings as well.
    manager = llama_index.core.callbacks.base.CallbackManager([None])
    manager.set_handlers([])
    return manager


def _schema() -> Any:
    _package("llama_index.core.node_parser")
    import llama_index.core.schema

    return llama_index.core.schema


def _package(name: str) -> Any:
    """A package of LlamaIndex's, of which only the modules that are imported run (see `deferred`)."""
    try:
        # Every node parser asks for the handler that the program has set; its package would say None as well.
        defer("llama_index.core", global_handler=None)
        return defer(name)
    except ImportError as error:
        raise MissingExtraError(
            "Cutting pages into chunks needs llama-index-core.",
            remedy='Install it with: pip install "athenaeum-deploy[index]"',
        ) from error
