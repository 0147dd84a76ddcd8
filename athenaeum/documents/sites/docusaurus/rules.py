"""Docusaurus: several docs instances, versions and locales in one site; anchors are github-slugger's."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import Reading, plain_text

_READING = Reading(images=True)
_VERSION_LIKE = re.compile(r"^\d+[-_.]\d+")
_NUMBERED = re.compile(r"^\d+\s*[-_.]+\s*([^-_.\s].*)$")
_TRANSLATED = re.compile(r"i18n/([^/]+)/docusaurus-plugin-content-docs(?:-([^/]+))?/(?:version-([^/]+)|current)/(.+)")
_DATED = re.compile(r"(?:.*/)?(\d{4})-(\d{1,2})-(\d{1,2})-([^/]+?)(?:/index)?\.mdx?")


@dataclass(frozen=True, slots=True)
class DocsInstance:
    """One docs plugin: files below `folder` (from the site's folder) are published below `route`.

    `versions` are (name, route part) pairs, the unversioned files being version `current`.
    """

    folder: str = "docs"
    route: str = "docs"
    identifier: str = "default"
    versions: tuple[tuple[str, str], ...] = ()
    number_prefixes: bool = True

    @property
    def versioned_folder(self) -> str:
        """Where the frozen versions lie, from the site's folder."""
        return "versioned_docs" if self.identifier == "default" else f"{self.identifier}_versioned_docs"

    def address(self, path: str, front_matter: Mapping[str, object], version: str | None) -> str:
        """The address of the doc at `path` below the version's folder; version None is the current one."""
        part = dict(self.versions).get(version or "current", version or "")
        return _join(self.route, part, doc_slug(path, front_matter, number_prefixes=self.number_prefixes))


@dataclass(frozen=True, slots=True)
class Docusaurus:
    """`trailing_slash` is yes, no or "" (left as it is); blogs are (folder, route) pairs."""

    docs: tuple[DocsInstance, ...] = field(default_factory=lambda: (DocsInstance(folder=".", route=""),))
    blogs: tuple[tuple[str, str], ...] = ()
    trailing_slash: str = ""
    default_locale: str = "en"
    redirects: tuple[str, ...] = ()

    dialect: ClassVar[str] = "docusaurus"
    base_added: ClassVar[bool] = True
    bare_file_links: ClassVar[bool] = False
    published: ClassVar[tuple[str, ...]] = (".md", ".mdx")
    copies: ClassVar[bool] = False
    alias_key: ClassVar[str] = ""
    fixed_ids: ClassVar[re.Pattern[str]] = re.compile(r"__docusaurus.*|user-content-fn.*")

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        """See `Rules.route`."""
        route = self._route(path, front_matter)
        if route is None or self.trailing_slash == "" or not route:
            return route
        return f"{route.rstrip('/')}/" if self.trailing_slash == "yes" else route.rstrip("/")

    def _route(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        translated = _TRANSLATED.fullmatch(path)
        if translated:
            locale, identifier, version, rest = translated.groups()
            docs = next((docs for docs in self.docs if docs.identifier == (identifier or "default")), DocsInstance())
            return _join("" if locale == self.default_locale else locale, docs.address(rest, front_matter, version))
        for docs in self.docs:
            if path.startswith(f"{docs.versioned_folder}/version-"):
                version, _, rest = path[len(docs.versioned_folder) + len("/version-") :].partition("/")
                return docs.address(rest, front_matter, version)
        for folder, route in self.blogs:
            if path.startswith(f"{folder}/"):
                return _join(route, blog_slug(path[len(folder) + 1 :], front_matter))
        if path.startswith("src/pages/"):
            return re.sub(r"(^|/)index$", r"\1", path[len("src/pages/") :].rpartition(".")[0])
        return self._current(path, front_matter)

    def _current(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        # The longest folder first: one instance may lie inside another's.
        for docs in sorted(self.docs, key=lambda item: -len(item.folder)):
            if docs.folder == "." and not path.startswith("../"):
                return docs.address(path, front_matter, None)
            if path.startswith(f"{docs.folder}/"):
                return docs.address(path[len(docs.folder) + 1 :], front_matter, None)
        return None

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        return Anchors(
            lambda text: slugs.github(plain_text(text, _READING)),
            slugs.hyphen_number,
            self.explicit_id,
            reserves=False,
        )

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """`{#id}`, `{/* #id */}` and `<!-- #id -->`."""
        text, identifier = written_ids.comment_id(heading)
        return (text, identifier) if identifier else written_ids.hash_id(heading)


def doc_slug(path: str, front_matter: Mapping[str, object], *, number_prefixes: bool = True) -> str:
    """The address of a doc below its version: `slug`, else `id`, else the file's name; number prefixes dropped."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    strips = number_prefixes and front_matter.get("parse_number_prefixes") is not False
    parts = [_without_number(part) if strips else part for part in folder.split("/")] if folder else []
    place = f"/{'/'.join(parts)}/" if parts else "/"
    slug = front_matter.get("slug")
    if isinstance(slug, str) and slug.startswith("/"):
        return slug
    parent = folder.rpartition("/")[2].lower()
    if not slug and stem.lower() in {"index", "readme", parent} and stem:
        return place
    own = slug or front_matter.get("id") or (_without_number(stem) if strips else stem)
    joined = posixpath.normpath(posixpath.join(place, str(own)))
    return f"{joined}/" if str(own).endswith("/") and joined != "/" else joined


def _without_number(name: str) -> str:
    found = None if _VERSION_LIKE.match(name) else _NUMBERED.match(name)
    return found[1] if found else name


def blog_slug(path: str, front_matter: Mapping[str, object]) -> str:
    """The address of a post below its blog: `slug`, else the date and the rest of the file's name."""
    slug = front_matter.get("slug")
    if isinstance(slug, str) and slug:
        return slug
    dated = _DATED.fullmatch(path)
    if dated:
        return f"{dated[1]}/{dated[2]}/{dated[3]}/{dated[4]}"
    return re.sub(r"/index$", "", path.rpartition(".")[0])


def _join(*parts: str) -> str:
    joined = re.sub("/{2,}", "/", "/".join(part for part in parts if part)).lstrip("/")
    return "" if joined == "/" else joined
