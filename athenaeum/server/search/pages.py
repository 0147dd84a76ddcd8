"""GET /pages/{path}, /llms.txt and /llms-full.txt: the pages as Markdown, one by one, as a list, and in one file."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from athenaeum import __version__
from athenaeum.errors import PageNotFoundError
from athenaeum.records import Page
from athenaeum.server.contract.limits import MAX_FULL, MAX_LINE, MAX_LIST, MAX_PAGE
from athenaeum.server.dependencies import Parts, context_of, parts_of
from athenaeum.server.http.etag import matches, tag_of
from athenaeum.server.live.library import Loaded
from athenaeum.server.live.site import page_link, site_name, source_link

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
    text = found.text
    if len(text) > MAX_PAGE:
        source = f": {links[1][0]}" if links[1][0] else ""
        text = f"{text[:MAX_PAGE]}\n\n---\n\nThis page goes on, and is cut at {MAX_PAGE:,} characters{source}\n"
    return _tagged(request, text, media=MARKDOWN, link=header)


async def llms(request: Request) -> Response:
    """The list of pages per llmstxt.org; its links lead to the pages as Markdown."""
    parts, context = parts_of(request), context_of(request)
    async with parts.answers.reading() as loaded:
        context.release = loaded.release
        text = await asyncio.to_thread(write_llms, loaded, name=_name(parts, loaded), root=context.root)
    return _tagged(request, text, media="text/plain")


def _tagged(request: Request, text: str, *, media: str, link: str = "") -> Response:
    data = text.encode("utf-8", "replace")
    headers = {"etag": tag_of(data), **_NO_CACHE, **({"link": link} if link else {})}
    if matches(request.headers.get("if-none-match", ""), headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=f"{media}; charset=utf-8", headers=headers)


async def llms_full(request: Request) -> Response:
    """Every page in one file, streamed, up to `MAX_FULL` bytes."""
    parts, context = parts_of(request), context_of(request)
    # The lease lasts as long as the stream.
    reading = parts.answers.reading()
    loaded = await reading.__aenter__()
    context.release = loaded.release
    name = _name(parts, loaded)
    # Everything that is in the text follows from these.
    tag = tag_of(loaded.release, loaded.pointer.repository, loaded.pointer.commit, name, context.root, __version__)
    headers = {"etag": tag, **_NO_CACHE}
    if matches(request.headers.get("if-none-match", ""), tag):
        await reading.__aexit__(None, None, None)
        return Response(status_code=304, headers=headers)
    blocks = write_llms_full(loaded, name=name, root=context.root)

    async def stream() -> AsyncIterator[bytes]:
        try:
            while (block := await asyncio.to_thread(next, blocks, None)) is not None:
                yield block
        finally:
            await reading.__aexit__(None, None, None)

    return StreamingResponse(stream(), media_type="text/plain; charset=utf-8", headers=headers)


_NO_CACHE = {"cache-control": "no-cache"}


def write_llms(loaded: Loaded, *, name: str, root: str, most: int = MAX_LIST) -> str:
    """llms.txt: title, summary, then one section for each top folder with its pages, `most` bytes of them."""
    pages = loaded.searcher.pages
    sections: dict[str, list[str]] = {}
    paths = pages.paths()
    above, room, listed = _above(paths), most, 0
    for entry in pages.pages():
        folder = "/".join(entry.path.split("/")[above:-1][:1])
        about = f": {_line(entry.description)}" if entry.description.strip() else ""
        link = f"- [{_line(entry.title) or entry.path}]({root}/pages/{quote(entry.path)}){about}"
        room -= len(link.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        sections.setdefault(folder, []).append(link)
        listed += 1
    out = [f"# {name}", "", f"> {_summary(loaded, name)}", ""]
    out += [f"Search it: {root}/search?q=WORDS (JSON) or {root}/mcp (Model Context Protocol).", ""]
    for folder, lines in sorted(sections.items()):
        out += [f"## {_title(folder)}", "", *lines, ""]
    if listed < len(paths):
        out += [f"This list ends at {most:,} bytes: {len(paths) - listed:,} pages more are found by search.", ""]
    return "\n".join(out)


def write_llms_full(loaded: Loaded, *, name: str, root: str, most: int = MAX_FULL) -> Iterator[bytes]:
    """llms-full.txt in blocks: the summary, then page after page, whole ones, while `most` bytes have room for them.

    What has no room is named at the end, with its address.
    """
    yield f"# {name}\n\n> {_summary(loaded, name)}\n".encode("utf-8", "replace")
    room, left = most, []
    for entry in loaded.searcher.pages.pages():
        block = _whole_page(loaded, entry) if len(entry.text) <= room else b""
        if block and len(block) <= room:
            room -= len(block)
            yield block
        else:
            left.append(entry.path)
    if left:
        yield _ending(left, most=most, root=root).encode("utf-8", "replace")


def _whole_page(loaded: Loaded, entry: Page) -> bytes:
    link = page_link(loaded, entry)
    source = f"Source: {link}\n\n" if link else ""
    text = entry.text.strip()
    heading = "" if text.startswith("# ") else f"# {_line(entry.title)}\n\n"
    return f"\n\n---\n\n{source}{heading}{text}\n".encode("utf-8", "replace")


_MOST_LEFT = 1_000
"""Pages named at the end of llms-full.txt."""


def _ending(left: Sequence[str], *, most: int, root: str) -> str:
    named = "".join(f"- {root}/pages/{quote(path)}\n" for path in left[:_MOST_LEFT])
    more = f"- and {len(left) - _MOST_LEFT:,} more, listed in {root}/llms.txt\n" if len(left) > _MOST_LEFT else ""
    return (
        f"\n\n---\n\nEnd of this file, which holds at most {most:,} bytes. It is not all of the documentation: "
        f"{len(left):,} pages have no room here.\n\n{named}{more}"
    )


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
    inside, depth = [path.split("/") for path in paths], 0
    while True:
        folders = Counter(parts[depth] for parts in inside if len(parts) > depth + 1)
        name, count = folders.most_common(1)[0] if folders else ("", 0)
        if count < max(1, len(paths) * 0.9):
            return depth
        inside = [parts for parts in inside if len(parts) > depth + 1 and parts[depth] == name]
        depth += 1


def _title(folder: str) -> str:
    return _line(folder.replace("-", " ").replace("_", " ")).capitalize() or "Pages"


def _line(text: str) -> str:
    line = " ".join(text[: 4 * MAX_LINE].split()).replace("[", "(").replace("]", ")")
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE].rpartition(' ')[0] or line[:MAX_LINE]} …"


def _ascii(url: str) -> str:
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]-._")
