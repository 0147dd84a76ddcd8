"""What a release is called and where its pages are: for the web page, llms.txt and agents alike. Pure."""

import re

from athenaeum.documents.links.permalink import permalink
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import Pointer
from athenaeum.records import Page
from athenaeum.server.live.library import Loaded

_CLAUSE = re.compile(r"[.!?:;,](?=\s|$)|[<>{}\[\]|\"]|\s[–—-]\s")
_NAME = 60
"""Characters of a site's name."""


def site_name(manifest: Manifest, pointer: Pointer, *, chosen: str = "") -> str:
    """The owner's choice, else the published site's name, else the repository's, else "Documentation".

    Agents read it in a tool's description, as an instruction. What a file of the repository says is therefore cut to
    what a name is: the words before the first mark that ends a clause, and few of them.
    """
    if chosen.strip():
        return " ".join(chosen.split())[:120]
    repository = pointer.repository.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1]
    name = " ".join((manifest.site.get("name", "") or repository or "Documentation").split())
    name = _CLAUSE.split(name, maxsplit=1)[0] or "Documentation"
    return name if len(name) <= _NAME else name[: _NAME + 1].rpartition(" ")[0] or name[:_NAME]


def source_link(loaded: Loaded, page: Page) -> str:
    """The page's source on its forge at the indexed commit, or ""."""
    return permalink(loaded.pointer.repository, loaded.pointer.commit, page.source_path)


def page_link(loaded: Loaded, page: Page) -> str:
    """The published page, else its source."""
    return page.url or source_link(loaded, page)


def section_link(page: Page, offset: int) -> str:
    """The published address of the section that the character `offset` lies in, or ""."""
    if not page.url:
        return ""
    section = next((part for part in reversed(page.sections) if part.start <= offset), None)
    return f"{page.url}#{section.anchor}" if section and section.anchor else page.url
