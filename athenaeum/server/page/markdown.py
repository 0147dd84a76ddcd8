"""Untrusted Markdown to HTML that can run and load nothing: HTML is off, images are their words, links are checked.

The words of the query are marked. Imports the renderer when it is first used.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from athenaeum.server.page.html import escape

_LONGEST_WORD = 64
_SAFE = ("http", "https", "mailto")


def render(text: str, *, words: "re.Pattern[str] | None", base: str = "") -> str:
    """HTML of `text`. `words` are marked, relative links are resolved against `base`, or dropped without one."""
    env: dict[str, Any] = {"words": words, "base": base}
    html: str = _renderer().render(text, env)
    return html


def blocks_of(text: str) -> list[tuple[int, int]]:
    """The top-level blocks of `text` as line ranges (0-based, half open)."""
    tokens = _renderer().parse(text, {})
    return [(token.map[0], token.map[1]) for token in tokens if token.level == 0 and token.map and token.nesting >= 0]


def words_of(query: str) -> "re.Pattern[str] | None":
    """What to mark for a query: its words without the commonest, at the beginning of words of the text."""
    found = [word for word in re.findall(r"\w+", query) if word.lower() not in _COMMON]
    # No word is so long, and each place of a text is held against all of it.
    found = [word[:_LONGEST_WORD] for word in dict.fromkeys(found) if len(word) > 1 or not word.isascii()][:24]
    if not found:
        return None
    stems = sorted({_stem(word) for word in found}, key=len, reverse=True)
    # Scripts without spaces have no word boundaries to look for.
    parts = [rf"\b{re.escape(stem)}\w*" if stem.isascii() else re.escape(stem) for stem in stems]
    return re.compile("|".join(parts), re.IGNORECASE)


def mark(text: str, words: "re.Pattern[str] | None") -> str:
    """Escaped text with the words of the query marked, words beside each other as one."""
    if words is None:
        return escape(text)
    spans: list[tuple[int, int]] = []
    for found in words.finditer(text):
        if spans and not text[spans[-1][1] : found.start()].strip():
            spans[-1] = (spans[-1][0], found.end())
        else:
            spans.append(found.span())
    out, at = [], 0
    for start, end in spans:
        out += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    return "".join(out) + escape(text[at:])


_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from get how i if in is it its me my not of on or so that the then "
        "there this to use using was we what when where which who why will with you your",
    )
)


def _stem(word: str) -> str:
    for ending, least in (("ing", 4), ("ed", 4), ("es", 4), ("s", 3)):
        if word.isascii() and word.lower().endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word


@cache
def _renderer() -> Any:
    from markdown_it import MarkdownIt

    made: Any = MarkdownIt("commonmark", {"html": False, "maxNesting": 12}).enable("table").enable("strikethrough")
    made.validateLink = _is_safe
    rules: dict[str, Any] = {
        "text": _text,
        "code_inline": _code_inline,
        "fence": _fence,
        "code_block": _fence,
        "image": _image,
        "link_open": _link_open,
        "link_close": _link_close,
        "heading_open": lambda *_: '<p class="heading">',
        "heading_close": lambda *_: "</p>\n",
    }
    for name, rule in rules.items():
        made.renderer.rules[name] = rule
    return made


def _is_safe(url: str) -> bool:
    try:
        scheme = urlsplit(re.sub(r"[\x00-\x20]", "", url)).scheme.lower()
    except ValueError:
        return False
    return scheme in ("", *_SAFE)


def _text(tokens: Sequence[Any], index: int, _options: Any, env: dict[str, Any]) -> str:
    return mark(tokens[index].content, env.get("words"))


def _code_inline(tokens: Sequence[Any], index: int, _options: Any, env: dict[str, Any]) -> str:
    return f"<code>{mark(tokens[index].content, env.get('words'))}</code>"


def _fence(tokens: Sequence[Any], index: int, _options: Any, env: dict[str, Any]) -> str:
    token = tokens[index]
    language = re.match(r"[\w+#.-]{1,20}", token.info.strip())
    label = f' data-language="{escape(language.group())}"' if language else ""
    # A code block can be wider than the page: it scrolls, so the keyboard must reach it.
    code = mark(token.content, env.get("words"))
    return f'<pre tabindex="0"{label}><code>{code}</code></pre>\n'


def _image(tokens: Sequence[Any], index: int, _options: Any, env: dict[str, Any]) -> str:
    words = " ".join(child.content for child in tokens[index].children or () if child.content)
    return f'<span class="image">{mark(words or "image", env.get("words"))}</span>'


def _link_open(tokens: Sequence[Any], index: int, _options: Any, env: dict[str, Any]) -> str:
    url = _resolved(str(tokens[index].attrGet("href") or ""), str(env.get("base") or ""))
    env.setdefault("open", []).append(bool(url))
    return f'<a href="{escape(url)}" rel="nofollow noopener noreferrer">' if url else ""


def _link_close(_tokens: Sequence[Any], _index: int, _options: Any, env: dict[str, Any]) -> str:
    return "</a>" if env["open"].pop() else ""


def _resolved(url: str, base: str) -> str:
    try:
        whole = urljoin(base, url) if base else url
        return whole if urlsplit(whole).scheme.lower() in _SAFE and _is_safe(whole) else ""
    except ValueError:
        return ""
