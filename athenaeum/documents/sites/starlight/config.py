"""Reads astro.config.mjs or its kin: Starlight's pages, their address, and how Astro writes it."""

import posixpath
from pathlib import Path
from typing import Any

from athenaeum.documents.sites.found import Found, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.javascript.jsvalues import Unknown, calls, read_config
from athenaeum.documents.sites.starlight.rules import Starlight

CONFIG_FILES = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "ts", "js", "mts", "cjs", "cts"))


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when Astro has no pages in Markdown there."""
    config = read_config(read_text(file))
    source = file.parent / posixpath.normpath(text_of(config.get("srcDir")) or "src")
    starlight = calls(config.get("integrations"), "starlight")
    options = mapping_of(starlight[0].arguments[0]) if starlight and starlight[0].arguments else {}
    folder = source / "content" / "docs"
    if not folder.is_dir() and not starlight:
        folder = source / "pages"
    if not folder.is_dir():
        return None
    locales = mapping_of(options.get("locales"))
    rules = Starlight(
        trailing_slash=text_of(config.get("trailingSlash")) or "ignore",
        build_format=text_of(mapping_of(config.get("build")).get("format")) or "directory",
        default_language="" if "root" in locales else text_of(options.get("defaultLocale")),
        languages=tuple(name for name in locales if name not in {"root", text_of(options.get("defaultLocale"))}),
        redirects=tuple(path for path in mapping_of(config.get("redirects")) if "[" not in path),
    )
    unknown = [key for key in ("site", "base") if isinstance(config.get(key), Unknown)]
    notices = (
        (f"{file.name}: {' and '.join(unknown)} cannot be read without running it; set site-url.",) if unknown else ()
    )
    url = "" if unknown else site_address(config.get("site"), config.get("base"), file.parent / "public", config=file)
    return Found(rules=rules, folder=folder, contents=(folder,), url=url, name=_title(options), notices=notices)


def _title(options: dict[str, Any]) -> str:
    title = options.get("title")
    if isinstance(title, dict):
        # One title for each locale; the default locale's is the site's.
        title = title.get(text_of(options.get("defaultLocale")), next(iter(title.values()), ""))
    return text_of(title)
