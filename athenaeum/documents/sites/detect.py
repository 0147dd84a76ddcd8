"""Finds out which generator publishes the pages, from the configuration file beside or above them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from athenaeum.documents.sites.docusaurus import Docusaurus
from athenaeum.documents.sites.hugo import Hugo
from athenaeum.documents.sites.mkdocs import MkDocs
from athenaeum.documents.sites.plain import Plain
from athenaeum.documents.sites.rules import Rules
from athenaeum.documents.sites.site import Site
from athenaeum.documents.sites.starlight import Starlight
from athenaeum.documents.sites.vitepress import VitePress
from athenaeum.errors import ConfigError

DIALECTS: Mapping[str, type[Rules]] = {
    "mkdocs": MkDocs,
    "docusaurus": Docusaurus,
    "starlight": Starlight,
    "vitepress": VitePress,
    "hugo": Hugo,
    "plain": Plain,
}


def detect_site(roots: Sequence[Path], *, url: str = "", dialect: str = "") -> Site:
    """The site that publishes the pages below `roots`; `url` and `dialect` of the caller win over what is found."""
    if dialect and dialect not in DIALECTS:
        raise ConfigError(f"Unknown site dialect {dialect!r}.", remedy=f"Known: {', '.join(DIALECTS)}.")
    return Site(rules=DIALECTS[dialect or "plain"](), url=f"{url.rstrip('/')}/" if url else "")
