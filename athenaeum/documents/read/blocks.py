"""Decides what each line of a page is: heading, code, list item, table row, text.

CommonMark's block structure (spec 0.31, its first phase) with the containers of documentation generators added:
MkDocs admonitions and tabs (`!!!`, `???`, `===`), footnotes, and the bare markers `:::` and `///`. Line-based and
our own, as headings must be known with their lines, for every dialect, and in time linear in the page: a test holds
its headings and code against markdown-it-py's.

In `mdx` mode indentation means nothing beyond lists (MDX has no indented code) and there are no HTML blocks.
"""

import re
from dataclasses import dataclass, field

BLANK, TEXT, HEADING, FENCE, CODE, FENCE_END, INDENTED, HTML, RULE, MARK = range(10)
CODE_KINDS = frozenset({FENCE, CODE, FENCE_END, INDENTED})
_DEEPEST = 60
"""Containers nested deeper are read as text; markdown-it stops at 100."""

_SPACES = re.compile(" *")
_ATX = re.compile(r"(#{1,6})(?: ++(.*+))?+$")
_ATX_END = re.compile(r"(?:^|[ \t])#+$")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_RULE = re.compile(r"(?:(?:\* *+){3,}+|(?:- *+){3,}+|(?:_ *+){3,}+)$")
_UNDERLINE = re.compile(r"(=+|-+) *$")
_BULLET = re.compile(r"[-+*](?= |$)")
_NUMBER = re.compile(r"(\d{1,9})[.)](?= |$)")
_INDENTING = re.compile(r"""!!! ?[\w"]|\?\?\?\+? ?[\w"]|===[!+]* ["']|\[\^[^\]\s]+\]:""")
_MARKER = re.compile(r":{3,}|/{3,}(?: |$)")
_DEFINITION = re.compile(r"\[(?!\^)(?:\\.|[^\[\]\\])+\]: *\S+(?: +(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))? *$")
_BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|link|"
    "main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|"
    "title|tr|track|ul"
)
_ATTRIBUTES = r"""(?:\s+[A-Za-z_:][\w:.-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*"""
_HTML_STARTS = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:\s|>|$)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(rf"</?(?:{_BLOCK_TAGS})(?:\s|/?>|$)", re.I), None),
)
_HTML_ALONE = re.compile(rf"(?:<[A-Za-z][A-Za-z0-9-]*{_ATTRIBUTES}\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$")
_MARKDOWN_INSIDE = re.compile(r"<\w++[^>]*\smarkdown[\s=>]")
_LONGEST_TAG_LINE = 10_000

_QUOTE, _ITEM, _INDENT = range(3)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: index of its first and last line, level 1–6, its Markdown without marks, whether a quote holds it."""

    line: int
    last: int
    level: int
    raw: str
    quoted: bool


@dataclass(slots=True)
class Blocks:
    """What the scan found. `kinds`, `starts` and `depths` have one entry for each line.

    `kinds` is one of the constants above; `starts` is 1 where a block begins and 2 where a list item does; `depths`
    counts the containers around the line. `open_fence` is the index of a fence that nothing closes, or -1.
    """

    kinds: bytearray = field(default_factory=bytearray)
    starts: bytearray = field(default_factory=bytearray)
    depths: bytearray = field(default_factory=bytearray)
    headings: list[Heading] = field(default_factory=list)
    open_fence: int = -1


def scan_blocks(lines: list[str], *, mdx: bool = False) -> Blocks:
    """The block structure of a page's lines (without line ends); never fails, every line gets a kind."""
    scanner = _Scanner(mdx)
    for line in lines:
        scanner.feed(line)
    found = scanner.found
    found.open_fence = scanner.fence_line if scanner.fence else -1
    return found


