"""The slug rules of the generators: plain heading text → anchor, and how a second equal heading is told apart.

Pure functions on text that has lost its Markdown already (`inline.py` does that). Sources: github-slugger 2,
Python-Markdown's toc extension, @mdit-vue/shared, Hugo's goldmark extension.
"""

import re
import unicodedata


def github(text: str) -> str:
    """github-slugger's rule: lower case, keep letters, marks, digits, connectors and hyphens, spaces to hyphens."""
    kept = (char for char in text.lower() if char in " -" or _is_word(char))
    return "".join(kept).replace(" ", "-")


def _is_word(char: str) -> bool:
    return unicodedata.category(char) in _WORD


_WORD = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"}


def github_unique(slug: str, used: dict[str, int]) -> str:
    """github-slugger: the n-th repetition gets `-n`, skipping names that are taken; `used` counts by name."""
    result = slug
    while result in used:
        used[slug] += 1
        result = f"{slug}-{used[slug]}"
    used[result] = 0
    return result


HASH_ID = re.compile(r"\s*\{#([^\s{}]+)\}\s*$")
"""`{#id}` at the end of a heading."""


def hash_id(heading: str) -> tuple[str, str]:
    """Split `Text {#id}` into its text and id."""
    found = HASH_ID.search(heading)
    return (heading[: found.start()], found[1]) if found else (heading, "")
