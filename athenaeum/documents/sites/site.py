"""What a published site is to the rest of the package: an address for each page and an anchor for each heading.

The dialect's own rules live in one file per generator beside this one; this file only joins them to the place where
the pages are published and to the folder the pages were read from.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import quote, urljoin, urlsplit

from athenaeum.documents.sites.anchors import Anchors
from athenaeum.documents.sites.plain.rules import Plain
from athenaeum.documents.sites.rules import Rules

UNKNOWN = "https://site.invalid/"
"""Stands for the site's address inside this room when none is known, so that links still resolve among pages."""

SAFE = "/-._~!$&'()*+,;=:@%"
"""Characters that stand for themselves in the path of an address (RFC 3986, section 3.3)."""

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]{2,4})?")


@dataclass(frozen=True, slots=True)
class Site:
    """A documentation site. `url` ends with `/`, base path included, and is "" when the address is not known.

    `rules` are the generator's. A page path (relative to the docs root) becomes a content path (relative to the
    generator's content folder) by taking `strip` off its front; where it does not stand there, `add` is put there.
    `notices` tell the owner what of the site's configuration could not be used.
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

    @property
    def base(self) -> str:
        """The site's address, `UNKNOWN` when it has none."""
        return self.url or UNKNOWN

    def to_json(self) -> dict[str, object]:
        """Everything that can change an address or an anchor, for the digest of the build's inputs."""
        placed = {"dialect": self.dialect, "url": self.url, "name": self.name, "strip": self.strip, "add": self.add}
        return {**placed, "rules": asdict(self.rules)}

    def content_path(self, path: str) -> str:
        """The path of a page below the generator's content folder; `../…` when it lies outside."""
        if self.strip and path.startswith(f"{self.strip}/"):
            return path[len(self.strip) + 1 :]
        return posixpath.normpath(f"{self.add}/{path}") if self.add else path

    def page_url(self, path: str, front_matter: Mapping[str, object]) -> str:
        """The published address of a page, without an anchor; "" when it has none or the site's is not known."""
        return self._address(path, front_matter) if self.url else ""

    def routes(self, path: str, front_matter: Mapping[str, object]) -> tuple[str, ...]:
        """The addresses a page answers at, from the host's root and the canonical one first: for `Page.routes`."""
        address = self._address(path, front_matter)
        if not address:
            return ()
        given = front_matter.get(self.rules.alias_key) if self.rules.alias_key else None
        listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        aliases = (self._alias(str(alias), address) for alias in listed)
        return tuple(dict.fromkeys((urlsplit(address).path, *aliases)))

    def _address(self, path: str, front_matter: Mapping[str, object]) -> str:
        content = self.content_path(path)
        if content.lower().endswith(self.rules.published):
            route = self.rules.route(content, front_matter)
        else:
            route = content if self.rules.copies and not content.startswith("../") else None
        if route is None:
            return ""
        if "://" in route:
            return route
        if not route.startswith("/"):
            return self.base + quote(_without_repeated_language(route, self.base), safe=SAFE)
        return urljoin(self.base, quote(route, safe=SAFE))

    def _alias(self, alias: str, address: str) -> str:
        whole = self.base + alias.lstrip("/") if alias.startswith("/") else urljoin(address, f"../{alias}")
        return urlsplit(whole).path

    def anchors(self, reserved: Iterable[str] = ()) -> Anchors:
        """A fresh allocator of anchors for the headings of one page, in their order.

        `reserved` are the ids written in attribute lists anywhere in the page (`linkscan.scan_written_ids`):
        Python-Markdown gives none of them to another heading, even an earlier one.
        """
        anchors = self.rules.anchors()
        if self.dialect == "mkdocs":
            anchors.used.update(dict.fromkeys(reserved, 0))
        return anchors

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """Split a heading's source into its text and the id written on it ("" when there is none)."""
        return self.rules.explicit_id(heading)


def _without_repeated_language(route: str, base: str) -> str:
    """Drop the language folder from a route when the site's address ends with that language already."""
    last = urlsplit(base).path.rstrip("/").rpartition("/")[2]
    if _LANGUAGE.fullmatch(last) and (route == last or route.startswith(f"{last}/")):
        return route[len(last) :].lstrip("/")
    return route
