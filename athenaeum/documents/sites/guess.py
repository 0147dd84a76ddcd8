"""Guesses the generator from the pages themselves, when no configuration file tells: each has syntax of its own."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

_MOST_FILES = 60
_MOST_ENTRIES = 4000
_HEAD = 30_000

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("starlight", re.compile(r"""from\s+['"](?:@astrojs/starlight|astro:assets|~/components)""")),
    (
        "docusaurus",
        re.compile(r"""from\s+['"](?:@theme|@docusaurus|@site)/|^sidebar_(?:position|label):""", re.MULTILINE),
    ),
    (
        "hugo",
        re.compile(r"\A\+\+\+\s*$|^(?:(?!\{\{[<%] ).)*+\{\{[<%] .* [>%]\}\}|^(?:linkTitle|weight):", re.MULTILINE),
    ),
    (
        "vitepress",
        re.compile(
            r"^<script setup|^::: (?:code-group|info|tip|warning|danger|details)\b|^\[\[toc\]\]|^<<< ", re.MULTILINE
        ),
    ),
    (
        "mkdocs",
        re.compile(
            r"""^(?:!!!|\?\?\?\+?) \w|^/// \w|^=== "|^#{1,6} .*\s\{:?\s*#[\w-]+\s*\}\s*$|^-{1,2}8<-{1,2} """,
            re.MULTILINE,
        ),
    ),
)
_NAMES = {
    "_index.md": "hugo",
    "_category_.json": "docusaurus",
    "_category_.yml": "docusaurus",
    ".vitepress": "vitepress",
}


def guess_dialect(roots: Sequence[Path]) -> str:
    """The dialect that at least two signs speak for, more than for any other; "" when there is none."""
    votes: Counter[str] = Counter()
    read = 0
    for path in _entries(roots):
        votes[_NAMES.get(path.name, "")] += 2
        if path.suffix in {".md", ".mdx"} and read < _MOST_FILES:
            read += 1
            head = _head(path)
            votes.update(dialect for dialect, sign in _SIGNS if sign.search(head))
    del votes[""]
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] < 2 or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]


def _entries(roots: Sequence[Path]) -> Iterator[Path]:
    """Files and folders below the roots in a fixed order, links not followed, up to a bound."""
    seen = 0
    for root in sorted(roots):
        if root.is_file():
            yield root
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in [*folders, *sorted(files)]:
                yield Path(folder) / name
            folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
            seen += len(files) + len(folders)
            if seen > _MOST_ENTRIES:
                return


def _head(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.read(_HEAD)
    except OSError:
        return ""
