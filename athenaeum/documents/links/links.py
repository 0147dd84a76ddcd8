"""Resolves the links pages make to each other, and says which of them lead nowhere.

A link is read as its generator reads it: a path to a Markdown file stands beside the file, everything else beside the
published address. Pages are compared by address with `index.html`, `.html` and the last slash left out, because
servers answer to all of these.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from athenaeum.documents.sites import Site
from athenaeum.documents.sites.starlight.rules import Starlight
from athenaeum.records import Link, Page

PAGE_SUFFIXES = frozenset({".md", ".mdx", ".markdown", ".mdown", ".mkd", ".mkdn", ".rst", ".txt", ".ipynb"})
_WEB_SUFFIXES = frozenset({"", ".html", ".htm"})
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_SHORTCODE = re.compile(r"""\{\{[<%]\s*+(?:rel)?ref\s++(?:path=)?+["`]?+((?:(?![>%]\}\})[^"`\s])++)""")
_SHORTCODE_END = re.compile(r"[>%]\}\}")


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A link that leads nowhere: `file` is the page's source path, `line` its line there, `target` as written."""

    file: str
    line: int
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a link leads. `page` is None for an address outside the pages; `reason` is "" unless the link is broken."""

    internal: bool
    page: Page | None = None
    anchor: str = ""
    reason: str = ""


def check_links(pages: Iterable[Page], site: Site, *, exists: Callable[[str], bool] | None = None) -> list[BrokenLink]:
    """The broken internal links and anchors of `pages`, in page and line order.

    `exists` tells whether a path relative to the docs root is a file; without it links to files that are not pages
    (images, downloads, sources outside the docs) are not judged.
    """
    resolver = LinkResolver(pages, site, exists=exists)
    return [
        BrokenLink(file=page.source_path, line=link.line, target=link.target, reason=resolved.reason)
        for page, link, resolved in resolver.resolve_all()
        if resolved.reason
    ]


class LinkResolver:
    """Looks links up among a fixed set of pages."""

    def __init__(self, pages: Iterable[Page], site: Site, *, exists: Callable[[str], bool] | None = None) -> None:
        self._site = site
        self._exists = exists
        self._pages = list(pages)
        self._by_path = {page.path: page for page in self._pages}
        self._by_route = {_key(route): page for page in self._pages for route in reversed(page.routes)}
        # The canonical address of one page wins over the alias of another.
        self._by_route |= {_key(page.routes[0]): page for page in self._pages if page.routes}
        base = urlsplit(site.base).path
        self._redirects = frozenset(_key(urljoin(base, redirect.lstrip("/"))) for redirect in site.rules.redirects)
        self._scope = _common_folder(page.routes[0] for page in self._pages if page.routes)
        self._anchors: dict[str, frozenset[str]] = {}

    def resolve_all(self) -> Iterator[tuple[Page, Link, Resolved]]:
        """Every link of every page with what it leads to."""
        for page in self._pages:
            for link in page.links:
                yield page, link, self.resolve(page, link.target)

    def resolve(self, page: Page, target: str) -> Resolved:
        """Where `target`, written in `page`, leads. What cannot be taken apart as an address leads to no page."""
        try:
            return self._resolved(page, target)
        except ValueError:
            return Resolved(internal=False)

    def _resolved(self, page: Page, target: str) -> Resolved:
        shortcode = _SHORTCODE.search(target)
        if shortcode and not _SHORTCODE_END.search(target, shortcode.end()):
            shortcode = None
        target = shortcode[1] if shortcode else target.strip()
        if "{{" in target or "{%" in target or "${" in target:
            return Resolved(internal=False)
        inside = self._inside(target)
        if inside is None:
            return Resolved(internal=False)
        path, _, fragment = inside.partition("#")
        path = unquote(path.partition("?")[0])
        if not path:
            return self._at(page, fragment)
        found = self._page(page, path, shortcode=bool(shortcode))
        if found is not None:
            return self._at(found, fragment)
        return self._missing(page, path)

    def answers(self, route: str) -> bool:
        """Whether a page or a redirect answers at an address, which counts from the host's root."""
        return _key(route) in self._by_route or _key(route) in self._redirects

    def _inside(self, target: str) -> str | None:
        """The target without the site's own address; None when it leads to another place."""
        if not _SCHEME.match(target):
            return target
        parts = urlsplit(target if "//" in target else "none:")
        base = urlsplit(self._site.url)
        if not base.netloc or parts.netloc != base.netloc or not parts.path.startswith(base.path.rstrip("/")):
            return None
        # A whole address needs no base path put in front of it: two slashes mark it.
        return f"//{parts.path.lstrip('/')}" + (f"#{parts.fragment}" if parts.fragment else "")

    def _page(self, page: Page, path: str, *, shortcode: bool) -> Page | None:
        rules = self._site.rules
        whole = path.startswith("//")
        if not whole and (_suffix(path) in PAGE_SUFFIXES or shortcode or rules.bare_file_links):
            found = self._file(page, path)
            if found is not None:
                return found
        for route in self._routes(page, path, whole=whole):
            found = self._by_route.get(_key(route)) or self._untranslated(route)
            if found is not None:
                return found
        return None

    def _untranslated(self, route: str) -> Page | None:
        base = urlsplit(self._site.base).path
        if not isinstance(self._site.rules, Starlight) or not route.startswith(base):
            return None
        shown = self._site.rules.untranslated(route[len(base) :])
        return self._by_route.get(_key(base + shown)) if shown is not None else None

    def _file(self, page: Page, path: str) -> Page | None:
        if path.startswith("@site/"):
            path = f"/{path[len('@site/') :]}"
        folder = posixpath.dirname(page.path)
        for place in (folder,) if not path.startswith("/") else ("", *self._content_roots(page)):
            joined = posixpath.normpath(posixpath.join(place, path.lstrip("/") if path.startswith("/") else path))
            bare = joined.removesuffix(".html")
            names = [joined] if _suffix(path) in PAGE_SUFFIXES else [f"{bare}.md", f"{bare}.mdx", f"{bare}/index.md"]
            names += [f"{bare}/_index.md", f"{bare}/README.md", f"{bare}/index.mdx"] if len(names) > 1 else []
            for name in names:
                if name in self._by_path:
                    return self._by_path[name]
        return None

    def _content_roots(self, page: Page) -> Iterator[str]:
        if self._site.strip:
            yield self._site.strip
        # A path from the content folder, when the pages were read from one of its own folders.
        first = page.path.partition("/")[0]
        if first != page.path:
            yield first

    def _routes(self, page: Page, path: str, *, whole: bool) -> Iterator[str]:
        base = urlsplit(self._site.base).path
        if whole:
            yield path[1:]
        elif path.startswith("/"):
            yield path
            if self._site.rules.base_added:
                yield urljoin(base, path.lstrip("/"))
        else:
            for route in page.routes[:1]:
                yield urljoin(route, path)

    def _at(self, page: Page, fragment: str) -> Resolved:
        fragment = fragment.partition(":~:")[0]
        if not fragment or fragment.lower() == "top" or self._site.rules.fixed_ids.fullmatch(fragment):
            return Resolved(internal=True, page=page, anchor=fragment)
        anchors = self._anchors.get(page.path)
        if anchors is None:
            anchors = frozenset({section.anchor for section in page.sections} | set(page.ids))
            self._anchors[page.path] = anchors
        known = fragment in anchors or unquote(fragment) in anchors
        reason = "" if known else f"{page.path} has no anchor #{unquote(fragment)}"
        return Resolved(internal=True, page=page, anchor=fragment, reason=reason)

    def _missing(self, page: Page, path: str) -> Resolved:
        routes = list(self._routes(page, path, whole=path.startswith("//")))
        if any(_key(route) in self._redirects for route in routes):
            return Resolved(internal=True)
        if not path.startswith("/"):
            return self._missing_beside(page, path)
        base = urlsplit(self._site.base).path
        if not path.startswith("//") and _key(base + path.lstrip("/")) in self._by_route:
            return Resolved(internal=True, reason=f"the site's base path {base} is missing")
        # What lies elsewhere on the host, a blog or an API reference, is not among the pages.
        judged = _suffix(path) in _WEB_SUFFIXES | PAGE_SUFFIXES and any(
            route.startswith(self._scope) for route in routes
        )
        return Resolved(internal=True, reason="no such page") if judged else Resolved(internal=False)

    def _missing_beside(self, page: Page, path: str) -> Resolved:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), path))
        if self._exists is not None:
            places = (place, *self._files_below_address(page, path))
            known = any(self._exists(name) for name in places)
            return Resolved(internal=True, reason="" if known else "no such page or file")
        suffix = _suffix(path)
        outside = place.startswith("../") and suffix in PAGE_SUFFIXES
        if outside or suffix not in _WEB_SUFFIXES | PAGE_SUFFIXES:
            return Resolved(internal=False)
        return Resolved(internal=True, reason="no such page")

    def _files_below_address(self, page: Page, path: str) -> Iterator[str]:
        """Where a link in raw HTML, which counts from the published address, finds a file that is copied as it is."""
        for route in page.routes[:1]:
            found = urljoin(route, path).removeprefix(urlsplit(self._site.base).path).lstrip("/")
            yield posixpath.normpath(posixpath.join(self._site.strip, found))


def _suffix(path: str) -> str:
    suffix = posixpath.splitext(path.rstrip("/"))[1].lower()
    # `v1.2` and `node.js` are names; a suffix of digits or one that is unknown and long is none.
    return "" if re.fullmatch(r"\.\d*", suffix) or len(suffix) > 9 or path.endswith("/") else suffix


def _key(route: str) -> str:
    path = re.sub(r"(^|/)index(\.html?)?$", r"\1", unquote(route))
    return re.sub(r"\.html?$", "", path).strip("/")


def _common_folder(routes: Iterable[str]) -> str:
    """The folder, with a last slash, that all routes lie in."""
    folders = {route.rpartition("/")[0] for route in routes}
    return f"{posixpath.commonpath(folders).rstrip('/')}/" if folders and all(folders) else "/"
