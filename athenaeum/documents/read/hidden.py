"""Strips characters that nobody sees and that can carry instructions, and reports where they stood.

Zero-width, bidirectional-control, tag and control characters go, in code too. What writing needs stays: joiners inside
emoji and inside words of scripts that join (Arabic, Persian, Indic), direction marks on lines with right-to-left
letters, Thai and Khmer word breaks, variation selectors on what can vary, flags made of tags. Lines keep their number.
"""

import re
import unicodedata
from collections import Counter

_JOINING = "\u0590-\u0fff\u1780-\u1cff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
_WORD_BREAKING = "\u0e01-\u0fff\u1000-\u109f\u1780-\u17ff\u1a20-\u1aaf"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_EMOJI = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff\U0001f3fb-\U0001f3ff"

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_LEGITIMATE = re.compile(
    f"(?<=[{_JOINING}])[\u200c\u200d](?![\u200b-\u200f\u2060-\u206f\U000e0000-\U000e0fff])"
    f"|(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_WORD_BREAKING}])\u200b(?=[{_WORD_BREAKING}])"
    # A selector after something that has variants: symbols, emoji, digits of keycaps, ideographs.
    "|(?<=[#*0-9\u00a9\u00ae\u2000-\u200a\u2010-\u2027\u2030-\u205e\u2070-\u3163\u3165-\u9fff\uf900-\ufaff"
    "\U0001f000-\U0001faff\U00020000-\U0003ffff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=[\u1820-\u18aa])[\u180b-\u180e]"
    "|(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
    "|(?<=[\u1100-\u115e])\u1160|\u115f(?=[\u1160-\u11ff])"
)
HIDDEN = "Removed "
"""How the notice of hidden characters begins, and no other notice of a page."""
_MOST_NOTICES = 20
_MARKS = "\u200e\u200f\u061c"
_LINE_BREAKING = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def strip_hidden(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """`text` without hidden characters, and a notice for each line that had some. Line ends are `\\n`."""
    if not _SUSPECT.search(text):
        return text, ()
    lines = text.split("\n")
    notices: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        if _SUSPECT.search(line):
            lines[number], removed = _strip(line)
            if removed:
                notices.append((number + 1, _describe(removed)))
    if len(notices) > _MOST_NOTICES:
        more = len(notices) - _MOST_NOTICES
        notices[_MOST_NOTICES:] = [(notices[_MOST_NOTICES][0], f"{HIDDEN}hidden characters on {more} further lines")]
    return "\n".join(lines), tuple(notices)


def _strip(line: str) -> tuple[str, Counter[str]]:
    keep = {place for match in _LEGITIMATE.finditer(line) for place in range(match.start(), match.end())}
    marks = _MARKS if _RIGHT_TO_LEFT.search(line) else ""
    removed: Counter[str] = Counter()

    def replace(match: re.Match[str]) -> str:
        char = match[0]
        if match.start() in keep or char in marks:
            return char
        if char in _LINE_BREAKING:
            # A page break or an exotic line end: for readers of the index it must not be a line of its own.
            return " "
        removed[char] += 1
        return ""

    return _SUSPECT.sub(replace, line), removed


def _describe(removed: Counter[str]) -> str:
    shown = ", ".join(f"U+{ord(char):04X} {_name(char)}".strip() for char, _ in sorted(removed.items())[:3])
    more = f" and {len(removed) - 3} others" if len(removed) > 3 else ""
    total = sum(removed.values())
    return f"{HIDDEN}{total} hidden character{'s' if total > 1 else ''} ({shown}{more})"


def _name(char: str) -> str:
    return unicodedata.name(char, "control character" if unicodedata.category(char) == "Cc" else "")
