"""What agents get from `search` and `fetch`: the shapes ChatGPT and other MCP clients expect, within a token budget.

Pure but for reading the release. Kept free of the MCP SDK, whose import is slow.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from athenaeum.chat.counting import count_tokens
from athenaeum.errors import PageNotFoundError
from athenaeum.records import Chunk, Hit, Page
from athenaeum.server.live.library import Loaded
from athenaeum.server.live.site import section_link, source_link

EXCERPT = 600
"""Most characters of a result's text in `search`."""
SEARCH_TOKENS = 5_000
"""Of all texts of one `search` together: many results have shorter ones."""
PAGE_BUDGET = 24_000
"""Characters of one `fetch`: about 6,000 tokens of English."""
PAGE_TOKENS = 8_000
"""Of one `fetch` in a script whose characters cost more, as `count_tokens` counts."""


def search_result(hits: Sequence[Hit], *, release: str) -> dict[str, Any]:
    """The results of a search, each with enough text to tell whether it is worth fetching."""
    share = SEARCH_TOKENS // max(1, len(hits))
    return {
        "results": [
            {
                "id": hit.id,
                "title": " > ".join(hit.headings) or hit.title,
                "url": hit.url or hit.permalink,
                "text": shorten(hit.content, _room(hit.content, characters=EXCERPT, tokens=share)),
                "path": hit.path,
                "start_line": hit.start_line,
                "end_line": hit.end_line,
            }
            for hit in hits
        ],
        "release": release,
    }


def fetch_result(loaded: Loaded, ident: str, *, offset: int | None = None) -> dict[str, Any]:
    """A page by the id of a search result, by its path or by its published address.

    A page within the budget comes whole. Of a longer one comes the part from the result's section (or from `offset`,
    in characters); `metadata.next_offset` tells where to go on. Raises `PageNotFoundError`.
    """
    page, chunk = find_page(loaded, ident)
    text = page.text
    if offset is None:
        offset = chunk.start if chunk and len(text) > _room(text, characters=PAGE_BUDGET, tokens=PAGE_TOKENS) else 0
    offset = min(max(0, offset), len(text))
    end = _end_of(text, offset)
    first, last = _lines(page, offset, end)
    return {
        "id": ident,
        "title": page.title,
        "text": text[offset:end],
        "url": section_link(page, offset if offset else (chunk.start if chunk else 0)) or source_link(loaded, page),
        "metadata": {
            "path": page.path,
            "source": source_link(loaded, page),
            "start_line": first,
            "end_line": last,
            "offset": offset,
            "characters": len(text),
            "next_offset": end if end < len(text) else None,
            "release": loaded.release,
            "commit": loaded.pointer.commit,
        },
    }


def find_page(loaded: Loaded, ident: str) -> tuple[Page, Chunk | None]:
    """The page that `ident` names, and the chunk when it names one."""
    pages = loaded.searcher.pages
    ordinal = pages.find(ident)
    if ordinal is not None:
        chunk = pages.chunk(ordinal)
        page = pages.page(chunk.path)
        if page is not None:
            return page, chunk
    if found := pages.page(ident.removeprefix("/")):
        return found, None
    if ident.startswith(("http://", "https://")):
        wanted = _plain(ident)
        for page in pages.pages():
            # Results of a site without addresses have those of its sources.
            if wanted == _plain(page.url) or wanted == _plain(source_link(loaded, page)):
                return page, _section(loaded, page, ident)
    raise PageNotFoundError(
        "There is no page or result of that id.", remedy="Use an id, path or url that `search` returned."
    )


def _plain(address: str) -> str:
    return unquote(address.partition("#")[0].partition("?plain=1")[0]).rstrip("/")


def _section(loaded: Loaded, page: Page, address: str) -> Chunk | None:
    """The chunk that the fragment of an address names: by its anchor, or by its lines."""
    fragment = unquote(address.partition("#")[2])
    line = re.match(r"(?:L|lines-)(\d+)", fragment)
    for chunk in loaded.searcher.pages.chunks_of(page.path) if fragment else ():
        if chunk.anchor == fragment or (line and chunk.start_line <= int(line[1]) <= chunk.end_line):
            return chunk
    return None


def shorten(text: str, most: int) -> str:
    """The beginning of `text`, ended at a word."""
    if len(text) <= most:
        return text
    return text[:most].rsplit(None, 1)[0].rstrip() + " …"


def _room(text: str, *, characters: int, tokens: int) -> int:
    """How many characters of `text` are within both bounds."""
    room = characters
    while (cost := count_tokens(text[:room])) > tokens:
        # In proportion, and a little less, so that it ends.
        room = room * tokens // cost - 1
    return room


def _end_of(text: str, offset: int) -> int:
    room = _room(text[offset : offset + PAGE_BUDGET], characters=PAGE_BUDGET, tokens=PAGE_TOKENS)
    if len(text) - offset <= room:
        return len(text)
    # Stop before a heading or a blank line, if there is one in the last third.
    window = text[offset : offset + room]
    for mark in ("\n#", "\n\n", "\n"):
        at = window.rfind(mark, room * 2 // 3)
        if at > 0:
            return offset + at + 1
    return offset + room


def _lines(page: Page, start: int, end: int) -> tuple[int, int]:
    first = page.text.count("\n", 0, start)
    last = page.text.count("\n", 0, max(start, end - 1))
    return _line(page, first), _line(page, last)


def _line(page: Page, number: int) -> int:
    return page.lines[min(number, len(page.lines) - 1)] if page.lines else number + 1
