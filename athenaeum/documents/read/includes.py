"""Puts included files where a page includes them: snippets of MkDocs, VitePress and Sphinx, as their generators do.

A page of a pull request is untrusted: only files inside the repository are read, nothing hidden (`.git`, `.env`), no
addresses. What cannot be included stays as it was written and is reported. Included lines count as the include's line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from athenaeum.documents.find.decoding import decode
from athenaeum.documents.find.discovery import SourceFile
from athenaeum.documents.read.directives import directive_of
from athenaeum.documents.read.edits import Sourced
from athenaeum.documents.read.front_matter import split_front_matter
from athenaeum.documents.read.hidden import strip_hidden
from athenaeum.documents.read.snippets import fenced, selected
from athenaeum.errors import PageError
from athenaeum.git import LFS_REMEDY, is_lfs_pointer

_MAYBE = re.compile(
    r"-8<-|\{[*!%]|^[ \t]*<<<|<!--[ \t]*@include|^[ \t]*\.\. (?:include|literalinclude)::", re.MULTILINE
)
_SNIPPET = re.compile(r"""(?P<indent>[ \t>]*)-+8<-+[ \t]+(?:"(?P<a>[^"\n]+)"|'(?P<b>[^'\n]+)')[ \t]*$""")
_SNIPPET_BLOCK = re.compile(r"(?P<indent>[ \t]*)-+8<-+[ \t]*$")
_DEEPEST = 8
_LARGEST_FILE = 1_000_000
_MOST = 4_000_000
_SHOWN = 3
_ABSENT = "is not in the repository"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an include stands: line of the page, indentation, folder of its file, the files that led here."""

    number: int
    folder: Path
    stack: tuple[Path, ...]
    indent: str = ""


@dataclass(slots=True)
class Included:
    """What came of a page's includes: its text, the bytes that went into it, and what could not be included."""

    text: Sourced
    files: list[bytes] = field(default_factory=list)
    notices: tuple[tuple[int, str], ...] = ()


def expand_includes(body: Sourced, *, page: SourceFile) -> Included:
    """`body` with its includes put in."""
    result = Included(body)
    if not _MAYBE.search(body.text):
        return result
    expander = _Expander(page, result.files)
    top = _Place(0, page.file.parent, (page.file.resolve(),))
    lines = list(expander.expand(body.lines(), list(body.numbers), top))
    result.text = Sourced.join(lines)
    result.notices = expander.notices()
    return result


class _Expander:
    def __init__(self, page: SourceFile, files: list[bytes]) -> None:
        self.files = files
        self.root = page.repository.resolve()
        self.suffix = PurePosixPath(page.path).suffix
        self.told: list[tuple[int, str]] = []
        self.left: list[tuple[int, str, str]] = []
        self.budget = _MOST

    def notices(self) -> tuple[tuple[int, str], ...]:
        """One for each include that stayed as it was; many of a page share one."""
        told = [(line, f"The include {path} {reason}; it stays as it is written") for line, path, reason in self.left]
        if len(told) > _SHOWN:
            line, path, reason = self.left[0]
            told = [(line, f"{len(told)} includes stay as they are written; the first, {path}, {reason}")]
        return (*told, *self.told)

    def expand(self, lines: list[str], numbers: list[int], place: _Place) -> Iterator[tuple[str, int]]:
        """The lines with their includes replaced, each with its number in the page."""
        row = 0
        while row < len(lines):
            line = lines[row]
            if not _MAYBE.search(line):
                yield line, numbers[row]
                row += 1
                continue
            here = replace(place, number=numbers[row], indent=line[: len(line) - len(line.lstrip(" \t>"))])
            row += 1
            found = None
            if _SNIPPET_BLOCK.match(line) and (end := _block_end(lines, row)) >= 0:
                found = self._block(lines[row:end], here)
                row = row if found is None else end + 1
            else:
                found = self._one(line, here)
            if found is None:
                yield line, here.number
            else:
                yield from found

    def _block(self, paths: list[str], place: _Place) -> list[tuple[str, int]] | None:
        wanted = [path.strip() for path in paths if path.strip() and not path.strip().startswith(";")]
        parts = [self._snippet(path, place) for path in wanted]
        if any(part is None for part in parts):
            return None
        return [pair for part in parts for pair in part or ()]

    def _one(self, line: str, place: _Place) -> list[tuple[str, int]] | None:
        if match := _SNIPPET.match(line):
            return self._snippet(match["a"] or match["b"], place)
        found = directive_of(line, self.suffix)
        return self._include(found.path, found.lines, place, code=found.code) if found else None

    def _snippet(self, path: str, place: _Place) -> list[tuple[str, int]] | None:
        name, _, lines = path.partition(":") if "://" not in path else (path, "", "")
        return self._include(name, f":{lines}" if lines else "", place, code=False)

    def _include(self, name: str, lines: str, place: _Place, *, code: bool) -> list[tuple[str, int]] | None:
        file, problem = self._find(name, place.folder)
        content = None
        if file is not None and (file in place.stack or len(place.stack) > _DEEPEST):
            problem = "leads back to itself"
        elif file is not None:
            text, problem = self._read(file, name, place.number)
            content = selected(text.split("\n"), lines) if text is not None else None
        if file is None or content is None:
            self.left.append((place.number, name, problem or f"has no part {lines.lstrip(':#')}"))
            return None
        if code:
            shown = fenced(content, file.suffix)
        else:
            inner = _Place(place.number, file.parent, (*place.stack, file))
            shown = [line for line, _ in self.expand(content, [place.number] * len(content), inner)]
        return [(place.indent + line if line else "", place.number) for line in shown]

    def _find(self, name: str, folder: Path) -> tuple[Path | None, str]:
        """The file that generators would take: relative to the page's folder, else to a folder above it."""
        if "://" in name:
            return None, "is an address"
        relative = PurePosixPath(name.removeprefix("@").lstrip("/"))
        place = folder.resolve()
        if not place.is_relative_to(self.root):
            return None, _ABSENT
        while True:
            try:
                file = (place / relative).resolve()
                exists = file.is_file()
            except (OSError, ValueError, RuntimeError):
                exists = False
            # Outside of the repository is as good as absent: a page must not find out what the machine holds.
            if exists and file.is_relative_to(self.root):
                if any(part.startswith(".") for part in file.relative_to(self.root).parts):
                    return None, "is a hidden file"
                return file, ""
            if place == self.root:
                return None, _ABSENT
            place = place.parent

    def _read(self, file: Path, name: str, number: int) -> tuple[str | None, str]:
        try:
            if file.stat().st_size > min(_LARGEST_FILE, self.budget):
                return None, "is too large"
            data = file.read_bytes()
            if is_lfs_pointer(data):
                return None, f"is a Git LFS pointer that is not checked out. {LFS_REMEDY}".rstrip(".")
            text, hidden = strip_hidden(decode(data, name=file.name)[0])
        except (OSError, PageError):
            return None, "cannot be read"
        self.budget -= len(data)
        self.files.append(data)
        if hidden:
            row, message = hidden[0]
            self.told.append((number, f"{message} from line {row} of the included {name}"))
        if file.suffix in {".md", ".mdx", ".markdown"}:
            text = text[split_front_matter(text).body :]
        return text.rstrip("\n"), ""


def _block_end(lines: list[str], row: int) -> int:
    """The row of the mark that closes a block of snippet paths, or -1 when what follows is no list of paths."""
    for place in range(row, min(len(lines), row + 100)):
        if _SNIPPET_BLOCK.match(lines[place]):
            return place if place > row else -1
        if len(lines[place].split()) > 1:
            return -1
    return -1
