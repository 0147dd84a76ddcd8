"""Do the links that pages make to each other resolve by our address and anchor rules?

An internal link is a relative one, one from the host's root, or a whole address of the same site. What does not resolve
is counted by page and cause; `--list` names each link. docs/sites.md explains them.
"""

import re
import sys
import time
from collections import Counter
from pathlib import Path

from athenaeum.documents.find.discovery import discover
from athenaeum.documents.links.links import LinkResolver, Resolved
from athenaeum.documents.read.reading import read_page
from athenaeum.documents.sites import detect_site
from athenaeum.records import Link, Page

REPOSITORY = Path(__file__).resolve().parent.parent
CORPORA = REPOSITORY.parent / "shared" / "corpora"
SETS = (
    ("FastAPI", CORPORA / "fastapi/docs/en/docs", "https://fastapi.tiangolo.com/", "mkdocs"),
    ("Astro", CORPORA / "astro/docs/en", "https://docs.astro.build/en/", "starlight"),
    ("Athenaeum", REPOSITORY / "docs", "", "plain"),
)


def main() -> int:
    """Print the table, and what does not resolve by page and cause."""
    there = [one for one in SETS if one[1].is_dir()]
    print("## Internal links that resolve\n")
    print("| corpus | pages | internal links | to a page | to a page's anchor | read and checked |")
    print("| --- | --- | --- | --- | --- | --- |")
    unresolved = [(name, found) for name, root, url, dialect in there for found in _check(name, root, url, dialect)]
    print("\nWhat does not resolve:\n" if unresolved else "\nEverything resolves.")
    causes = Counter((name, page.path, _cause(link.target, found)) for name, (page, link, found) in unresolved)
    for (name, path, cause), count in sorted(causes.items()):
        print(f"- {name}, `{path}`: {count} {cause}")
    for name, (page, link, found) in unresolved if "--list" in sys.argv else ():
        print(f"- {name}: `{page.path}:{link.line}` `{link.target}`: {found.reason}")
    return 0


def _check(name: str, root: Path, url: str, dialect: str) -> list[tuple[Page, Link, Resolved]]:
    begun = time.perf_counter()
    site = detect_site([root], url=url, dialect=dialect)
    pages = [read_page(source, site=site) for source in discover([root])]
    links = [(page, link, found) for page, link, found in LinkResolver(pages, site).resolve_all() if found.internal]
    anchored = [found for _, _, found in links if found.anchor]
    plain = [found for _, _, found in links if not found.anchor]
    seconds = time.perf_counter() - begun
    good, kept = (sum(not found.reason for found in group) for group in (plain, anchored))
    print(
        f"| {name} | {len(pages)} | {good + kept} of {len(links)} | {good} of {len(plain)} | "
        f"{kept} of {len(anchored)} | {seconds:.1f} s |"
    )
    return [(page, link, found) for page, link, found in links if found.reason]


def _cause(target: str, found: Resolved) -> str:
    if "has no anchor" in found.reason:
        return "to a heading the page does not have"
    if re.match(r"https?://[^/]+/[a-z]{2}(-[a-z]+)?/", target):
        return "to a translation, which is published from another folder"
    return "to a page that is not there"


if __name__ == "__main__":
    sys.exit(main())
