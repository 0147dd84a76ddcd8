"""What a published site is to the rest of the package: an address for each page and an anchor for each heading.

The dialect's own rules live in one file per generator beside this one; this file only joins them to the place where
the pages are published and to the folder the pages were read from.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import quote, urlsplit

from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.plain import Plain
from athenaeum.documents.sites.rules import Rules

UNKNOWN = "https://site.invalid/"
"""Stands for the site's address inside this room when none is known, so that links still resolve among pages."""


@dataclass(frozen=True, slots=True)
class Site:
    """A documentation site. `url` ends with `/`, base path included, and is "" when the address is not known.

    `rules` are the generator's. A page path (relative to the docs root) becomes a content path (relative to the
    generator's content folder) by taking `strip` off its front and putting `add` there. `notices` tell the owner what
    of the site's configuration could not be used.
    """

    rules: Rules = field(default_factory=Plain)
    url: str = ""
    name: str = ""
    strip: str = ""
    add: str = ""
    notices: tuple[str, ...] = ()

    @property
    def dialect(self) -> str:
        """mkdocs, docusaurus, starlight, vitepress, hugo or plain."""
        return self.rules.dialect

    def to_json(self) -> dict[str, object]:
        """Everything that can change an address or an anchor, for the digest of the build's inputs."""
        return {
            "dialect": self.dialect,
            "url": self.url,
            "name": self.name,
            "strip": self.strip,
            "add": self.add,
            "rules": asdict(self.rules),
        }

    def content_path(self, path: str) -> str:
        """The path of a page below the generator's content folder."""
        if self.strip and path.startswith(f"{self.strip}/"):
            path = path[len(self.strip) + 1 :]
        return f"{self.add}/{path}" if self.add else path

    def page_url(self, path: str, front_matter: Mapping[str, object]) -> str:
        """The published address of a page, without an anchor; "" when the site's address is not known."""
        return self.address(path, front_matter) if self.url else ""

    def address(self, path: str, front_matter: Mapping[str, object]) -> str:
        """As `page_url`, below `UNKNOWN` when the site's address is not known: for resolving links."""
        base = self.url or UNKNOWN
        route = self.rules.route(self.content_path(path), front_matter)
        if "://" in route:
            return route
        if route.startswith("/"):
            # A leading slash is the generator's way to say: from the host's root, not from the site's base.
            parts = urlsplit(base)
            return f"{parts.scheme}://{parts.netloc}{quote(route, safe=SAFE)}"
        return base + quote(without_repeated_locale(route, base), safe=SAFE)

    def routes(self, path: str, front_matter: Mapping[str, object]) -> tuple[str, ...]:
        """The addresses a page answers at, from the host's root and the canonical one first: for `Page.routes`."""
        return (urlsplit(self.address(path, front_matter)).path,)

    def anchors(self) -> Anchors:
        """A fresh allocator of anchors for the headings of one page, in their order."""
        return self.rules.anchors()

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """Split a heading's source into its text and the id written on it ("" when there is none)."""
        return self.rules.explicit_id(heading)


SAFE = "/-._~!$&'()*+,;=:@%"
"""Characters that stand for themselves in the path of an address (RFC 3986, section 3.3)."""


def without_repeated_locale(route: str, base: str) -> str:
    """Drop the language folder from a route when the site's address already ends with that language."""
    import re

    last = urlsplit(base).path.rstrip("/").rpartition("/")[2]
    if re.fullmatch(r"[a-z]{2}(-[A-Za-z]{2,4})?", last) and (route == last or route.startswith(f"{last}/")):
        return route[len(last) :].lstrip("/")
    return route
