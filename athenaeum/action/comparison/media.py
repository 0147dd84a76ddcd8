"""The images and other media files that pages show, and which of them readers no longer see. Pure.

A file counts as shown wherever its name stands in a page's text, in whatever markup: Markdown, HTML, JSX, a directive.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from athenaeum.action.comparison.losses import Loss
from athenaeum.documents.links.masking import mask_code
from athenaeum.records import Page

_SUFFIX = r"\.(?:png|jpe?g|gif|svg|webp|avif|apng|bmp|ico|mp4|webm|mov|ogv|mp3|ogg|wav|pdf|drawio)"
IS_MEDIA = re.compile(rf"{_SUFFIX}$", re.IGNORECASE)
_SPAN = re.compile(r"<([^<>\n]*)>|\"([^\"\n]*)\"|'([^'\n]*)'|([^\s<>\"'()\[\]{}|`,]+)")
_OUTSIDE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """A media file as a page names it; `marked` when it stands in quotes or as the destination of an image or link."""

    target: str
    line: int
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """The file that a name means, "" when there is none; `beside` when it was found from the page's own folder."""

    file: str = ""
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one side of the comparison, relative to the repository."""

    paths: Collection[str]
    ends: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Files":
        """With a list of the media files by their last name."""
        every = frozenset(paths)
        ends: dict[str, list[str]] = defaultdict(list)
        for path in sorted(every):
            if IS_MEDIA.search(path):
                ends[path.rpartition("/")[2]].append(path)
        return cls(every, dict(ends))

    def beside(self, page: str, target: str) -> str:
        """The file that `target` names from the folder of the page with the source path `page`, else ""."""
        if target.startswith("/"):
            return ""
        found = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        return found if found in self.paths else ""

    def somewhere(self, target: str) -> str:
        """A file whose path ends as `target` does: published from a static folder, or counted from an address."""
        parts = [part for part in posixpath.normpath(target.lstrip("/")).split("/") if part not in ("..", ".")]
        wanted = "/".join(parts)
        return next(
            (path for path in self.ends.get(parts[-1] if parts else "", ()) if f"/{path}".endswith(f"/{wanted}")), ""
        )


def shown_files(source: str) -> tuple[Shown, ...]:
    """Every media file that the source of a page names outside of code and comments, with its 1-based line."""
    if not re.search(_SUFFIX, source, re.IGNORECASE):
        return ()
    found = []
    for number, line in enumerate(mask_code(source).split("\n"), start=1):
        found += [Shown(target, number, marked) for target, marked in dict(_named(line)).items()]
    return tuple(found)


def _named(line: str) -> Iterator[tuple[str, bool]]:
    for match in _SPAN.finditer(line):
        text = next(part for part in (*match.groups(), "") if part is not None)
        if match[1] is not None and "=" in text:
            # A tag: what it names stands in its attributes.
            yield from _named(text)
            continue
        target = unquote(text.strip().partition("#")[0].partition("?")[0]).replace("\\", "")
        if IS_MEDIA.search(target) and len(target) <= _LONGEST and not _OUTSIDE.match(target):
            yield target, match[4] is None or line[match.start() - 1 : match.start()] == "("


def image_losses(
    pages: Iterable[tuple[Page | None, Page]],
    *,
    sources: Callable[[Page, bool], str],
    before: Files,
    now: Files,
    renamed: Mapping[str, str],
    skipped: Mapping[str, Sequence[tuple[int, int]]],
) -> list[Loss]:
    """The media files that `pages` (before, now) showed and show no longer, or name although they are not there.

    `sources(page, now)` reads a page's source. `skipped` are lines before, by page path, that are lost anyway.
    """
    found: list[Loss] = []
    gone: list[tuple[Page, Shown, str]] = []
    came: set[str] = set()
    surplus: dict[str, int] = {}
    for old, new in pages:
        past = {shown.target: shown for shown in (shown_files(sources(old, False)) if old else ())}
        were = {target: _find(old, target, before) for target in past} if old else {}
        there = set()
        for shown in {shown.target: shown for shown in shown_files(sources(new, True))}.values():
            was = were.get(shown.target)
            place = _find(new, shown.target, now, beside=bool(was and was.beside))
            there.add(place.file or (renamed.get(was.file, was.file) if was else ""))
            if not place.file and (why := _why_missing(shown, was, now, renamed)):
                found.append(_missing(old, new, shown, why))
        left = {renamed.get(place.file, place.file): past[target] for target, place in were.items() if place.file}
        came |= there - left.keys()
        if old is not None:
            surplus[old.path] = len(there - left.keys() - {""})
            lines = skipped.get(old.path, ())
            gone += [
                (old, shown, file)
                for file, shown in left.items()
                if file not in there and not any(first <= shown.line <= last for first, last in lines)
            ]
    for page, shown, file in gone:
        # A new picture in the place of an old one is no loss, nor is one that another page shows instead.
        if file in came:
            continue
        if surplus[page.path]:
            surplus[page.path] -= 1
            continue
        found.append(Loss("image", page.path, shown.target, page.source_path, shown.line, shown.line, note="removed"))
    return found


def _find(page: Page, target: str, files: Files, *, beside: bool = False) -> Place:
    """The file that a page means; with `beside` only from its own folder, as it was found before."""
    if found := files.beside(page.source_path, target):
        return Place(found, beside=True)
    return Place("" if beside else files.somewhere(target))


def _why_missing(shown: Shown, was: Place | None, now: Files, renamed: Mapping[str, str]) -> str:
    """Why the page shows nothing there, "" when that was so before or it may be no file of the docs at all."""
    if was is None:
        return "no such file" if shown.marked and not shown.target.startswith("/") else ""
    if not was.file:
        return ""
    if was.file in renamed:
        return f"renamed to {renamed[was.file]}"
    return "the page moved away from it" if was.file in now.paths else "deleted"


def _missing(old: Page | None, new: Page, shown: Shown, why: str) -> Loss:
    path, line = new.source_path, shown.line
    before = old.source_path if old else path
    return Loss("image", new.path, shown.target, before, line, line, note=why, now_file=path, now_line=line)
