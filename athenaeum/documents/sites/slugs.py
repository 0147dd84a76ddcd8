"""The slug rules of the generators: a heading's plain text → its anchor, and how equal headings are told apart.

Pure functions on text that has lost its Markdown already (`inline.py` does that). Sources: github-slugger 2, the toc
extension of Python-Markdown 3, pymdownx.slugs, @mdit-vue/shared with markdown-it-anchor, Hugo's goldmark ids.
"""

import itertools
import re
import unicodedata

from athenaeum.characters import normalised

_WORD = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
_CIRCLED = re.compile("[\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]")
_VITEPRESS_SPECIAL = re.compile(r"""[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:"'“”‘’<>,.?/]+""")
_UNDECOMPOSED = str.maketrans({"ß": "sz", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h"})
_COUNT = "\0"
"""Where `numbered_id` keeps its count among the anchors of a page: no anchor is this."""
_COUNTED = re.compile(r"^(.*)_([0-9]+)$")


def github(text: str) -> str:
    """github-slugger: lower case; letters, marks, digits, connectors and hyphens stay, each space becomes a hyphen."""
    return "".join(char for char in text.lower() if char in " -" or _is_word(char)).replace(" ", "-")


def _is_word(char: str) -> bool:
    # Circled letters are symbols by category and letters by Unicode's Alphabetic property, which is what counts there.
    return (char.isascii() and (char.isalnum() or char == "_")) or (
        not char.isascii() and (unicodedata.category(char) in _WORD or bool(_CIRCLED.match(char)))
    )


def python_markdown(text: str, *, separator: str = "-", keep_unicode: bool = False) -> str:
    """The default of Python-Markdown's toc: ASCII only unless `keep_unicode`; runs of blanks become one separator."""
    if not keep_unicode:
        text = normalised("NFKD", text).encode("ascii", "ignore").decode("ascii")
    text = re.sub(r"[^\w\s-]", "", text).strip().lower()
    runs = itertools.groupby(text, key=lambda char: char.isspace() or char in separator)
    return "".join(separator if blank else "".join(run) for blank, run in runs)


def pymdownx(text: str, *, separator: str = "-", case: str = "none") -> str:
    """pymdownx.slugs: Unicode stays, each space becomes a separator; `case` is none, lower, lower-ascii or fold."""
    text = _without_tags(normalised("NFC", text)).strip()
    if case == "lower":
        text = text.lower()
    elif case == "lower-ascii":
        text = re.sub("[A-Z]", lambda match: match[0].lower(), text)
    elif case == "fold":
        text = text.casefold()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", separator)


def _without_tags(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("<", at)) >= 0 and (end := text.find(">", start)) >= 0:
        kept.append(text[at:start])
        at = end + 1
    return "".join([*kept, text[at:]])


def vitepress(text: str) -> str:
    """@mdit-vue/shared: accents go, runs of blanks and punctuation become one hyphen, a leading digit gets `_`."""
    text = re.sub("[\u0300-\u036f]", "", normalised("NFKD", text))
    text = _VITEPRESS_SPECIAL.sub("-", re.sub(r"[\x00-\x1f]", "", text))
    text = re.sub(r"-{2,}", "-", text).strip("-")
    return re.sub(r"^([0-9])", r"_\1", text).lower()


def hugo(text: str, *, ascii_only: bool = False) -> str:
    """Hugo's `github` and `github-ascii` ids: unlike GitHub's, combining marks go; an empty id is `heading`."""
    if ascii_only:
        decomposed = normalised("NFD", text)
        text = normalised("NFC", "".join(char for char in decomposed if unicodedata.category(char) != "Mn"))
    kept = []
    for char in text.strip():
        if ascii_only and not char.isascii():
            continue
        if char in "- ":
            kept.append("-")
        elif char == "_" or unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}:
            kept.append(_lower_one(char))
    return "".join(kept) or "heading"


def blackfriday(text: str) -> str:
    """Hugo's `blackfriday` ids: every run of what is no letter or number becomes one hyphen, none at the ends."""
    parts: list[str] = []
    run = False
    for char in text:
        if unicodedata.category(char)[0] in "LN":
            parts.append(("-" if run and parts else "") + _lower_one(char))
            run = False
        else:
            run = True
    return "".join(parts) or "heading"


def _lower_one(char: str) -> str:
    # Go maps one rune to one rune; Python's lower() turns İ into two characters.
    return {"İ": "i"}.get(char, char.lower())


def docutils(text: str) -> str:
    """Docutils' ids, which Sphinx uses: ASCII letters and digits, everything else one hyphen, none at the ends."""
    text = normalised("NFKD", text.lower().translate(_UNDECOMPOSED)).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", " ".join(text.split())).lstrip("-0123456789").rstrip("-")


def numbered_id(slug: str, used: dict[str, int]) -> str:
    """Sphinx: a repeated or empty id becomes `id1`, `id2` …, counted over the page."""
    number = 0
    result = slug
    while not result or result in used:
        number = max(number, used.get(_COUNT, 0)) + 1
        result = f"id{number}"
        used[_COUNT] = number
    used.setdefault(result, 0)
    return result


def hyphen_number(slug: str, used: dict[str, int]) -> str:
    """`slug`, `slug-1`, `slug-2` …, skipping what is taken. `used` maps each given anchor to its repetitions so far."""
    result = slug
    while result in used:
        used[slug] += 1
        result = f"{slug}-{used[slug]}"
    used[result] = 0
    return result


def underscore_number(slug: str, used: dict[str, int]) -> str:
    """Python-Markdown: `slug`, `slug_1`, …; one that ends in `_n` counts on from there, an empty one starts at 1."""
    if slug and slug not in used:
        used[slug] = 0
        return slug
    counted = _COUNTED.match(slug)
    base, count = (counted[1], int(counted[2])) if counted else (slug, used.get(slug, 0))
    count += 1
    taken = []
    while (name := f"{base}_{count}") in used:
        taken.append(name)
        # Behind a name that is taken it is noted up to where the others are.
        count = max(count + 1, used[name])
    used.update(dict.fromkeys(taken, count))
    if not counted:
        # All suffixes up to here are taken: the next repetition need not try them again.
        used[slug] = count
    used[f"{base}_{count}"] = 0
    return f"{base}_{count}"
