"""No generator: pages read on a forge (GitHub, GitLab, Gitea) or served as they are. GitHub's anchors hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from athenaeum.documents.sites import slugs
from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.inline import plain_text


@dataclass(frozen=True, slots=True)
class Plain:
    """A page's address is its own path below the site's address."""

    dialect: ClassVar[str] = "plain"

    def route(self, path: str, front_matter: Mapping[str, object]) -> str:
        """See `Rules.route`."""
        return path

    def anchors(self) -> Anchors:
        """See `Rules.anchors`."""
        return Anchors(lambda text: slugs.github(plain_text(text)), slugs.github_unique, self.explicit_id)

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """A forge knows no ids on headings."""
        return heading, ""
