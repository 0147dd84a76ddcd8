"""Takes MDX down to its Markdown: imports, exports, tags and expressions go, every text a reader sees stays.

Only deletes (and puts a space where two words would run together), so each line keeps its source line. Code fences and
code spans are never touched. Text stays also where it is an attribute (`title="…"`) or a string (`{"…"}`).
"""

import re
from collections.abc import Iterator

from athenaeum.documents.read.codespans import code_spans
from athenaeum.documents.read.edits import Edit, Sourced, cut
from athenaeum.documents.read.jsx import Reader

_FENCE_LINE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`\n]*$)|~{3,})", re.MULTILINE)
_IMPORT = re.compile(r"import\s*+(?:type\s++(?=['\"]))?+(?=[\w$*{'\"])")
_IMPORTED = re.compile(r"(?:'[^'\n]++'|\"[^\"\n]++\")[^\n]*+")
_IMPORT_STOP = re.compile(r"[;'\"`]")
_LONGEST_IMPORT = 5000
_EXPORT = re.compile(
    r"export\s+(?:default\s|(?:const|let|var|type|enum|class|interface)\s+[\w$\[{]|(?:async\s+)?function\b|[{*])"
)
_MDX = re.compile(r"^(?:import|export)\s|^[^\S\n]*+</?[A-Z]|\{/\*", re.MULTILINE)
_FENCE_END = re.compile(r"^[ \t>]*+(`{3,}+|~{3,}+)[ \t]*+$", re.MULTILINE)
_REMARK = re.compile(r"//[^\n]*")
_NEXT = re.compile(r"[\n\\`<{$]")
_INLINE_NAMES = "a abbr b bdi bdo cite code del dfn em i ins kbd mark q s samp small span strong sub sup u var"
_INLINE = frozenset(_INLINE_NAMES.split())
_HIDDEN_ELEMENTS = frozenset({"style", "script"})
_DISPLAY_MATH = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_INLINE_MATH = re.compile(r"\$(?=[^$\n]*\\)[^$\n]{1,500}\$")
_AUTOLINK = re.compile(r"<(?:https?|ftp|mailto):[^\s<>]*>|<[\w.+-]+@[\w.-]+>", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n|\Z)|\Z")
_BLOCK_END = re.compile(r"\n[ \t>]*(?=\n|\Z|[-*+] |\d{1,9}[.)] |#{1,6} |```|~~~|:::|</?[A-Za-z>]|\|)|\Z")


def looks_like_mdx(text: str) -> bool:
    """Whether Markdown of a generator that reads every page as MDX (Docusaurus) makes use of it."""
    return bool(_MDX.search(text))


def mdx_edits(source: Sourced) -> list[Edit]:
    """The edits that turn MDX, without its front matter, into Markdown."""
    return list(_Cleaner(source.text).edits())


