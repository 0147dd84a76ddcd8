"""GET /pages/{path}, /llms.txt and /llms-full.txt: the pages as Markdown, one by one, as a list, and in one file."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from athenaeum.errors import PageNotFoundError
from athenaeum.records import Page
from athenaeum.server.library import Loaded
from athenaeum.server.parts import Parts, context_of, parts_of
from athenaeum.server.site import page_link, site_name, source_link

MARKDOWN = "text/markdown"


async def page(request: Request, path: str) -> Response:
    """A page as Markdown; its published address and its source are in the Link header."""
    parts, context = parts_of(request), context_of(request)
    async with parts.answers.reading() as loaded:
        context.release = loaded.release
        found = await asyncio.to_thread(loaded.searcher.pages.page, path)
        if found is None:
            raise PageNotFoundError("There is no such page in the index.", remedy="/llms.txt lists the pages.")
        links = [(found.url, "canonical"), (source_link(loaded, found), "alternate")]
    header = ", ".join(f'<{_ascii(url)}>; rel="{relation}"' for url, relation in links if url)
    headers = {"cache-control": "no-cache", **({"link": header} if header else {})}
    return Response(found.text.encode("utf-8", "replace"), media_type=f"{MARKDOWN}; charset=utf-8", headers=headers)


async def llms(request: Request) -> Response:
    """The list of pages per llmstxt.org; its links lead to the pages as Markdown."""
    parts, context = parts_of(request), context_of(request)
    async with parts.answers.reading() as loaded:
        context.release = loaded.release
        text = await asyncio.to_thread(write_llms, loaded, name=_name(parts, loaded), root=context.root)
    return Response(text.encode("utf-8", "replace"), media_type="text/plain; charset=utf-8", headers=_NO_CACHE)


async def llms_full(request: Request) -> Response:
    """Every page in one file, streamed."""
    parts, context = parts_of(request), context_of(request)
    # The lease lasts as long as the stream.
    reading = parts.answers.reading()
    loaded = await reading.__aenter__()
    context.release = loaded.release
    blocks = write_llms_full(loaded, name=_name(parts, loaded))

    async def stream() -> AsyncIterator[bytes]:
        try:
            while (block := await asyncio.to_thread(next, blocks, None)) is not None:
                yield block.encode("utf-8", "replace")
        finally:
            await reading.__aexit__(None, None, None)

    return StreamingResponse(stream(), media_type="text/plain; charset=utf-8", headers=_NO_CACHE)


_NO_CACHE = {"cache-control": "no-cache"}


def write_llms(loaded: Loaded, *, name: str, root: str) -> str:
    """llms.txt: title, summary, then one section for each top folder with its pages."""
    pages = loaded.searcher.pages
    sections: dict[str, list[str]] = {}
    above = _above(pages.paths())
    for entry in pages.pages():
        folder = "/".join(entry.path.split("/")[above:-1][:1])
        about = f": {_line(entry.description)}" if entry.description.strip() else ""
        link = f"[{_line(entry.title) or entry.path}]({root}/pages/{quote(entry.path)}){about}"
        sections.setdefault(folder, []).append(f"- {link}")
    out = [f"# {name}", "", f"> {_summary(loaded, name)}", ""]
    out += [f"Search it: {root}/search?q=WORDS (JSON) or {root}/mcp (Model Context Protocol).", ""]
    for folder, lines in sorted(sections.items()):
        out += [f"## {_title(folder)}", "", *lines, ""]
    return "\n".join(out)


def write_llms_full(loaded: Loaded, *, name: str) -> Iterator[str]:
    """llms-full.txt in blocks: the summary, then page after page."""
    yield f"# {name}\n\n> {_summary(loaded, name)}\n"
    for entry in loaded.searcher.pages.pages():
        link = page_link(loaded, entry)
        source = f"Source: {link}\n\n" if link else ""
        text = entry.text.strip()
        heading = "" if text.startswith("# ") else f"# {_line(entry.title)}\n\n"
        yield f"\n\n---\n\n{source}{heading}{text}\n"


def _summary(loaded: Loaded, name: str) -> str:
    first = next(loaded.searcher.pages.pages(), None)
    about = _line(first.description) if isinstance(first, Page) else ""
    count = loaded.searcher.pages.page_count
    commit = f" at commit {loaded.pointer.commit[:12]}" if loaded.pointer.commit else ""
    return f"{about or f'Documentation of {name}.'} {count} pages{commit}."


def _name(parts: Parts, loaded: Loaded) -> str:
    return site_name(loaded.searcher.manifest, loaded.pointer, chosen=parts.settings.site_name)


def _above(paths: Sequence[str]) -> int:
    """How many folders nearly all pages share: they would make one section of everything."""
    depth = 0
    while True:
        folders = Counter(tuple(path.split("/")[: depth + 1]) for path in paths if path.count("/") > depth)
        if max(folders.values(), default=0) < max(1, len(paths) * 0.9):
            return depth
        depth += 1


def _title(folder: str) -> str:
    return _line(folder.replace("-", " ").replace("_", " ")).capitalize() or "Pages"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("[", "(").replace("]", ")")


def _ascii(url: str) -> str:
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]-._")
