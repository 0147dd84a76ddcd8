"""Reads mkdocs.yml (and zensical.toml): where the pages lie and are published, and how their anchors are made.

Tags that would make Python objects are read as names and never run; environment variables count as unset.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from athenaeum.documents.sites.found import Found, absolute, list_of, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.mkdocs.rules import MkDocs
from athenaeum.parsing import Node, load_toml, load_yaml

CONFIG_FILES = ("mkdocs.yml", "mkdocs.yaml", "zensical.toml")
_MOST_PARENTS = 8


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when it is no configuration of MkDocs."""
    config = _toml(file) if file.suffix == ".toml" else _with_parents(file)
    if not config:
        return None
    folder = absolute(file.parent / (text_of(config.get("docs_dir")) or "docs"))
    url = site_address(config.get("site_url"), "", folder, config=file)
    notices: tuple[str, ...] = ()
    version = _mike_version(config)
    if version and url:
        url = f"{url}{version}/"
        notices = (f"Versions are published with mike: addresses name the version {version!r}; site-url sets another.",)
    name = text_of(config.get("site_name"))
    return Found(rules=_rules(config), folder=folder, contents=(folder,), url=url, name=name, notices=notices)


def _rules(config: dict[str, Any]) -> MkDocs:
    extensions = _named(config.get("markdown_extensions"))
    toc = extensions.get("toc", {})
    slugify = mapping_of(toc.get("slugify"))
    function, slug, case = text_of(slugify.get("python")), "toc", "lower"
    if function.startswith("pymdownx.slugs."):
        slug = "pymdownx"
        # The older functions, uslugify and its kin, are lower case; the newer keeps case unless told.
        case = text_of(mapping_of(slugify.get("kwds")).get("case")) or (
            "none" if function.endswith(".slugify") else "lower"
        )
        case = "none" if "cased" in function else case
    elif "unicode" in function:
        slug = "unicode"
    i18n = _named(config.get("plugins")).get("i18n", {})
    languages = [item for item in list_of(i18n.get("languages")) if isinstance(item, dict)]
    default = next((text_of(item.get("locale")) for item in languages if item.get("default")), "")
    redirects = mapping_of(_named(config.get("plugins")).get("redirects", {}).get("redirect_maps"))
    return MkDocs(
        use_directory_urls=config.get("use_directory_urls") is not False,
        slug=slug,
        case=case,
        separator=text_of(toc.get("separator")) or "-",
        emoji="pymdownx.emoji" in extensions,
        layout=(text_of(i18n.get("docs_structure")) or "suffix") if languages else "",
        default_language=default,
        languages=tuple(text_of(item.get("locale")) for item in languages if not item.get("default")),
        redirects=tuple(MkDocs().route(str(path), {}) or "" for path in redirects),
    )


def _mike_version(config: dict[str, Any]) -> str:
    version = mapping_of(mapping_of(config.get("extra")).get("version"))
    plugin = _named(config.get("plugins")).get("mike")
    if plugin is None and version.get("provider") != "mike":
        return ""
    default = version.get("default")
    named = default[0] if isinstance(default, list) and default else default
    return text_of((plugin or {}).get("canonical_version")) or text_of(named) or "latest"


def _named(value: Any) -> dict[str, dict[str, Any]]:
    """`[a, {b: options}]` or `{b: options}` → options by name, without a theme's prefix (`material/blog`)."""
    items = value if isinstance(value, list) else [value]
    named: dict[str, dict[str, Any]] = {}
    for item in items:
        if isinstance(item, str):
            named[item.rpartition("/")[2]] = {}
        for name, options in mapping_of(item).items():
            named[str(name).rpartition("/")[2]] = mapping_of(options)
    return named


def _toml(file: Path) -> dict[str, Any]:
    return mapping_of(load_toml(read_text(file)).get("project"))


def _with_parents(file: Path) -> dict[str, Any]:
    """The configuration with what it inherits (`INHERIT:`) below it."""
    config: dict[str, Any] = {}
    first = file
    for _ in range(_MOST_PARENTS):
        own = _yaml(file, first)
        config = _merged(own, config)
        parent = text_of(own.get("INHERIT"))
        if not parent:
            break
        file = file.parent / parent
    return config


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


def _yaml(file: Path, first: Path) -> dict[str, Any]:
    return mapping_of(load_yaml(read_text(file, config=first), foreign=_tagged))


def _tagged(tag: str, node: Node, plain: Callable[[Node], Any]) -> Any:
    """What MkDocs' own tags stand for, as plain values."""
    if tag == "!ENV":
        # `!ENV [NAME, OTHER, default]`: the default is what holds without that environment.
        values = plain(node) if node.kind == "sequence" else []
        return values[-1] if len(values) > 1 else None
    made = tag.rpartition("python/")[2].partition(":")[2]
    return {"python": made, **(plain(node) if node.kind == "mapping" else {})}