class _Cleaner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.reader = Reader(text)
        self.at = 0
        self.in_paragraph = False
        self.in_module = False
        self.last_comment = False
        # Where the last deletion ended, and the character that is left before it.
        self.edge = (-1, "")
        # The next quote behind an import's names and whether `from` stands before it; elements that nothing closes.
        self.import_stop, self.import_from = -1, False
        self.unclosed: set[str] = set()
        self.spans: dict[int, int] = {}
        self.spans_end = 0

    def edits(self) -> Iterator[Edit]:
        text = self.text
        while self.at < len(text):
            if self.at == 0 or text[self.at - 1] == "\n":
                if end := self._fence():
                    self.at = end
                    continue
                if end := self._module():
                    yield from cut(text, self.at, end)
                    self.at = end + 1
                    continue
                self._begin_line()
            found = _NEXT.search(text, self.at)
            if not found:
                return
            self.at = found.start()
            mark = found[0]
            if mark == "`":
                self._skip_code()
            elif mark == "$":
                self._skip_math()
            elif mark == "<":
                yield from self._angle()
            elif mark == "{":
                yield from self._brace()
            else:
                self.at += 2 if mark == "\\" else 1

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _fence(self) -> int:
        """When a fence opens on the line at `self.at`: where the line after its end begins."""
        found = _FENCE_LINE.match(self.text, self.at)
        if not found:
            return 0
        marks = _FENCE_END.finditer(self.text, self._line_end(found.end()))
        ended = next((mark for mark in marks if mark[1].startswith(found[1])), None)
        self.in_paragraph = self.in_module = False
        return min(len(self.text), ended.end() + 1) if ended else len(self.text)

    def _module(self) -> int:
        """When an import or export stands on the line at `self.at`: where it ends."""
        text, end = self.text, 0
        if self.in_paragraph:
            return 0
        if found := _IMPORT.match(text, self.at):
            end = self._import(found.end())
        elif self.in_module and (found := _REMARK.match(text, self.at)):
            end = found.end()
        elif _EXPORT.match(text, self.at):
            end = self._export()
        self.in_module = end > 0
        return end

    def _import(self, at: int) -> int:
        """The end of an import whose names, or whose file, begin at `at`; 0 when it is prose."""
        text = self.text
        if text[at] not in "'\"":
            # The names hold no quote: the next one begins the file, for every import before it.
            if at >= self.import_stop:
                stop = _IMPORT_STOP.search(text, at)
                self.import_stop = stop.start() if stop else len(text)
                before = text[max(at, self.import_stop - _LONGEST_IMPORT) : self.import_stop].rstrip()
                self.import_from = before[:-4].endswith((" ", "\t", "\n", "}")) and before.endswith("from")
            if not self.import_from or self.import_stop - at > _LONGEST_IMPORT:
                return 0
            at = self.import_stop
        found = _IMPORTED.match(text, at)
        return found.end() if found else 0

    def _export(self) -> int:
        """An export goes on to the first blank line outside its brackets."""
        place, end = self.at, -1
        while True:
            if place > end:
                ended = _BLANK_LINE.search(self.text, place)
                end = ended.start() if ended else len(self.text)
            brace = self.text.find("{", place, end)
            if brace < 0:
                return end
            place = self.reader.expression(brace)
            if place < 0:
                return end
            if place > end:
                # The bracket closed beyond that blank line: the statement ends with the line of the bracket.
                return self._line_end(place)

    def _begin_line(self) -> None:
        line = self.text[self.at : self._line_end(self.at)].lstrip()
        self.in_paragraph = bool(line) and not line.startswith(("#", "<", ":::", "{"))
        if self.at >= self.spans_end:
            ended = _BLOCK_END.search(self.text, self.at)
            self.spans_end = max(self.at + 1, ended.start() if ended else len(self.text))
            self.spans = dict(code_spans(self.text, self.at, self.spans_end))

    def _skip_code(self) -> None:
        end = self.spans.get(self.at)
        if end:
            self.at = end
            return
        while self.text.startswith("`", self.at):
            self.at += 1

    def _skip_math(self) -> None:
        found = _DISPLAY_MATH.match(self.text, self.at) if self.text.startswith("$$", self.at) else None
        found = found or _INLINE_MATH.match(self.text, self.at)
        self.at = found.end() if found else self.at + 1

    def _angle(self) -> Iterator[Edit]:
        text, start = self.text, self.at
        if text.startswith("<!--", start):
            end = -1 if self.last_comment else text.find("-->", start)
            self.last_comment = end < 0
            self.at = end + 3 if end >= 0 else start + 4
            if end >= 0:
                yield from cut(text, start, self.at)
            return
        if found := _AUTOLINK.match(text, start):
            self.at = found.end()
            return
        tag = self.reader.tag(start)
        if tag is None:
            self.at = start + 1
            return
        if tag.name in _HIDDEN_ELEMENTS and not tag.closing and not tag.empty:
            end = -1 if tag.name in self.unclosed else text.find(f"</{tag.name}>", tag.end)
            if end < 0:
                self.unclosed.add(tag.name)
            else:
                self.at = end + len(tag.name) + 3
                yield from cut(text, start, self.at)
                return
        self.at = tag.end
        yield from self._without(tag.start, tag.end, tag.spans, inline=tag.name in _INLINE)

    def _brace(self) -> Iterator[Edit]:
        start = self.at
        end = self.reader.expression(start)
        if end < 0:
            self.at = start + 1
            return
        self.at = end
        yield from self._without(start, end, self.reader.string_of(start, end), inline=True)

    def _without(self, start: int, end: int, spans: list[tuple[int, int]], *, inline: bool) -> Iterator[Edit]:
        """Delete `start:end` but for `spans`, parting what would run together."""
        text, place = self.text, start
        for first, last in sorted(spans):
            yield from cut(text, place, first, self._gap(place, first))
            place = last
        if inline and not spans:
            yield from cut(text, place, end)
        else:
            yield from cut(text, place, end, self._gap(place, end))

    def _gap(self, start: int, end: int) -> str:
        """A space when what is left before and behind would run together."""
        before = self.edge[1] if self.edge[0] == start else self.text[start - 1 : start]
        gap = " " if before.strip() and self.text[end : end + 1].strip() else ""
        self.edge = (end, gap or before)
        return gap
