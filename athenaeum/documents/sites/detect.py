"""Finds out which generator publishes the pages, from the configuration file beside or above them."""

from collections.abc import Sequence
from pathlib import Path

from athenaeum.documents.sites.site import Site


def detect_site(roots: Sequence[Path], *, url: str = "", dialect: str = "") -> Site:
    """The site that publishes the pages below `roots`; `url` and `dialect` of the caller win over what is found."""
    return Site(url=f"{url.rstrip('/')}/" if url else "")
