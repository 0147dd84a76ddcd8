"""Turns a heading into what a reader might ask: "Deploy your own server" into "how do I deploy my own server". Pure.

English only, and careful: a heading that is no plain instruction stays as it is written, or is asked together with its
page's title.
"""

import re
from collections.abc import Mapping

_ASKING = frozenset(
    {"how", "what", "why", "when", "where", "which", "who", "whose", "can", "should", "does", "is", "are"}
)
_INSTRUCTIONS = frozenset(
    """
    access activate add adjust allow analyze apply assign attach authenticate avoid begin bind build bundle call cancel
    change check choose clean clear clone close collect combine compare compile configure connect contribute convert
    copy create customise customize debug declare decode define delete deploy describe disable download edit embed
    enable encode encrypt evaluate exclude execute expand extend extract fetch find fix force generate get handle hide
    host ignore implement improve include increase initialize inject inspect install integrate intercept invoke join
    keep launch make manage measure merge migrate modify move normalize open optimize organize override parse pass
    persist pin prepare prevent protect provide publish pull push raise read receive redirect reduce refresh register
    reload remove rename render replace require reset resolve restart restore restrict retrieve reuse revert roll rotate
    run save secure select send serve show skip specify stop store submit switch sync trace transform translate
    troubleshoot try tune turn uninstall unlock update upgrade upload use validate verify wait wrap write
    """.split()  # noqa: SIM905 - words, not a list of a hundred quotes
)
_MAYBE = frozenset(
    """
    display document export filter form format group import index limit list load log map mix mock monitor mount name
    package preview query record release request return scale schedule search set share sign sort split start stream
    style support test trigger view watch work
    """.split()  # noqa: SIM905
)
"""Instructions only before a word such as `a` or `your`: "Request a language" is one, "Request parameters" is not."""
_BEFORE_NOUNS = frozenset(
    {"a", "an", "the", "your", "all", "each", "every", "any", "multiple", "several", "up", "with"}
)
_ARTICLES = frozenset({"a", "an", "the"})
_MINE = {"your": "my", "yours": "mine", "yourself": "myself", "you": "I"}
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_NUMBERED = re.compile(r"^(?:step\s+)?\d+(?:\.\d+)*[.):]\s+", re.IGNORECASE)
_SHORT = 2


def question_from(heading: str, *, title: str, common: Mapping[str, int]) -> str:
    """The question a heading answers; `title` is its page's, "" where the heading is that title.

    `common` counts the words of the docs as they are written: a capital that a word has only in headings is dropped.
    """
    text = _NUMBERED.sub("", " ".join(heading.split())).rstrip(" .:")
    found = _WORD.findall(text)
    if not found:
        return text
    first = found[0].casefold()
    if first in _ASKING or text.endswith("?"):
        return _plain(text, common)
    second = found[1].casefold() if len(found) > 1 else ""
    if second and (first in _INSTRUCTIONS or (first in _MAYBE and second in _BEFORE_NOUNS)):
        asked = _plain(text, common)
        return f"how do I {asked[:1].lower()}{asked[1:]}"
    if len(found) <= _SHORT and title and "_" not in text and not _shares(found, title):
        return f"{_bare(_plain(title, common))} {_bare(_plain(text, common))}"
    return _plain(text, common)


def _bare(text: str) -> str:
    first, _, rest = text.partition(" ")
    return rest if rest and first.casefold() in _ARTICLES else text


def _shares(words: list[str], title: str) -> bool:
    of_title = {word.casefold() for word in _WORD.findall(title)}
    return any(word.casefold() in of_title for word in words)


def _plain(text: str, common: Mapping[str, int]) -> str:
    def lowered(found: re.Match[str]) -> str:
        word = found.group()
        small = word.casefold()
        told = small in _ASKING or small in _ARTICLES or small in _MINE
        if word == word.capitalize() and word != "I" and (told or common.get(small, 0) >= common.get(word, 0)):
            word = small
        return _MINE.get(word, word)

    return _WORD.sub(lowered, text)
