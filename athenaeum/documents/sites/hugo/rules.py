"""Hugo: sections and bundles become folders, anchors are goldmark's ids as Hugo makes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import Reading, plain_text

# The typographer makes dashes of two and three hyphens; the id is made from what it leaves.
_TYPOGRAPHIC = Reading(images=True, nested_code=False, drop=re.compile("-{2,3}"), instead="—")
_READING = Reading(images=True, nested_code=False)
_DATED = re.compile(r"^(\d{4})-(\d{2})-(\d{2})-(.+)$")


@dataclass(frozen=True, slots=True)
class Hugo:
    """`contents` are (folder, language) pairs from the site's folder; `permalinks` (section, pattern) pairs.

    `heading_ids` is github, github-ascii or blackfriday: Hugo's own words.
    """

    contents: tuple[tuple[str, str], ...] = ((".", ""),)
    default_language: str = ""
    default_in_folder: bool = False
    languages: tuple[str, ...] = ()
    permalinks: tuple[tuple[str, str], ...] = ()
    ugly_urls: bool = False
    lower_paths: bool = True
    heading_ids: str = "github"
    typographer: bool = True
    redirects: tuple[str, ...] = ()

    dialect: ClassVar[str] = "hugo"
    base_added: ClassVar[bool] = True
    bare_file_links: ClassVar[bool] = True
    published: ClassVar[tuple[str, ...]] = (".md", ".markdown", ".mdown", ".rst")
    copies: ClassVar[bool] = False
    alias_key: ClassVar[str] = "aliases"
    fixed_ids: ClassVar[re.Pattern[str]] = re.compile(r"fn(ref)?\d*:.*")

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        """See `Rules.route`."""
        placed = self._language_of(path)
        if placed is None:
            return None
        path, language = placed
        prefix = f"{language}/" if language and (language != self.default_language or self.default_in_folder) else ""
        url = front_matter.get("url")
        if isinstance(url, str) and url:
            whole = "://" in url or url.endswith("/") or "." in url.rpartition("/")[2]
            return url if "://" in url else prefix + url.lstrip("/") + ("" if whole else "/")
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        if stem == "_index":
            return prefix + self._folder(folder)
        if stem == "index":
            # A leaf bundle is the page of its folder.
            folder, _, stem = folder.rpartition("/")
        section = path.partition("/")[0] if "/" in path else ""
        pattern = dict(self.permalinks).get(section)
        if pattern:
            place = self._expand(pattern, folder, stem, front_matter)
        else:
            slug = str(front_matter.get("slug") or stem)
            place = f"{folder}/{slug}" if folder else slug
        place = self._clean(place.strip("/"))
        if not place:
            return prefix
        return f"{prefix}{place}.html" if self.ugly_urls else f"{prefix}{place}/"

    def _language_of(self, path: str) -> tuple[str, str] | None:
        for folder, language in sorted(self.contents, key=lambda item: -len(item[0])):
            inside = path if folder == "." else path[len(folder) + 1 :]
            if inside.startswith("../") or not (folder == "." or path.startswith(f"{folder}/")):
                continue
            stem, _, suffix = inside.rpartition(".")
            bare, _, spoken = stem.rpartition(".")
            if bare and spoken in self.languages:
                return f"{bare}.{suffix}", spoken
            return inside, language or self.default_language
        return None

    def _folder(self, folder: str) -> str:
        place = self._clean(folder)
        return f"{place}/" if place else ""

    def _clean(self, path: str) -> str:
        path = path.replace(" ", "-")
        kept = "".join(char for char in path if char.isalnum() or char in "-_./~+#%@:" or ord(char) > 127)
        return kept.lower() if self.lower_paths else kept

    def _expand(self, pattern: str, folder: str, stem: str, front_matter: Mapping[str, object]) -> str:
        dated = _DATED.match(stem)
        slug = str(front_matter.get("slug") or "")
        title = str(front_matter.get("title") or stem)
        when = _date_of(front_matter.get("date"))
        sections = folder.split("/") if folder else []
        values = {
            "year": when[:4],
            "month": when[5:7],
            "day": when[8:10],
            "sections": folder,
            "section": sections[0] if sections else "",
            "title": _urlize(title),
            "slug": _urlize(slug or title),
            "filename": stem,
            "contentbasename": stem,
            "slugorfilename": _urlize(slug) or stem,
            "slugorcontentbasename": _urlize(slug) or stem,
        }
        if dated and not when:
            values |= {"year": dated[1], "month": dated[2], "day": dated[3]}
        return re.sub(r":([a-z]+)(?:\[[^\[\]]*+\])?", lambda match: values.get(match[1], match[0]), pattern)

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        return Anchors(self._slug, slugs.hyphen_number, self.explicit_id)

    def _slug(self, heading: str) -> str:
        text = plain_text(heading, _TYPOGRAPHIC if self.typographer else _READING)
        if self.heading_ids == "blackfriday":
            return slugs.blackfriday(text)
        return slugs.hugo(text, ascii_only=self.heading_ids == "github-ascii")

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """`{#id .class}`: goldmark's attributes."""
        return written_ids.attribute_list(heading, strict=True)


def _date_of(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value or "")


def _urlize(text: str) -> str:
    return re.sub("-{2,}", "-", re.sub(r"[^\w./~+#%@-]", "", text.strip().replace(" ", "-"))).lower()
