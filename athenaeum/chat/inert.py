"""How what could become a picture, HTML, a link target or a citation is written so that no program reads it as one.

Where a token is code it stays as it is, which `structure` knows.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote

from athenaeum.chat.lexing import IMG, Token, sources_in
from athenaeum.chat.structure import HARMLESS, is_number

_CONTAINERS = " \t>*+-.):0123456789"
_JOINER = "\u2060"
"""Not seen, and no space: keeps apart what would mean something together."""
_SPACE = re.compile(r"\s")
_ADDRESS = re.compile(r"://|www\.|@")
_LONGEST_WORDS = 1_000
"""Characters of a link's words; a longer link is none."""


@dataclass(slots=True)
class Text:
    """Writes the tokens of one block, one after another, and remembers what decides how the next is written.

    `sources` says how many numbers there are; `cited` holds those of the mark that was written last, each with its
    place in what was written.
    """

    sources: int
    literal: bool = False
    strict: bool = False
    """No link is written as one."""
    bare: bool = True
    """Nothing but what begins lists and quotations stands on this line."""
    last: str = ""
    word: str = ""
    address: bool = False
    """The word that is being written is an address, which programs make a link of by themselves."""
    doubtful: bool = False
    """Something was written that some programs take for a formula, a link or an address with a backtick in it."""
    distrusts: bool = False
    """A formula may have begun that holds whole lines."""
    labelled: bool = False
    """The paragraph has a line that begins with a bracket, so a colon may define a link."""
    marks: int = 0
    length: int = 0
    tail: str = ""
    brackets: list[tuple[int, int]] = field(default_factory=list)
    """Where each open bracket of the paragraph stands, and how many marks were before it."""
    cited: list[tuple[int, int, int]] = field(default_factory=list)
    open_run: int = 0
    inner: int = 0
    """How many brackets were opened since the run of backticks that is open."""
    unbalanced: bool = False
    fenced: bool = False

    def copy(self) -> "Text":
        """The same, to try something out."""
        made = Text(**{name: getattr(self, name) for name in self.__slots__})
        made.brackets = list(self.brackets)
        return made

    @property
    def certain(self) -> bool:
        """Whether what follows cannot be code, whatever else follows."""
        return not (self.open_run or self.unbalanced or self.fenced)

    def keep(self, token: Token) -> str:
        """Write a token as it is."""
        raw = token.raw
        if token.kind == "end":
            self._end_line()
        elif token.kind == "ticks":
            self._ticks(raw)
        elif token.kind == "bracket":
            self._bracket(raw)
        return self._put(raw)

    def write(self, token: Token, following: str, *, peg: str = "") -> str:  # noqa: PLR0911 - one for each kind
        """Write a token that is not code so that it is inert; `following` is what comes after it.

        `peg` is put where it changes nothing.
        """
        self.cited = []
        if token.kind == "mark":
            return self._mark(token.raw, following, peg)
        if token.kind == "picture":
            return self._picture(token.raw, following, peg)
        if token.kind == "link":
            return self._link(token.raw, peg)
        if token.kind == "tag":
            return self._put(self._tag(token.raw, peg))
        if token.kind == "escape":
            return self._escape(token, following, peg)
        if token.kind == "exclamation":
            return self._put(f"{token.raw} ") + peg
        self.distrusts = self.distrusts or (token.kind == "dollars" and token.special)
        return self.keep(token) + peg

    def _escape(self, token: Token, following: str, peg: str) -> str:
        # An address before it takes the backslash for a part of itself.
        if token.raw == r"\<":
            return self._put("&lt;") + peg
        if token.raw == r"\!" and following.startswith("["):
            return self._put(r"\! ")
        if token.raw in (r"\(", r"\["):
            self.doubtful = True
            self.distrusts = self.distrusts or self.bare
        apart = self._put(" ") if self.address and token.raw[1:] in ("`", "[", "]") else ""
        return apart + self.keep(token)

    @property
    def _apart(self) -> str:
        """What keeps a bracket from the character before it."""
        return " " if self.last in ("!", "\\") else ""

    def _picture(self, raw: str, following: str, peg: str) -> str:
        before = raw[:-2]
        # A single mark goes; of several, the others end a sentence.
        written = f"{before} " if before else ""
        self._put(written)
        self._bracket("[")
        words = "picture" if following.startswith("]") else ""
        return written + self._put(f"{self._apart}[{peg}{words}")

    def _tag(self, raw: str, peg: str) -> str:
        if raw != "<" and HARMLESS.fullmatch(raw) and not self.bare:
            return raw
        if IMG.fullmatch(raw) and (link := _linked(raw, peg)):
            return self._apart + link
        return f"&lt;{peg}{raw[1:]}"

    def _link(self, raw: str, peg: str) -> str:
        begun = self._close_bracket()
        apart = self.labelled if raw == "]:" else self.strict or self.doubtful
        if raw == "](" and begun is not None:
            at, marks = begun
            long = self.length - at
            words = self.tail[-long:] if long else ""
            apart = apart or self.marks > marks or long > _LONGEST_WORDS or is_number(words)
        return self._put(f"]{peg}{_JOINER}{raw[1]}" if apart else raw)

    def _mark(self, raw: str, following: str, peg: str) -> str:
        numbers = sources_in(raw, most=self.sources)
        after = following[:1]
        if not numbers:
            return self._put(self._nothing(after, peg))
        # A bare address would take the mark into its link.
        written = " " if self.address else self._apart
        begins = self.bare
        for number in numbers:
            start = len(written)
            written += f"[{number}]"
            self.cited.append((number, start, len(written)))
        self.marks += 1
        self._put(written)
        if after == "(" or (after == ":" and (begins or self.labelled)):
            self._put(_JOINER)
            return f"{written[:-1]}{peg}]{_JOINER}"
        return f"{written[:-1]}{peg}]"

    def _nothing(self, after: str, peg: str) -> str:
        """In the place of a mark that is taken out: nothing where no two things meet that were apart."""
        if self.bare:
            return f"{_JOINER}{peg}"
        ends = not after or after.isspace()
        if self.last.isspace() or ends or (self.last.isalnum() and after in ".,;?"):
            return peg
        return f" {peg}"

    def _bracket(self, raw: str) -> None:
        if raw == "[" and self.open_run:
            self.inner += 1
        elif raw == "[":
            self.labelled = self.labelled or self.bare
            self.brackets.append((self.length + 1, self.marks))
        else:
            self._close_bracket()

    def _close_bracket(self) -> tuple[int, int] | None:
        if not self.open_run:
            return self.brackets.pop() if self.brackets else None
        # In what may be code a bracket is none; but programs differ where a link's own bracket is closed in it.
        self.doubtful = self.doubtful or (not self.inner and bool(self.brackets))
        self.inner = max(0, self.inner - 1)
        return None

    def _ticks(self, raw: str) -> None:
        self.fenced = self.fenced or len(raw) > 2
        if raw[0] != "`":
            return
        if self.open_run == len(raw):
            self.open_run = 0
            return
        # An address may take the backtick for a part of itself.
        self.doubtful = self.doubtful or self.address
        if not self.open_run:
            self.open_run, self.inner = len(raw), 0

    def _end_line(self) -> None:
        self.unbalanced = self.unbalanced or bool(self.open_run)
        self.open_run = 0
        if self.bare:
            self.labelled, self.marks, self.length, self.tail, self.brackets = False, 0, 0, "", []

    def _put(self, written: str) -> str:
        if not written:
            return written
        self.last = written[-1]
        if written == "\n":
            self.bare = True
        elif self.bare and written.strip(_CONTAINERS):
            self.bare = False
        *before, word = _SPACE.split(written)
        if before:
            self.word, self.address = "", False
        self.address = self.address or bool(_ADDRESS.search(self.word + word))
        self.word = (self.word + word)[-4:]
        self.length += len(written)
        if self.brackets:
            self.tail = (self.tail + written)[-_LONGEST_WORDS:]
        return written


class _Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - there is one
        self.found = {name: value for name, value in attrs if value}


def _linked(tag: str, peg: str) -> str:
    """An <img> as a link to its picture, or "" when it has no address that can be one."""
    reader = _Attributes()
    reader.feed(tag)
    found = reader.found
    address = found.get("src", "").strip()
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address)
    if not address or (scheme and scheme.group().lower() not in ("http:", "https:")):
        return ""
    words = re.sub(r"[^\w ,.'-]", " ", found.get("alt", ""))[:200].strip()
    words = words if any(char.isalpha() for char in words) else "picture"
    return f"[{peg}{words}](<{quote(address, safe='%/:=&?~#+,;@-._')}>)"
