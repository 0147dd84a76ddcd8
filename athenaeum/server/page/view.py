"""GET /: the page with the search, its results for `?q=`, the chat where there is one, and the connect panel."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.documents.links.permalink import permalink
from athenaeum.records import Hit
from athenaeum.server.contract.failures import error_headers, public_message, status_of
from athenaeum.server.contract.limits import MAX_QUERY
from athenaeum.server.dependencies import Parts, context_of, parts_of
from athenaeum.server.live.answers import Query
from athenaeum.server.live.library import Loaded
from athenaeum.server.live.site import site_name
from athenaeum.server.log.metrics import search_facts
from athenaeum.server.page.assets import addresses
from athenaeum.server.page.html import CONTENT_SECURITY_POLICY, Frame, document, escape

RESULTS = 10
_RENDERER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")
"""Renders results, one page after the other: beside one busy thread the event loop gets its turn, beside ten late."""


async def home(request: Request) -> Response:
    """The whole page, or with `part=results` only the list, which the page's script asks for while you type."""
    # Late: only a page needs them.
    from athenaeum.server.page.connect import render_connect
    from athenaeum.server.page.results import render_results

    parts, context = parts_of(request), context_of(request)
    query = request.query_params.get("q", "")[:MAX_QUERY].strip()
    try:
        async with parts.answers.reading() as loaded:
            context.release = loaded.release
            hits = await asyncio.to_thread(_find, parts, loaded, query)
            context.facts |= search_facts(hits, query=query) if query else {}
            results = await _rendered(render_results, hits, query=query, prefix=context.prefix) if query else ""
            if request.query_params.get("part") == "results":
                return respond(results)
            suggestions = "" if query else _suggestions(loaded, prefix=context.prefix)
            frame = frame_of(parts, loaded, prefix=context.prefix)
            about = _about(loaded)
    except Exception as error:
        context.facts["error"] = getattr(error, "code", type(error).__name__)
        parts.log.failure(context.id, error)
        return _unavailable(error, prefix=context.prefix, site=parts.settings.site_name)
    chat = parts.writes()
    body = "\n".join(
        [
            _search_form(frame, query=query, home=not query, chat=chat),
            _chat_panel() if chat else "",
            f'<div id="results">{results}</div>',
            suggestions,
            render_connect(site=frame.site, root=context.root, chat=chat, guarded=bool(parts.settings.oauth_issuer)),
            f'<p class="about">{about}</p>',
        ]
    )
    title = f"{query} · {frame.site}" if query else f"Search {frame.site}"
    attributes = f' data-prefix="{escape(context.prefix)}" data-site="{escape(frame.site)}"'
    scripts = ("page.js", "chat.js") if chat else ("page.js",)
    return respond(document(frame, title=title, body=body, attributes=attributes, scripts=scripts, listed=not query))


async def _rendered(render: Callable[..., str], hits: Sequence[Hit], **options: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_RENDERER, partial(render, hits, **options))


def frame_of(parts: Parts, loaded: Loaded | None, *, prefix: str) -> Frame:
    """The frame of this endpoint's pages."""
    manifest = loaded.searcher.manifest if loaded else None
    name = (
        site_name(manifest, loaded.pointer, chosen=parts.settings.site_name)
        if manifest and loaded
        else parts.settings.site_name or "Documentation"
    )
    url = manifest.site.get("url", "") if manifest else ""
    safe = url if url.startswith(("https://", "http://")) else ""
    return Frame(site=name, site_url=safe, prefix=prefix, assets=addresses(prefix))


