"""The shape every dialect has: how a file becomes an address and how a heading becomes an anchor."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from athenaeum.documents.sites.anchors import Anchors


class Rules(Protocol):
    """One generator's rules. Implementations are frozen dataclasses of plain values: they are hashed and stored.

    - `base_added`: the generator puts the site's base path in front of links that begin with `/`.
    - `bare_file_links`: a relative link without `.md` is looked up beside the file, not below the page's address.
    - `published`: suffixes of the files that become pages; `copies`: other files are published as they are.
    - `alias_key`: the front matter that lists other addresses of the page.
    - `fixed_ids`: anchors that the generator itself puts on its pages.
    """

    dialect: ClassVar[str]
    base_added: ClassVar[bool]
    bare_file_links: ClassVar[bool]
    published: ClassVar[tuple[str, ...]]
    copies: ClassVar[bool]
    alias_key: ClassVar[str]
    fixed_ids: ClassVar[re.Pattern[str]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def redirects(self) -> tuple[str, ...]:
        """Addresses that the configuration leads elsewhere, below the site's address."""
        ...

    def route(self, path: str, front_matter: Mapping[str, object]) -> str | None:
        """The address of the page at content path `path`, below the site's address.

        With a leading slash it is below the site's host, with a scheme it is whole. None: the page is not published.
        """
        ...

    def anchors(self) -> Anchors:
        """A fresh allocator for one page."""
        ...

    def explicit_id(self, heading: str) -> tuple[str, str]:
        """Heading source → (text without the id, id or "")."""
        ...
