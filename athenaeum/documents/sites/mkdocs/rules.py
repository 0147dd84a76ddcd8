"""MkDocs and Material for MkDocs: a page is a folder, anchors are those of Python-Markdown's toc extension."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import SHORTCODE, Reading, plain_text

_READING = Reading(attributes=True)
_EMOJI = Reading(attributes=True, drop=SHORTCODE)


@dataclass(frozen=True, slots=True)
class MkDocs:
    """`slug` is toc, unicode (toc's) or pymdownx; `layout` and languages are mkdocs-static-i18n's."""

    use_directory_urls: bool = True
    slug: str = "toc"
    case: str = "lower"
    separator: str = "-"
    emoji: bool = False
    layout: str = ""
    default_language: str = ""
    languages: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()

    dialect: ClassVar[str] = "mkdocs"
    base_added: ClassVar[bool] = False
    bare_file_links: ClassVar[bool] = False
    published: ClassVar[tuple[str, ...]] = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".ipynb")
    copies: ClassVar[bool] = True
    alias_key: ClassVar[str] = ""
    fixed_ids: ClassVar[re.Pattern[str]] = re.compile(r"__.*|fn(ref)?\d*:.*")

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:  # noqa: ARG002 (it reads none)
        """See `Rules.route`."""
        if path.startswith("../"):
            return None
        folder, _, name = self._localised(path).rpartition("/")
        stem = name.rpartition(".")[0] or name
        place = f"{folder}/" if folder else ""
        if stem in {"index", "README"}:
            return place if self.use_directory_urls else f"{place}index.html"
        return f"{place}{stem}/" if self.use_directory_urls else f"{place}{stem}.html"

    def _localised(self, path: str) -> str:
        if self.layout == "folder":
            language, _, rest = path.partition("/")
            return rest if rest and language == self.default_language else path
        if self.layout == "suffix":
            stem, _, suffix = path.rpartition(".")
            bare, _, language = stem.rpartition(".")
            if bare and language == self.default_language:
                return f"{bare}.{suffix}"
            if bare and language in self.languages:
                return f"{language}/{bare}.{suffix}"
        return path

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        return Anchors(self._slug, slugs.underscore_number, self.explicit_id)

    def _slug(self, heading: str) -> str:
        text = plain_text(heading, _EMOJI if self.emoji else _READING)
        if self.slug == "pymdownx":
            # Python-Markdown collapses blanks before any slugifier sees the text.
            return slugs.pymdownx(" ".join(text.split()), separator=self.separator, case=self.case)
        return slugs.python_markdown(text, separator=self.separator, keep_unicode=self.slug == "unicode")

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """`{ #id }` of the attr_list extension."""
        return written_ids.attribute_list(heading)
