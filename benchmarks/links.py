"""Do the links that pages make to each other resolve by our address and anchor rules? Prints one table and the rest.

An internal link is a relative one, one from the host's root, or a whole address of the same site. What does not resolve
is listed: each is looked at by hand in docs/sites.md or is a real broken link of the corpus.
"""

import sys
import time
from pathlib import Path

from athenaeum.documents.discovery import discover
from athenaeum.documents.links import LinkResolver
from athenaeum.documents.reading import read_page
from athenaeum.documents.sites import detect_site

REPOSITORY = Path(__file__).resolve().parent.parent
CORPORA = REPOSITORY.parent / "shared" / "corpora"
ABSENT = 75
SETS = (
    ("FastAPI", CORPORA / "fastapi/docs/en/docs", "https://fastapi.tiangolo.com/", "mkdocs"),
    ("Astro", CORPORA / "astro/docs/en", "https://docs.astro.build/en/", "starlight"),
    ("Athenaeum", REPOSITORY / "docs", "", "plain"),
)


def main() -> int:
    present = [row for row in SETS if row[1].is_dir()]
    if len(present) < len(SETS):
        print("the corpora are not on this machine", file=sys.stderr)
        return ABSENT
    print("## Internal links that resolve\n")
    print("| corpus | pages | internal links | to a page | to a page's anchor | read and checked |")
    print("| --- | --- | --- | --- | --- | --- |")
    unresolved = [(name, line) for name, *rest in present for line in _check(name, *rest)]
    print("\nWhat does not resolve:\n")
    for name, line in unresolved or [("", "nothing")]:
        print(f"- {name}: {line}" if name else f"- {line}")
    return 0


def _check(name: str, root: Path, url: str, dialect: str) -> list[str]:
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
    return [f"`{page.path}:{link.line}` `{link.target}`: {found.reason}" for page, link, found in links if found.reason]


if __name__ == "__main__":
    sys.exit(main())
