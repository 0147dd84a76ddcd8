"""Checks an answer while it streams: numbers nobody gave, pictures and link targets never reach the reader.

What a word means in Markdown can depend on what follows it, so the text is cut into blocks at places that no such
dependence crosses. Words go out as they come. What could be read as a picture, a tag or a citation goes out in its
inert form as soon as it cannot be code; where it may be, the rest of its block waits for the block's end, when
`structure` reads it. Every step costs time in proportion to the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from athenaeum.chat.inert import Text
from athenaeum.chat.lexing import Token, next_token
from athenaeum.chat.structure import LONGEST, Reading, is_safe, peg, read
from athenaeum.records import Citation, Hit

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""What moves a terminal's cursor, rings its bell or ends its line: no part of an answer, whoever told the model so."""
_FENCE = re.compile(r"`{3,}[^`]*\Z|~{3,}")
_MAYBE_FENCE = re.compile(r"`{1,2}\Z|~{1,2}\Z|`{3}|~{3}")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|\Z)")
_BULLET = re.compile(r"[-*+][ \t]+[^ \t]")
_NUMBERED = re.compile(r"(\d{1,9})[.)][ \t]+[^ \t]")
_UNDECIDED = re.compile(r"(?:#{1,6}|[-*+][ \t]*|\d{1,9}(?:[.)][ \t]*)?)\Z")


