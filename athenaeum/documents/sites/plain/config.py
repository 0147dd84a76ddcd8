"""Reads what Sphinx (conf.py) and mdBook (book.toml) tell of a site; both publish each page as an .html file.

conf.py is a program and is read as text: only plain assignments of strings count.
"""

import re
from pathlib import Path

from athenaeum.documents.sites.found import Found, mapping_of, read_text, site_address, text_of
from athenaeum.documents.sites.plain.rules import Plain
from athenaeum.parsing import load_toml

CONFIG_FILES = ("conf.py", "source/conf.py", "book.toml")
_SPHINX = re.compile(r"^[^\S\n]*+(?:extensions|html_theme|master_doc|root_doc)\s*+[:+]?=", re.MULTILINE)
_ASSIGNED = re.compile(r"""^(html_baseurl|project)\s*(?::\s*str\s*)?=\s*[rf]?(["'])(.*?)\2""", re.MULTILINE)


def read(file: Path) -> Found | None:
    """The site that `file` describes; None when it belongs to another program."""
    return _mdbook(file) if file.name == "book.toml" else _sphinx(file)


def _sphinx(file: Path) -> Found | None:
    text = read_text(file)
    if not _SPHINX.search(text):
        return None
    values = {name: value for name, _, value in _ASSIGNED.findall(text)}
    url = site_address(values.get("html_baseurl"), "", config=file)
    rules = Plain(suffix=".html", anchor_rule="docutils")
    return Found(rules=rules, folder=file.parent, contents=(file.parent,), url=url, name=values.get("project", ""))


def _mdbook(file: Path) -> Found | None:
    book = mapping_of(load_toml(read_text(file)).get("book"))
    folder = file.parent / (text_of(book.get("src")) or "src")
    if not book or not folder.is_dir():
        return None
    url = site_address("", "", file.parent, folder, config=file)
    return Found(
        rules=Plain(suffix=".html"), folder=folder, contents=(folder,), url=url, name=text_of(book.get("title"))
    )
