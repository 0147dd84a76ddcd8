"""Starlight and Astro: each path segment is a slug, anchors are github-slugger's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import Reading, plain_text

# Astro's smart punctuation makes a dash of two hyphens before the slug is taken.
_READING = Reading(drop=re.compile("(?<!-)--(?!-)"), instead="—")


@dataclass(frozen=True, slots=True)
class Starlight:
    """`trailing_slash` is always, ignore or never; `build_format` is directory, file or preserve: Astro's own words.

    `languages` are the folders of translations, `default_language` the folder of what they translate ("" when that
    stands beside the folders).
    """

    trailing_slash: str = "ignore"
    build_format: str = "directory"
    redirects: tuple[str, ...] = ()
    default_language: str = ""
    languages: tuple[str, ...] = ()

    dialect: ClassVar[str] = "starlight"
    base_added: ClassVar[bool] = False
    bare_file_links: ClassVar[bool] = False
    published: ClassVar[tuple[str, ...]] = (".md", ".mdx", ".markdown")
    copies: ClassVar[bool] = False
    alias_key: ClassVar[str] = ""
    # The title, which stands in the front matter and not in the text, has this one.
    fixed_ids: ClassVar[re.Pattern[str]] = re.compile(r"_top|starlight__.*")

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        """See `Rules.route`."""
        if path.startswith("../"):
            return None
        slug = front_matter.get("slug")
        if isinstance(slug, str) and slug.strip():
            place = slug.strip().strip("/")
        else:
            place = "/".join(slugs.github(segment) for segment in path.rpartition(".")[0].split("/"))
            place = re.sub(r"(^|/)index$", "", place)
        if place == "index" or not place:
            return ""
        if self.build_format == "file":
            return f"{place}.html"
        return place if self.trailing_slash == "never" else f"{place}/"

    def untranslated(self, route: str) -> str | None:
        """The page that Starlight shows at `route`, below the site's address, while its translation is missing."""
        language, _, rest = route.partition("/")
        if language not in self.languages:
            return None
        return f"{self.default_language}/{rest}" if self.default_language else rest

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        return Anchors(
            lambda text: slugs.github(plain_text(text, _READING)),
            slugs.hyphen_number,
            self.explicit_id,
            reserves=False,
        )

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """`{#id}` and `{/* #id */}`, which plugins for Astro read."""
        text, identifier = written_ids.comment_id(heading, html=False)
        return (text, identifier) if identifier else written_ids.hash_id(heading)
