"""Finds out which generator publishes the pages, from the configuration file beside, above or below them.

The nearest configuration whose pages overlap the docs roots counts. The search ends at the repository's root.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from athenaeum.documents.sites.docusaurus import config as docusaurus_config
from athenaeum.documents.sites.docusaurus.rules import Docusaurus
from athenaeum.documents.sites.found import Found, absolute
from athenaeum.documents.sites.guess import guess_dialect
from athenaeum.documents.sites.hugo import config as hugo_config
from athenaeum.documents.sites.hugo.rules import Hugo
from athenaeum.documents.sites.mkdocs import config as mkdocs_config
from athenaeum.documents.sites.mkdocs.rules import MkDocs
from athenaeum.documents.sites.plain import config as plain_config
from athenaeum.documents.sites.plain.rules import Plain
from athenaeum.documents.sites.rules import Rules
from athenaeum.documents.sites.site import Site
from athenaeum.documents.sites.starlight import config as starlight_config
from athenaeum.documents.sites.starlight.rules import Starlight
from athenaeum.documents.sites.vitepress import config as vitepress_config
from athenaeum.documents.sites.vitepress.rules import VitePress
from athenaeum.errors import ConfigError
from athenaeum.parsing import DataError

DIALECTS: Mapping[str, type[Rules]] = {
    "mkdocs": MkDocs,
    "docusaurus": Docusaurus,
    "starlight": Starlight,
    "vitepress": VitePress,
    "hugo": Hugo,
    "plain": Plain,
}

_READERS: tuple[tuple[tuple[str, ...], Callable[[Path], Found | None]], ...] = (
    (mkdocs_config.CONFIG_FILES, mkdocs_config.read),
    (docusaurus_config.CONFIG_FILES, docusaurus_config.read),
    (starlight_config.CONFIG_FILES, starlight_config.read),
    (vitepress_config.CONFIG_FILES, vitepress_config.read),
    (hugo_config.CONFIG_FILES, hugo_config.read),
    (plain_config.CONFIG_FILES, plain_config.read),
)
CONFIG_FILES = frozenset(name for names, _ in _READERS for name in names)
"""Names of the files in which a generator is configured."""
_PLACES = ("", "docs", "website", "site", "documentation", "doc", "www", "docs-site", "docs/site", "apps/docs")
_MOST_ANCESTORS = 5
"""How far above the docs a configuration is looked for where no repository bounds the search."""

_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")


def detect_site(roots: Sequence[Path], *, url: str = "", dialect: str = "") -> Site:
    """The site that publishes the pages below `roots`; `url` and `dialect` of the caller win over what is found.

    Without a configuration file the docs root is taken for the generator's content folder: `url` is then the address
    that folder is published under. Raises `ConfigError` for a dialect nobody knows.
    """
    if dialect and dialect not in DIALECTS:
        raise ConfigError(f"Unknown site dialect {dialect!r}.", remedy=f"Choose one of {', '.join(DIALECTS)}.")
    roots = [absolute(root) for root in roots]
    url = f"{url.rstrip('/')}/" if url else ""
    found, unread = _find(roots, dialect)
    if found is None or (found.rules.dialect == "plain" and _is_forge(url)):
        rules = DIALECTS[dialect or (guess_dialect(roots) if found is None else "plain") or "plain"]()
        rules = Plain(forge=_is_forge(url)) if rules.dialect == "plain" else rules
        return Site(rules=rules, url=url, notices=unread)
    strip, add = _placed(found.folder, page_base(roots))
    notices = () if url else found.notices
    return Site(
        rules=found.rules,
        url=_without_docs_route(url, found.rules) or found.url,
        name=found.name,
        strip=strip,
        add=add,
        notices=(*unread, *notices),
    )


def configurations(roots: Sequence[Path]) -> list[Path]:
    """Every file that may say how the pages below `roots` are published."""
    return [file for file, _ in _candidates([absolute(root) for root in roots])]


def page_base(roots: Sequence[Path]) -> Path:
    """The folder page paths are relative to: the docs root, or the common parent of several."""
    folders = [str(root.parent if root.is_file() else root) for root in roots]
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()


def _find(roots: Sequence[Path], dialect: str) -> tuple[Found | None, tuple[str, ...]]:
    """The nearest site, and notices of configurations that could not be read on the way to it."""
    unread: list[str] = []
    for file, read in _candidates(roots):
        try:
            found = read(file)
        except (DataError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            # Written by others: whatever is wrong with it, the pages are indexed.
            if not file.name.startswith("config."):
                line = f", line {error.line}" if isinstance(error, DataError) and error.line else ""
                problem = str(error) if isinstance(error, DataError) else type(error).__name__
                unread.append(f"{file.name}{line}: it cannot be read ({problem}); the site is set up without it.")
            continue
        if found and dialect in ("", found.rules.dialect) and _overlaps(found, roots):
            return found, tuple(unread)
    return None, tuple(unread)


def _candidates(roots: Sequence[Path]) -> Iterator[tuple[Path, Callable[[Path], Found | None]]]:
    seen: set[Path] = set()
    for above in _ancestors(page_base(roots)):
        for place in _PLACES:
            for names, read in _READERS:
                for name in names:
                    file = above / place / name
                    if file not in seen and file.is_file():
                        seen.add(file)
                        yield file, read


def _ancestors(folder: Path) -> Iterator[Path]:
    line = [folder, *folder.parents]
    bound = next((number for number, above in enumerate(line) if (above / ".git").exists()), _MOST_ANCESTORS)
    # The file system's own root is nobody's project.
    yield from (above for above in line[: bound + 1] if above != Path(above.anchor))


def _overlaps(found: Found, roots: Sequence[Path]) -> bool:
    contents = [absolute(content) for content in found.contents]
    return any(root.is_relative_to(content) or content.is_relative_to(root) for root in roots for content in contents)


def _placed(folder: Path, base: Path) -> tuple[str, str]:
    """`Site.strip` and `Site.add` for pages relative to `base` and content paths relative to `folder`."""
    folder = absolute(folder)
    strip = folder.relative_to(base).as_posix() if folder != base and folder.is_relative_to(base) else ""
    add = Path(os.path.relpath(base, folder)).as_posix()
    return strip, "" if add == "." else add


def _without_docs_route(url: str, rules: Rules) -> str:
    """The site's address when the caller gave that of its docs (`…/docs/`), which the rules add by themselves."""
    for docs in rules.docs if isinstance(rules, Docusaurus) else ():
        if docs.route and url.endswith(f"/{docs.route}/"):
            return url.removesuffix(f"{docs.route}/")
    return url


def _is_forge(url: str) -> bool:
    parts = urlsplit(url)
    return parts.netloc in _FORGES or "/blob/" in parts.path or "/src/branch/" in parts.path
