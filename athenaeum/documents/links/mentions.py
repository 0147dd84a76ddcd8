"""What the other pages call a page: the texts of the links that lead to it. Pure.

Readers ask in the words of those who point somewhere more often than in the words that stand there.
"""

import re
from collections.abc import Iterable, Mapping

from athenaeum.documents.links.links import LinkResolver
from athenaeum.documents.sites import Site
from athenaeum.records import Mention, Page

LONGEST = 100
"""Characters of a link's text that count; what is longer is no name."""
MOST = 50
"""Texts of one target that count, in the order of pages."""

_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{2,200})\]\(<?([^()\s<>]+)>?")
_MARKS = re.compile(r"[`*]+|(?<!\w)_+|_+(?!\w)")


def mentions(pages: Iterable[Page], site: Site) -> Mapping[str, tuple[Mention, ...]]:
    """Page path → what other pages call it and its sections, each text once; pages without any are left out."""
    pages = list(pages)
    resolver = LinkResolver(pages, site)
    found: dict[str, dict[Mention, None]] = {}
    for page in pages:
        for match in _LINK.finditer(page.text):
            resolved = resolver.resolve(page, match[2])
            if resolved.page is None or resolved.page.path == page.path or resolved.reason:
                continue
            text = " ".join(_MARKS.sub("", match[1][:LONGEST]).lower().split())
            own = found.setdefault(resolved.page.path, {})
            if text and len(own) < MOST:
                own.setdefault(Mention(resolved.anchor, text))
    return {path: tuple(own) for path, own in found.items()}
