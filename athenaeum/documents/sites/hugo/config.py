"""Reads Hugo's configuration (TOML, YAML or JSON, one file or a folder of them)."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from athenaeum.documents.sites.found import Found, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.hugo.rules import Hugo
from athenaeum.parsing import load_json, load_toml, load_yaml

_SUFFIXES = ("toml", "yaml", "yml", "json")
_FOLDER = "config/_default"
CONFIG_FILES = (
    *(f"hugo.{suffix}" for suffix in _SUFFIXES),
    *(f"{_FOLDER}/{name}.{suffix}" for name in ("hugo", "config") for suffix in _SUFFIXES),
    *(f"config.{suffix}" for suffix in _SUFFIXES),
)


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when it is not Hugo's (other programs have a config.toml too)."""
    config = _values(file)
    root = file.parent
    if file.parent.name == "_default":
        root = file.parent.parent.parent
        for part in ("languages", "permalinks", "markup", "module"):
            for suffix in _SUFFIXES:
                inner = _values(file.parent / f"{part}.{suffix}")
                if inner:
                    config[part] = inner
        for suffix in _SUFFIXES:
            config |= _values(file.parent.parent / "production" / f"{file.stem}.{suffix}")
    contents = tuple(dict.fromkeys(_contents(config)))
    if not any((root / folder).is_dir() for folder, _ in contents):
        return None
    languages = mapping_of(config.get("languages"))
    default = text_of(config.get("defaultcontentlanguage")) or "en"
    goldmark = mapping_of(mapping_of(config.get("markup")).get("goldmark"))
    parser, extensions = mapping_of(goldmark.get("parser")), mapping_of(goldmark.get("extensions"))
    rules = Hugo(
        contents=contents,
        default_language=default,
        default_in_folder=config.get("defaultcontentlanguageinsubdir") is True,
        languages=tuple(languages),
        permalinks=tuple(_permalinks(mapping_of(config.get("permalinks")))),
        ugly_urls=config.get("uglyurls") is True,
        lower_paths=config.get("disablepathtolower") is not True,
        heading_ids=text_of(parser.get("autoheadingidtype") or parser.get("autoidtype")) or "github",
        typographer=extensions.get("typographer") is not False,
    )
    url = site_address(config.get("baseurl"), "", root / "static", config=file)
    name = text_of(config.get("title")) or text_of(mapping_of(languages.get(default)).get("title"))
    return Found(rules=rules, folder=root, contents=tuple(root / folder for folder, _ in contents), url=url, name=name)


def _contents(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    mounts = mapping_of(config.get("module")).get("mounts")
    for mount in mounts if isinstance(mounts, list) else []:
        if text_of(mapping_of(mount).get("target")) == "content":
            yield posixpath.normpath(text_of(mount.get("source")) or "content"), text_of(mount.get("lang"))
    default = posixpath.normpath(text_of(config.get("contentdir")) or "content")
    for language, options in mapping_of(config.get("languages")).items():
        folder = text_of(mapping_of(options).get("contentdir"))
        if folder:
            yield posixpath.normpath(folder), language
    yield default, ""


def _permalinks(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """`{section: pattern}`, or since Hugo 0.115 `{page: {section: pattern}}`."""
    for key, value in given.items():
        if isinstance(value, str):
            yield key, value
        elif key == "page":
            yield from _permalinks(mapping_of(value))


def _values(file: Path) -> dict[str, Any]:
    """The settings of a file with their names in lower case, as Hugo compares them."""
    text = read_text(file)
    if file.suffix == ".toml":
        data: Any = load_toml(text)
    elif file.suffix == ".json":
        data = load_json(text or "{}")
    else:
        data = load_yaml(text)
    return mapping_of(_lower_names(data))


def _lower_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key).lower(): _lower_names(inner) for key, inner in value.items()}
    return [_lower_names(inner) for inner in value] if isinstance(value, list) else value
