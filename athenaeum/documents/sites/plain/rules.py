"""No generator of the five: pages on a forge (GitHub, GitLab, Gitea), of Sphinx or mdBook, or served as they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from athenaeum.documents.sites import slugs, written_ids
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import plain_text


@dataclass(frozen=True, slots=True)
class Plain:
    """`forge` says that the site's address is a folder on a forge: pages keep their file names there.

    Elsewhere `suffix` takes the place of `.md`, and an index or README is its folder, as on GitHub Pages. `anchor_rule`
    is github or docutils.
    """

    forge: bool = False
    suffix: str = ""
    anchor_rule: str = "github"
    redirects: tuple[str, ...] = ()

    dialect: ClassVar[str] = "plain"
    base_added: ClassVar[bool] = True
    bare_file_links: ClassVar[bool] = True
    published: ClassVar[tuple[str, ...]] = (".md", ".mdx", ".markdown", ".mdown", ".mkd", ".mkdn", ".rst", ".ipynb")
    copies: ClassVar[bool] = True
    alias_key: ClassVar[str] = "redirect_from"
    fixed_ids: ClassVar[re.Pattern[str]] = re.compile(r"readme|user-content-.*|L\d+(-L\d+)?")

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        """See `Rules.route`."""
        if self.forge:
            return path
        permalink = front_matter.get("permalink")
        if isinstance(permalink, str) and permalink and ":" not in permalink:
            return permalink.lstrip("/")
        if path.startswith("../"):
            return None
        place = path.rpartition(".")[0]
        index = re.sub(r"(^|/)(index|readme)$", r"\1", place, flags=re.IGNORECASE)
        return index if index != place else f"{place}{self.suffix}"

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        if self.anchor_rule == "docutils":
            return Anchors(lambda text: slugs.docutils(plain_text(text)), slugs.numbered_id, self.explicit_id)
        return Anchors(lambda text: slugs.github(plain_text(text)), slugs.hyphen_number, self.explicit_id)

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """`{#id}` of kramdown, pandoc and others; a forge takes it for text."""
        return (heading, "") if self.forge else written_ids.attribute_list(heading)
