"""Reads docusaurus.config.js or .ts: docs instances, versions, blogs, locales and the site's address."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from athenaeum.documents.sites.docusaurus.rules import DocsInstance, Docusaurus
from athenaeum.documents.sites.found import Found, list_of, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.javascript.jsvalues import Unknown, read_config
from athenaeum.parsing import load_json

CONFIG_FILES = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "mts", "cjs", "cts"))


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when nothing of it can be made out."""
    config = read_config(read_text(file))
    if not config:
        return None
    folder = file.parent
    docs, blogs, redirects = _plugins(config, folder)
    slash = config.get("trailingSlash")
    rules = Docusaurus(
        docs=tuple(docs),
        blogs=tuple(blogs),
        trailing_slash={True: "yes", False: "no"}.get(slash, "") if isinstance(slash, bool) else "",
        default_locale=text_of(mapping_of(config.get("i18n")).get("defaultLocale")) or "en",
        redirects=tuple(redirects),
    )
    url = site_address(config.get("url"), config.get("baseUrl"), folder / "static", config=file)
    unknown = [key for key in ("url", "baseUrl") if isinstance(config.get(key), Unknown)]
    notices = (
        (f"{file.name}: {' and '.join(unknown)} cannot be read without running it; set site-url.",) if unknown else ()
    )
    contents = (*(folder / item.folder for item in docs), *(folder / blog for blog, _ in blogs), folder)
    name = text_of(config.get("title"))
    return Found(rules=rules, folder=folder, contents=contents, url="" if unknown else url, name=name, notices=notices)


def _plugins(config: dict[str, Any], folder: Path) -> tuple[list[DocsInstance], list[tuple[str, str]], list[str]]:
    docs: list[DocsInstance] = []
    blogs: list[tuple[str, str]] = []
    redirects: list[str] = []
    for name, options in _configured(config.get("presets")):
        if "classic" in name:
            if options.get("docs") is not False:
                docs.append(_instance(mapping_of(options.get("docs")), folder))
            if options.get("blog") is not False:
                blogs.append(_blog(mapping_of(options.get("blog"))))
    for name, options in _configured(config.get("plugins")):
        if name.endswith("content-docs"):
            docs.append(_instance(options, folder))
        elif name.endswith("content-blog"):
            blogs.append(_blog(options))
        elif name.endswith("client-redirects"):
            for item in list_of(options.get("redirects")):
                given = mapping_of(item).get("from")
                redirects += [text for text in (given if isinstance(given, list) else [given]) if isinstance(text, str)]
    return docs or [_instance({}, folder)], blogs, redirects


def _configured(items: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """`'name'` and `['name', {options}]`, also with `require.resolve('name')`."""
    for item in items if isinstance(items, list) else []:
        name, *rest = item if isinstance(item, list) and item else [item]
        name = next(iter(getattr(name, "arguments", ())), name)
        if isinstance(name, str):
            yield name, mapping_of(rest[0] if rest else {})


def _route(value: Any, default: str) -> str:
    return value.strip("/") if isinstance(value, str) else default


def _blog(options: dict[str, Any]) -> tuple[str, str]:
    return _folder(options.get("path"), "blog"), _route(options.get("routeBasePath"), "blog")


def _folder(value: Any, default: str) -> str:
    return posixpath.normpath(text_of(value) or default)


def _instance(options: dict[str, Any], site: Path) -> DocsInstance:
    identifier = text_of(options.get("id")) or "default"
    names = _version_names(site / ("versions.json" if identifier == "default" else f"{identifier}_versions.json"))
    given = mapping_of(options.get("versions"))
    last = text_of(options.get("lastVersion")) or (names[0] if names else "current")
    versions = []
    for name in ("current", *names):
        path = mapping_of(given.get(name)).get("path")
        usual = "" if name == last else "next" if name == "current" else name
        versions.append((name, _route(path, usual)))
    return DocsInstance(
        folder=_folder(options.get("path"), "docs"),
        route=_route(options.get("routeBasePath"), "docs"),
        identifier=identifier,
        versions=tuple(versions),
        number_prefixes=options.get("numberPrefixParser") is not False,
    )


def _version_names(file: Path) -> list[str]:
    names = load_json(read_text(file) or "[]")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
