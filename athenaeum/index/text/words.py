"""Cuts text into what the lexical index counts: words, the parts of identifiers, and identifiers whole.

`create_app`, `createApp`, `--chunk-size`, `app.get` and `C++` are found by their parts like prose and, whole, as the
rare terms they are. Scripts without spaces are cut into pairs of characters. Pure; the same for documents and queries.
"""

import re
from collections.abc import Iterator

from athenaeum.characters import normalised

MAX_LENGTH = 64
"""Longer words (hashes, data in base64) are cut to this many characters."""

_RUN = re.compile(r"[^\s`'\"“”‘’()\[\]{}<>,;|=«»¿¡、。・「」『』!?*\\]+")
_WORD = re.compile(r"[^\W_]+")
# Han, kana, Thai, Lao, Khmer, Burmese: written without spaces.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS_DIGITS = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_EDGE = ".:/-_~&^%"
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`", re.DOTALL)


def normalise(text: str) -> str:
    """One form for characters that look alike (full width, ligatures, composed accents)."""
    return normalised("NFKC", text)


def words(text: str) -> Iterator[str]:
    """The words of a text in lower case and order, and the parts of joined ones (createApp: createapp, create, app)."""
    for found in _WORD.finditer(normalise(text)):
        word = found.group()
        if word.isascii() and word[1:].islower():
            # Most words, and nothing to take apart.
            yield word.lower()[:MAX_LENGTH]
            continue
        for piece, unspaced in _by_script(word):
            if unspaced:
                yield from _pairs(piece)
            else:
                yield piece.lower()[:MAX_LENGTH]
                parts = _HUMP.split(piece)
                # A single letter is no part worth finding: OAuth is not "o".
                yield from (part.lower()[:MAX_LENGTH] for part in parts if len(parts) > 1 and len(part) > 1)


def identifiers(text: str) -> Iterator[str]:
    """What reads as an identifier, whole and in lower case: `--chunk-size` gives itself and `chunk-size`.

    Anything with an inner mark, a capital after a small letter, letters beside digits, or leading dashes counts.
    """
    for found in _RUN.finditer(normalise(text)):
        raw = found.group().rstrip(".:/-_~&^%").lstrip(":/&^%~.") or ""
        if not raw or not any(map(str.isalnum, raw)):
            continue
        lower = raw.lower()[:MAX_LENGTH]
        bare = lower.strip(_EDGE + "#@$+")
        if _is_identifier(raw, bare):
            yield lower
            if bare and bare != lower:
                yield bare
            # `fastapi.Depends` is asked for by its last name, `APIRouter.include_router` by both.
            yield from (part for part in re.split(r"[./:]+", bare) if part != bare and not part.isalpha() and part)


def written(text: str) -> Iterator[str]:
    """Every word as it is written, in lower case, joined ones unparted."""
    for found in _WORD.finditer(normalise(text)):
        if not _UNSPACED.search(found.group()):
            yield found.group().lower()[:MAX_LENGTH]


def code_of(markdown: str) -> str:
    """The code of a Markdown text: its fences and code spans, one after the other."""
    return "\n".join(found.group().strip("`~") for found in _CODE.finditer(markdown))


def _is_identifier(raw: str, bare: str) -> bool:
    if raw[0] in "-@$#_" or raw[-1] in "+#":
        return True
    return bool(re.search(r"[^\W_][._:/@#$+-]+\w", bare) or _HUMP.search(raw) or _LETTERS_DIGITS.search(bare))


def _by_script(word: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for found in _UNSPACED.finditer(word):
        if found.start() > at:
            yield word[at : found.start()], False
        yield found.group(), True
        at = found.end()
    if at < len(word):
        yield word[at:], False


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for at in range(len(run) - 1):
        yield run[at : at + 2]
