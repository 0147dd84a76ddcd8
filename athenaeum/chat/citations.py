"""Checks the `[n]` of an answer against its sources while it streams: a number nobody gave never reaches the reader.

A mark counts outside code only, and not where it begins a link. A picture becomes a link: whoever shows the answer must
not load what a page told the model to show. `Marks` is fed pieces of text as they come and gives back what may be
shown; what it holds back is at most the beginning of a mark.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from athenaeum.records import Citation, Hit

_MARK = re.compile(r"\[([1-9]\d{0,2}\s*[-–]\s*\d{1,3}|\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_BEGUN = re.compile(r"\[[\d,;–\s-]{0,24}\Z")
_LONGEST = 26


@dataclass(slots=True)
class Marks:
    """The state of one answer; `sources` says how many numbers there are."""

    sources: int
    text: str = ""
    found: list[tuple[int, int, int]] = field(default_factory=list)
    _held: str = ""
    _fence: str = ""
    _line: str = ""
    _inline: int = 0

    def feed(self, piece: str) -> str:
        """Take a piece of the model's text; what can be shown now."""
        self._held += piece
        return self._release(final=False)

    def quote(self, text: str) -> str:
        """Pass on text in which nothing is a mark; whole lines of it."""
        shown = self._release(final=True)
        self.text += text
        self._line, self._inline, self._fence = "", 0, ""
        return shown + text

    def finish(self) -> str:
        """The text is complete: what was held back."""
        return self._release(final=True)

    @property
    def _alone(self) -> bool:
        """Whether nothing but quotation marks stands before this on its line: only there can a fence begin or end."""
        return not self._line.strip(" \t>")

    def _release(self, *, final: bool) -> str:
        shown = []
        while self._held:
            ready = self._next(final=final)
            if ready is None:
                break
            shown.append(ready)
        return "".join(shown)

    def _next(self, *, final: bool) -> str | None:
        """Take one token off what is held: a run of ticks, a mark, or plain text. None while it cannot be told."""
        held = self._held
        if held[0] == "`" or (held[0] == "~" and self._alone):
            run = len(held) - len(held.lstrip(held[0]))
            if run == len(held) and not final:
                return None
            self._ticks(held[:run])
            return self._emit(run)
        if held[0] in "![" and not self._fence and not self._inline:
            at = int(held[0] == "!")
            mark = _MARK.match(held, at)
            # The character after a mark tells whether it begins a link, so it has to be there.
            undecided = mark.end() == len(held) if mark else self._begun(at)
            if undecided and not final:
                return None
            cites = mark is not None and held[mark.end() : mark.end() + 1] != "("
            if mark and cites and not at:
                return self._cite(mark)
            if held[:2] == "![":
                return self._no_picture(cites=cites)
        return self._emit(next((at for at, char in enumerate(held) if at and char in "`[~\n!"), len(held)))

    def _begun(self, at: int) -> bool:
        """Whether a mark, or the picture it could be, may have begun and not ended."""
        return len(self._held) == at or (bool(_BEGUN.match(self._held, at)) and len(self._held) - at < _LONGEST)

    def _no_picture(self, *, cites: bool) -> str:
        """Take the `!` off what is held; before a citation it was the end of a sentence."""
        self._held = self._held[1:]
        written = "! " if cites else ""
        self._add(written)
        return written

    def _cite(self, mark: "re.Match[str]") -> str:
        self._held = self._held[mark.end() :]
        written = ""
        for number in _numbers(mark.group(1), most=self.sources):
            if 1 <= number <= self.sources:
                start = len(self.text) + len(written)
                written += f"[{number}]"
                self.found.append((number, start, len(self.text) + len(written)))
        self._add(written)
        return written

    def _ticks(self, run: str) -> None:
        if self._fence:
            if run[0] == self._fence[0] and len(run) >= len(self._fence) and self._alone:
                self._fence = ""
        elif len(run) >= 3 and self._alone:
            self._fence = run
        elif run[0] == "`":
            if not self._inline:
                self._inline = len(run)
            elif self._inline == len(run):
                self._inline = 0

    def _emit(self, size: int) -> str:
        piece, self._held = self._held[:size], self._held[size:]
        self._add(piece)
        return piece

    def _add(self, piece: str) -> None:
        self.text += piece
        _, newline, tail = piece.rpartition("\n")
        self._line = tail if newline else self._line + piece
        if newline:
            # Inline code may cross a line, but an unpaired tick must not hide every mark that follows.
            self._inline = 0


def _numbers(text: str, *, most: int) -> Sequence[int]:
    """The numbers of a mark; a range that leads beyond the sources has none."""
    ends = re.split("[-–]", text)
    if len(ends) == 2:
        first, last = map(int, ends)
        return range(first, last + 1) if last <= most else ()
    return [int(number) for number in re.split(r"[,;]", text)]


def citations_of(found: Sequence[tuple[int, int, int]], sources: Sequence[Hit]) -> tuple[Citation, ...]:
    """The citations of an answer, each with the source it names."""
    return tuple(Citation(number, sources[number - 1], start, end) for number, start, end in found)


def check_text(text: str, sources: Sequence[Hit]) -> tuple[str, tuple[Citation, ...]]:
    """A whole answer with the numbers nobody gave taken out, and its citations."""
    marks = Marks(len(sources))
    marks.feed(text)
    marks.finish()
    return marks.text, citations_of(marks.found, sources)
