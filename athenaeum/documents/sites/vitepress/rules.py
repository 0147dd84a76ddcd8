"""VitePress: a file is an .html page (or a clean URL), anchors are markdown-it-anchor's with VitePress's own slugs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import SHORTCODE, Reading, plain_text
from athenaeum.documents.sites.rewrites import rewritten

_READING = Reading(entities=False, drop=SHORTCODE)


@dataclass(frozen=True, slots=True)
class VitePress:
    """`rewrites` are (source, target) pairs of the configuration, both paths with `.md` and `:parameters`."""

    clean_urls: bool = False
    rewrites: tuple[tuple[str, str], ...] = ()
    redirects: tuple[str, ...] = ()

    dialect: ClassVar[str] = "vitepress"
    base_added: ClassVar[bool] = True
    bare_file_links: ClassVar[bool] = True
    published: ClassVar[tuple[str, ...]] = (".md",)
    copies: ClassVar[bool] = False
    alias_key: ClassVar[str] = ""
    fixed_ids: ClassVar[re.Pattern[str]] = re.compile(r"VPContent|fn(ref)?\d+")

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:  # noqa: ARG002 (it reads none)
        """See `Rules.route`."""
        if path.startswith("../") or "[" in path:
            # A file such as `[package].md` makes many pages, from data.
            return None
        place = rewritten(path, self.rewrites).rpartition(".")[0]
        folder, _, name = place.rpartition("/")
        if name == "index":
            return f"{folder}/" if folder else ""
        return place if self.clean_urls else f"{place}.html"

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        return Anchors(_slug, slugs.hyphen_number, self.explicit_id)

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """`{#id}`, with other attributes or without."""
        text, identifier = written_ids.attribute_list(heading)
        return (text, identifier) if identifier or text != heading else written_ids.hash_id(heading)


def _slug(heading: str) -> str:
    return slugs.vitepress(plain_text(heading, _READING))
