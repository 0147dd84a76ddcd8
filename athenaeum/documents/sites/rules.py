"""The shape every dialect has: how a file becomes an address and how a heading becomes an anchor."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from athenaeum.documents.sites.anchors import Anchors


class Rules(Protocol):
    """One generator's rules. Implementations are frozen dataclasses of plain values: they are hashed and stored."""

    dialect: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def route(self, path: str, front_matter: Mapping[str, object]) -> str:
        """The address of the page at content path `path`, below the site's address.

        With a leading slash it is below the site's host, with a scheme it is whole.
        """
        ...

    def anchors(self) -> Anchors:
        """A fresh allocator for one page."""
        ...

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """Heading source → (text without the id, id or "")."""
        ...
