"""VitePress: a file is an .html page (or a clean URL), anchors are markdown-it-anchor's with VitePress's own slugs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import SHORTCODE, Reading, plain_text

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


def rewritten(path: str, rewrites: tuple[tuple[str, str], ...]) -> str:
    """The path a page is published under; the first rewrite whose pattern fits counts."""
    for source, target in rewrites:
        names: list[str] = []
        pattern = "".join(_pattern_of(part, names) for part in re.split(r"(:\w+(?:\([^()]*\))?[*+?]?)", source))
        found = re.fullmatch(pattern, path)
        if found:
            values = dict(zip(names, found.groups(), strict=True))
            return re.sub(r":(\w+)[*+?]?", lambda match, values=values: values.get(match[1]) or "", target)  # type: ignore[misc]
    return path


def _pattern_of(part: str, names: list[str]) -> str:
    found = re.fullmatch(r":(\w+)(?:\(([^()]*)\))?([*+?]?)", part)
    if not found:
        return re.escape(part)
    names.append(found[1])
    if found[2] in {".*", ".+"} or found[3] in {"*", "+"}:
        return "(.*)" if found[3] != "+" else "(.+)"
    return r"([^/]+?)"
