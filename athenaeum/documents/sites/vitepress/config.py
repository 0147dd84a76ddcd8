"""Reads .vitepress/config.*: base path, clean URLs, rewrites and the host that its site map names."""

import posixpath
from pathlib import Path

from athenaeum.documents.sites.found import Found, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.javascript.jsvalues import Unknown, read_config
from athenaeum.documents.sites.vitepress.rules import VitePress

_SUFFIXES = ("ts", "js", "mts", "mjs", "cts", "cjs")
CONFIG_FILES = (
    *(f".vitepress/config.{suffix}" for suffix in _SUFFIXES),
    *(f".vitepress/config/index.{suffix}" for suffix in _SUFFIXES),
)


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when nothing of it can be made out."""
    inner = file.parent.name == "config"
    # A configuration in a folder keeps what all languages have in common in a file of its own.
    shared = next((other for suffix in _SUFFIXES if (other := file.parent / f"shared.{suffix}").is_file()), None)
    config = {**(read_config(read_text(shared)) if inner and shared else {}), **read_config(read_text(file))}
    text = read_text(file)
    if not config and not text:
        return None
    root = (file.parent.parent if inner else file.parent).parent
    folder = root / posixpath.normpath(text_of(config.get("srcDir")) or ".")
    pairs = ((key, value) for key, value in mapping_of(config.get("rewrites")).items() if isinstance(value, str))
    rules = VitePress(clean_urls=config.get("cleanUrls") is True, rewrites=tuple(pairs))
    host = mapping_of(config.get("sitemap")).get("hostname")
    unknown = isinstance(config.get("base"), Unknown) or isinstance(host, Unknown)
    notices = (f"{file.name}: base or host cannot be read without running it; set site-url.",) if unknown else ()
    url = "" if unknown else site_address(host, config.get("base"), folder / "public", folder, config=file)
    name = text_of(config.get("title"))
    return Found(rules=rules, folder=folder, contents=(folder,), url=url, name=name, notices=notices)
