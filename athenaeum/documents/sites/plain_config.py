"""Reads what Sphinx (conf.py) and mdBook (book.toml) tell of a site; both publish each page as an .html file.

conf.py is a program and is read as text: only plain assignments of strings count.
"""

import re
from pathlib import Path

from athenaeum.documents.sites.found import Found, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.plain import Plain

CONFIG_FILES = ("conf.py", "source/conf.py", "book.toml")
_ASSIGNED = re.compile(r"""^(html_baseurl|project)\s*(?::\s*str\s*)?=\s*[rf]?(["'])(.*?)\2""", re.MULTILINE)


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when it belongs to another program."""
    return _mdbook(file) if file.name == "book.toml" else _sphinx(file)


def _sphinx(file: Path) -> Found | None:
    text = read_text(file)
    if not re.search(r"^\s*(?:extensions|html_theme|master_doc|root_doc)\s*[:+]?=", text, re.MULTILINE):
        return None
    values = {name: value for name, _, value in _ASSIGNED.findall(text)}
    url = site_address(values.get("html_baseurl"), "")
    rules = Plain(suffix=".html", anchor_rule="docutils")
    return Found(rules=rules, folder=file.parent, contents=(file.parent,), url=url, name=values.get("project", ""))


def _mdbook(file: Path) -> Found | None:
    import tomllib

    try:
        book = mapping_of(tomllib.loads(read_text(file)).get("book"))
    except tomllib.TOMLDecodeError:
        return None
    folder = file.parent / (text_of(book.get("src")) or "src")
    if not book or not folder.is_dir():
        return None
    url = site_address("", "", file.parent, folder)
    return Found(
        rules=Plain(suffix=".html"), folder=folder, contents=(folder,), url=url, name=text_of(book.get("title"))
    )