def respond(html: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An HTML response under the page's policy."""
    return Response(
        html.encode("utf-8", "replace"),
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers={
            "content-security-policy": CONTENT_SECURITY_POLICY,
            "cache-control": "no-cache",
            "referrer-policy": "same-origin",
            **(headers or {}),
        },
    )


def _find(parts: Parts, loaded: Loaded, query: str) -> tuple[Hit, ...]:
    return parts.answers.search_on(loaded, Query(text=query, limit=RESULTS)) if query else ()


def _search_form(frame: Frame, *, query: str, home: bool, chat: bool) -> str:
    intro = (
        f"<h1>Search <em>{escape(frame.site)}</em></h1>" if home else f'<h1 class="hidden">{escape(frame.site)}</h1>'
    )
    ask = '\n<button type="button" id="ask-this" class="second" hidden>Ask</button>' if chat else ""
    keys = "<span><kbd>Ctrl</kbd><kbd>Enter</kbd> to ask</span>" if chat else ""
    return f"""<section class="search{" home" if home else ""}">{intro}
<form role="search" action="{escape(frame.prefix)}/" method="get" id="search">
<label class="hidden" for="q">Search the documentation</label>
<input id="q" name="q" type="search" value="{escape(query)}" placeholder="A question, an option, an error message…" \
dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="{MAX_QUERY}" required\
{" autofocus" if home else ""}>
<button type="submit">Search</button>{ask}
</form>
<p class="keys" aria-hidden="true"><span><kbd>/</kbd> to search</span> <span><kbd>↑</kbd><kbd>↓</kbd> to choose</span> \
<span><kbd>Enter</kbd> to open</span> {keys}</p>
<p id="told" class="hidden" role="status"></p>
</section>"""


def _suggestions(loaded: Loaded, *, prefix: str) -> str:
    """A few titles from all over the docs, to begin with."""
    paths = loaded.searcher.pages.paths()
    chosen = paths[:: max(1, len(paths) // 8)][:8]
    titles = [page.title for path in chosen if (page := loaded.searcher.pages.page(path)) and page.title]
    links = "".join(
        f'<li><a href="{escape(prefix)}/?q={quote(title)}">{escape(title)}</a></li>' for title in dict.fromkeys(titles)
    )
    if not links:
        return ""
    return f'<nav class="suggestions" aria-label="Suggestions"><p>Or begin with</p><ul>{links}</ul></nav>'


def _chat_panel() -> str:
    return """<section id="chat" aria-labelledby="chat-title" hidden>
<header><h2 id="chat-title">Answer</h2><button type="button" id="close-chat" class="plain">Close</button></header>
<div id="talk" role="log" aria-label="Questions and answers"></div>
<form id="ask"><label class="hidden" for="question">Your question</label>
<textarea id="question" rows="1" dir="auto" maxlength="4000" placeholder="Ask a question about the docs…" required>\
</textarea>
<button type="submit">Ask</button></form>
<p class="hint">Written by a language model from these docs. Check an answer in the sources it names.</p>
</section>"""


def _about(loaded: Loaded) -> str:
    pointer, manifest = loaded.pointer, loaded.searcher.manifest
    parts = [f"{manifest.pages:,} pages in {manifest.chunks:,} sections"]
    if pointer.commit:
        short = f"<code>{escape(pointer.commit[:9])}</code>"
        link = permalink(pointer.repository, pointer.commit, "README").rpartition("/README")[0]
        link = link.replace("/blob/", "/tree/")
        parts.append(
            f'indexed at commit <a href="{escape(link)}">{short}</a>' if link else f"indexed at commit {short}"
        )
    if pointer.published_at:
        parts.append(
            f'published <time datetime="{escape(pointer.published_at)}">{escape(_day(pointer.published_at))}</time>'
        )
    return " · ".join(parts)


def _day(stamp: str) -> str:
    try:
        return datetime.fromisoformat(stamp).strftime("%-d %B %Y, %H:%M UTC")
    except ValueError:
        return stamp


def _unavailable(error: Exception, *, prefix: str, site: str) -> Response:
    frame = Frame(site=site or "Documentation", site_url="", prefix=prefix, assets=addresses(prefix))
    status = status_of(error)
    body = (
        f'<section class="search home"><h1>Not available</h1><p>{escape(public_message(error))}</p>'
        f'<p><a class="button" href="{escape(prefix)}/">Try again</a></p></section>'
    )
    return respond(
        document(frame, title="Not available", body=body, listed=False), status=status, headers=error_headers(status)
    )