class _Scanner:
    def __init__(self, mdx: bool) -> None:
        self.mdx = mdx
        self.found = Blocks()
        self.stack: list[list[int]] = []  # [kind, width, empty]
        self.paragraph: list[str] = []
        self.paragraph_line = 0
        self.fence = ""
        self.fence_line = -1
        self.html = False
        self.html_end: re.Pattern[str] | None = None

    def feed(self, line: str) -> None:
        """Take the next line."""
        text = line.expandtabs(4) if "\t" in line else line
        at, matched = self._walk(text)
        whole = matched == len(self.stack)
        if whole and (self.fence or self.html):
            done = self._in_fence(text, at) if self.fence else self._in_html(text, at)
            if done:
                return
        elif self.fence or self.html:
            self.fence, self.html = "", False
        self._open(text, at, matched)

    def _note(self, kind: int, start: int = 0) -> None:
        found = self.found
        found.kinds.append(kind)
        found.starts.append(start)
        found.depths.append(len(self.stack))

    def _walk(self, text: str) -> tuple[int, int]:
        """How far the open containers claim the line: offset of what is left, number of containers that matched."""
        at = 0
        for number, container in enumerate(self.stack):
            first = _SPACES.match(text, at).end()  # type: ignore[union-attr]
            if container[0] == _QUOTE:
                if first - at > 3 or text[first : first + 1] != ">":
                    return at, number
                at = first + (2 if text[first + 1 : first + 2] == " " else 1)
            elif first == len(text):
                if container[2]:
                    return at, number
                at = first
            elif first - at >= container[1]:
                at += container[1]
                container[2] = 0
            else:
                return at, number
        return at, len(self.stack)

    def _in_fence(self, text: str, at: int) -> bool:
        first = _SPACES.match(text, at).end()  # type: ignore[union-attr]
        rest = text[first:].rstrip()
        if (
            rest
            and rest[0] == self.fence[0]
            and len(rest) >= len(self.fence)
            and not rest.strip(rest[0])
            and (first - at < 4 or self.mdx)
        ):
            self.fence = ""
            self._note(FENCE_END)
        else:
            self._note(CODE)
        return True

    def _in_html(self, text: str, at: int) -> bool:
        if self.html_end is None:
            if not text[at:].strip():
                self.html = False
                return False
        elif self.html_end.search(text, at):
            self.html = False
        self._note(HTML)
        return True

    def _open(self, text: str, at: int, matched: int) -> None:
        """Open the containers and the leaf that begin on this line, or continue a paragraph."""
        # A paragraph goes on when every container matched, or lazily when nothing new begins.
        joined = bool(self.paragraph)
        whole = matched == len(self.stack)
        item = titled = False
        while True:
            first = _SPACES.match(text, at).end()  # type: ignore[union-attr]
            if first == len(text):
                self._close(matched)
                self._note(MARK if titled else BLANK, 2 if item else int(titled))
                return
            deep = first - at >= 4 and not self.mdx
            if deep or len(self.stack) > _DEEPEST:
                break
            opened = self._container(text, first, at, interrupts=joined and whole)
            if opened is None:
                break
            container, at = opened
            self._close(matched)
            joined, whole = False, True
            self.stack.append(container)
            matched = len(self.stack)
            item = item or container[0] == _ITEM
            titled = container[0] == _INDENT
        start = 2 if item else 1
        if deep:
            if joined:
                self._text(text[first:], 0)
            else:
                self._close(matched)
                fresh = not (self.found.kinds and self.found.kinds[-1] in {INDENTED, BLANK} and self._was_indented())
                self._note(INDENTED, max(start if item else 0, int(fresh)))
            return
        self._leaf(text, first, matched, joined=joined, whole=whole, start=start)

    def _was_indented(self) -> bool:
        kinds = self.found.kinds
        place = len(kinds) - 1
        while place > 0 and kinds[place] == BLANK and len(kinds) - place < 8:
            place -= 1
        return kinds[place] == INDENTED

    def _container(  # noqa: PLR0911 - one return for each kind of container
        self, text: str, first: int, at: int, *, interrupts: bool
    ) -> tuple[list[int], int] | None:
        char = text[first]
        if char == ">":
            return [_QUOTE, 0, 0], first + (2 if text[first + 1 : first + 2] == " " else 1)
        if char in "-+*" or char.isdigit():
            if char in "-*" and (
                _RULE.match(text, first) or (char == "-" and interrupts and _UNDERLINE.match(text, first))
            ):
                return None
            found = _BULLET.match(text, first) or _NUMBER.match(text, first)
            if not found:
                return None
            after = _SPACES.match(text, found.end()).end()  # type: ignore[union-attr]
            empty = after == len(text)
            if interrupts and (empty or (found.re is _NUMBER and int(found[1]) != 1)):
                return None
            gap = after - found.end()
            padding = gap if 1 <= gap <= 4 and not empty else 1
            return [_ITEM, found.end() - at + padding, int(empty)], min(len(text), found.end() + padding)
        if char in "!?=[" and _INDENTING.match(text, first) and not (char == "=" and self.mdx):
            # What follows on the same line is a title: the container holds the indented lines below.
            return ([_INDENT, first - at + 4, 0], len(text)) if char != "[" else None
        return None

    def _close(self, matched: int) -> None:
        del self.stack[matched:]
        self.paragraph = []

    def _text(self, text: str, start: int) -> None:
        if not self.paragraph:
            self.paragraph_line = len(self.found.kinds)
        self.paragraph.append(text.strip())
        self._note(TEXT, start)

    def _heading(self, level: int, raw: str, *, first: int) -> None:
        last = len(self.found.kinds)
        quoted = any(container[0] == _QUOTE for container in self.stack)
        self.found.headings.append(Heading(line=first, last=last, level=level, raw=raw, quoted=quoted))
        for number in range(first, last):
            self.found.kinds[number] = HEADING

    def _leaf(self, text: str, first: int, matched: int, *, joined: bool, whole: bool, start: int) -> None:
        char = text[first]
        if char == "#" and (found := _ATX.match(text, first)):
            self._close(matched)
            self._heading(
                len(found[1]), _ATX_END.sub("", (found[2] or "").strip()).strip(), first=len(self.found.kinds)
            )
            self._note(HEADING, start)
        elif char in "`~" and (found := _FENCE.match(text, first)):
            self._close(matched)
            self.fence = found[1] or found[2]
            self.fence_line = len(self.found.kinds)
            self._note(FENCE, start)
        elif char in "=-" and joined and whole and _UNDERLINE.match(text, first):
            self._heading(1 if char == "=" else 2, "\n".join(self.paragraph), first=self.paragraph_line)
            self.paragraph = []
            self._note(HEADING)
        elif char in "*-_" and _RULE.match(text, first):
            self._close(matched)
            self._note(RULE, start)
        elif char in ":/" and _MARKER.match(text, first):
            self._close(matched)
            self._note(MARK, start)
        elif char == "<" and not self.mdx and self._html(text, first, joined=joined):
            self._close(matched)
            self.html = not (self.html_end and self.html_end.search(text, first))
            self._note(HTML, start)
        elif joined:
            self._text(text[first:], 0)
        else:
            self._close(matched)
            if char == "[" and _DEFINITION.match(text, first):
                # A link's definition is no part of the paragraph that follows it.
                self._note(TEXT, start)
            else:
                self._text(text[first:], start)

    def _html(self, text: str, first: int, *, joined: bool) -> bool:
        for begin, end in _HTML_STARTS:
            if begin.match(text, first):
                self.html_end = end
                return not _MARKDOWN_INSIDE.match(text, first)
        self.html_end = None
        short = len(text) - first < _LONGEST_TAG_LINE
        return not joined and short and bool(_HTML_ALONE.match(text, first))