@dataclass(slots=True)
class Marks:
    """The state of one answer; `sources` says how many numbers there are."""

    sources: int
    found: list[tuple[int, int, int]] = field(default_factory=list)
    _all: list[str] = field(default_factory=list)
    _length: int = 0
    _given: int = 0
    """How many of `_all` were given out."""
    _line: str = ""
    """The begin of a line, while it is not known whether it begins another block."""
    _at_start: bool = True
    _alone: bool = False
    """The line may open a fence, and is read alone."""
    _words: bool = False
    _blank: bool = False
    """The line before has no words."""
    _block: Text = field(default_factory=lambda: Text(0))
    _empty: bool = True
    _numbered: bool = False
    """The block begins with a number, as an item of a list."""
    _written: list[str] = field(default_factory=list)
    """Of the block, what is written."""
    _raw: list[str] = field(default_factory=list)
    """Of the block, what is not."""
    _waits: bool = False
    """What comes next may be code: the rest is written when the block is complete."""
    _run: str = ""
    """What is left of the text is only this character: more of it decides nothing."""
    _fence: str = ""
    _code: list[str] = field(default_factory=list)
    """Of a fence, the line that is being written."""
    _distrusts: bool = False
    """Something came after which no code is trusted to be code: a formula, or a block too long to be read."""

    def __post_init__(self) -> None:
        self._block = Text(self.sources)

    @property
    def text(self) -> str:
        """All that was shown."""
        return "".join(self._all)

    def feed(self, piece: str) -> str:
        """Take a piece of the model's text; what can be shown now."""
        self._take(piece)
        self._release()
        return self._give()

    def quote(self, text: str) -> str:
        """Pass on text of a source, in which nothing is a citation: whole lines, and what they begin they end."""
        self._end()
        self._block.literal = True
        self._take(text)
        self._end()
        return self._give()

    def finish(self) -> str:
        """The text is complete: what was held back."""
        self._end()
        return self._give()

    def _give(self) -> str:
        new = "".join(self._all[self._given :])
        self._given = len(self._all)
        return new

    def _show(self, written: str) -> None:
        if written:
            self._all.append(written)
            self._length += len(written)

    # --- where a block ends -------------------------------------------------------------------------------------------

    def _take(self, piece: str) -> None:
        first, *others = CONTROL.sub("", piece).split("\n")
        self._line += first
        for part in others:
            self._take_line(ended=True)
            self._line = part
        self._take_line(ended=False)

    def _take_line(self, *, ended: bool) -> None:
        """Add what is known of the line, and its end, to the block or the fence."""
        if self._at_start and not self._begin(ended=ended):
            return
        self._at_start = ended
        text, self._line = self._line + "\n" * ended, ""
        if self._fence:
            self._in_fence(text)
        else:
            self._add(text)

    def _begin(self, *, ended: bool) -> bool:
        """Whether it is known what the line that begins with `_line` begins; then the block before has ended."""
        line = self._line
        if self._fence or not line:
            return bool(line) or ended
        if not ended and (_UNDECIDED.match(line) or _MAYBE_FENCE.match(line)):
            if len(line) < LONGEST:
                return False
            self._distrusts = True
        if not self._length and self._empty and line.startswith(("--", "++")):
            # Some programs take it for the data of a page, and what follows for part of them.
            self._distrusts = True
        self._alone = ended and bool(_FENCE.match(line))
        if not self._empty and (self._alone or self._begins_block(line)):
            self._settle()
        return True

    def _begins_block(self, line: str) -> bool:
        """Whether a line begins what no list, quotation or paragraph above it takes in."""
        numbered = _NUMBERED.match(line)
        return bool(
            (self._blank and line[0] not in " \t")
            or (numbered and (self._numbered or int(numbered.group(1)) == 1))
            or _HEADING.match(line)
            or _BULLET.match(line)
        )

    def _add(self, text: str) -> None:
        if self._empty:
            self._empty, self._numbered = False, bool(_NUMBERED.match(text))
        self._raw.append(text)
        self._words = self._words or bool(text.strip())
        if text.endswith("\n"):
            self._blank, self._words = not self._words, False
            if self._alone:
                self._settle()
        self._alone = False

    def _in_fence(self, text: str) -> None:
        self._code.append(text)
        if not self._distrusts:
            self._show(text)
        if text.endswith("\n"):
            self._end_line_of_code()

    def _end_line_of_code(self) -> None:
        line = "".join(self._code)
        self._code.clear()
        if self._distrusts:
            self._write_text(line)
        if re.fullmatch(rf" {{0,3}}{self._fence[0]}{{{len(self._fence)},}}[ \t]*\n?", line):
            self._fence = ""

    def _end(self) -> None:
        if self._line:
            self._begin(ended=True)
            text, self._line = self._line, ""
            if self._fence:
                self._in_fence(text)
            else:
                self._add(text)
        if self._fence:
            self._end_line_of_code()
        self._settle()
        # What comes after a fence that was left open is not known to be code or text.
        self._distrusts = self._distrusts or bool(self._fence)
        self._at_start, self._fence, self._block = True, "", Text(self.sources)

    # --- what is written of it ----------------------------------------------------------------------------------------

    def _release(self) -> None:
        """Write what cannot change any more."""
        if self._waits or not self._raw or (self._run and not self._raw[-1].strip(self._run)):
            return
        text, at, block, self._run = "".join(self._raw), 0, self._block, ""
        while at < len(text):
            token = next_token(text, at, final=False, literal=block.literal, in_code=bool(block.open_run))
            if token is None:
                self._run = text[at] if not text[at:].strip(text[at]) else ""
                break
            if token.special and not block.certain:
                self._waits = True
                break
            at += len(token.raw)
            self._written.append(self._write(block, token, text[at : at + 1]))
        self._raw = [text[at:]] if at < len(text) else []

    def _write(self, block: Text, token: Token, following: str, *, code: bool = False) -> str:
        written = block.keep(token) if code else block.write(token, following)
        self.found += [(number, self._length + start, self._length + end) for number, start, end in block.cited]
        block.cited = []
        self._show(written)
        return written

    def _write_text(self, text: str) -> None:
        """Write a line in which nothing is trusted to be code."""
        block, at = Text(self.sources, literal=self._block.literal), 0
        while at < len(text):
            token = next_token(text, at, final=True, literal=block.literal, in_code=False)
            assert token is not None  # noqa: S101 - nothing follows that could change it
            at += len(token.raw)
            self._write(block, token, text[at : at + 1])

    def _settle(self) -> None:
        """Write the rest of the block, which is complete; a fence that it leaves open goes on."""
        # As it would have been written had it come piece by piece.
        self._release()
        block, text, before = self._block, "".join(self._raw), "".join(self._written)
        trial, parts, tokens, at, pegged = block.copy(), [before], [], 0, 0
        begun: list[int] = []
        on_line: set[int] = set()
        while at < len(text):
            token = next_token(text, at, final=True, literal=block.literal, in_code=bool(trial.open_run))
            assert token is not None  # noqa: S101 - nothing follows that could change it
            at += len(token.raw)
            pegged += (number := int(token.special and not trial.certain))
            tokens.append((token, text[at : at + 1], number * pegged))
            parts.append(trial.write(token, text[at : at + 1], peg=peg(pegged) if number else ""))
            # A span of code over several lines is not code for all programs.
            if number and trial.open_run:
                begun.append(pegged)
            elif token.kind in ("ticks", "end") and not trial.open_run:
                on_line |= set(begun) if token.kind == "ticks" else set()
                begun.clear()
        code: frozenset[int] = frozenset()
        if (pegged or trial.fenced) and len(before) + len(text) > LONGEST:
            self._distrusts = True
        elif pegged or trial.fenced:
            reading = read("".join(parts))
            self._fence = reading.open_fence
            block.strict = trial.doubtful
            code = self._trusted(reading, tokens, spans=frozenset() if trial.doubtful else reading.spans & on_line)
            if not is_safe(before + _spelled(block, tokens, code)):
                code, block.strict = frozenset(), True
        for token, following, number in tokens:
            self._write(block, token, following, code=number in code)
        self._distrusts = self._distrusts or block.distrusts
        self._block = Text(self.sources, literal=block.literal)
        self._written, self._raw, self._waits = [], [], False
        self._empty, self._blank, self._words = True, False, False

    def _trusted(
        self, reading: Reading, tokens: Sequence[tuple[Token, str, int]], *, spans: frozenset[int]
    ) -> frozenset[int]:
        """The pegs that are code in every program's eyes. A formula may hold what would else begin or end code."""
        code = reading.fenced | reading.spans
        if self._distrusts or any(
            token.kind == "dollars" and number not in code for token, _, number in tokens if number
        ):
            return frozenset()
        return reading.fenced if reading.dollars > 1 else reading.fenced | spans


def _spelled(block: Text, tokens: Sequence[tuple[Token, str, int]], code: frozenset[int]) -> str:
    """What these tokens will be written as."""
    trial = block.copy()
    return "".join(
        trial.keep(token) if number in code else trial.write(token, following) for token, following, number in tokens
    )


def citations_of(found: Sequence[tuple[int, int, int]], sources: Sequence[Hit]) -> tuple[Citation, ...]:
    """The citations of an answer, each with the source it names."""
    return tuple(Citation(number, sources[number - 1], start, end) for number, start, end in found)


def check_text(text: str, sources: Sequence[Hit]) -> tuple[str, tuple[Citation, ...]]:
    """A whole answer with the numbers nobody gave taken out, and its citations."""
    marks = Marks(len(sources))
    marks.feed(text)
    marks.finish()
    return marks.text, citations_of(marks.found, sources)
