"""Finds the pages below docs folders: which files, under which paths, in which order.

Left out always: what .gitignore leaves out, hidden files and folders, dependencies and build leftovers (unless an
include pattern names them), and links to any of these or out of the repository. A folder that was named explicitly is
read even when ignored.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from athenaeum.documents.find.globs import compile_globs, matches_any
from athenaeum.documents.find.ignoring import Ignores, repository_of
from athenaeum.documents.find.linked import Targets, hold_root
from athenaeum.errors import DocsNotFoundError, NoPagesError

SUFFIXES = (".md", ".mdx", ".markdown", ".mdown", ".mkd", ".txt", ".rst", ".ipynb")
"""Kinds of pages that are read."""
_NOT_PROSE = frozenset({"requirements.txt", "robots.txt", "cmakelists.txt", "llms.txt", "llms-full.txt", "license.txt"})
_SKIPPED = frozenset({"node_modules", "bower_components", "__pycache__", "site-packages", "_build"})

Problem = Callable[[str, str], None]
"""Called with a path and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A page to read: its page path, the file, and its path in the repository (see `records.Page`).

    `repository` is the folder that `source_path` is relative to; nothing outside of it is ever included.
    """

    path: str
    file: Path
    source_path: str
    repository: Path


def _silent(path: str, problem: str) -> None:
    """Report to nobody."""


def discover(
    roots: Sequence[Path], *, include: Sequence[str] = (), exclude: Sequence[str] = (), problem: Problem = _silent
) -> list[SourceFile]:
    """The pages of docs folders or single files, sorted by page path.

    Patterns (see `globs`) are held against a page's path in its root, in the index and in the repository. `problem`
    hears of what had to be skipped. Raises `DocsNotFoundError` for a root that is not there, `NoPagesError` when
    nothing is left.
    """
    if not roots:
        raise DocsNotFoundError("No docs folder was named.", remedy="Name one, such as docs.")
    places = [_existing(root) for root in roots]
    for place, root in zip(places, roots, strict=True):
        hold_root(place, named=root)
    folders = [place if place.is_dir() else place.parent for place in places]
    common = folders[0] if len(set(folders)) == 1 else Path(os.path.commonpath(folders))
    chosen = _Choice(include, exclude)
    found: dict[str, SourceFile] = {}
    for place, folder in zip(places, folders, strict=True):
        repository = repository_of(folder) or _working_directory(folder)
        for file in [place] if place.is_file() else _Walk(place, repository, chosen, problem).files():
            page = file.relative_to(common).as_posix()
            source = file.relative_to(repository).as_posix()
            if not _encodable(page):
                problem(ascii(page), "its name is not valid UTF-8; skipped")
            elif chosen.takes((file.relative_to(folder).as_posix(), page, source), named=place.is_file()):
                found.setdefault(page, SourceFile(page, file, source, repository))
    if not found:
        shown = ", ".join(str(root) for root in roots)
        raise NoPagesError(
            f"There is no page to index in {shown}.",
            remedy=f"Pages end in {', '.join(SUFFIXES[:3])}; check include, exclude and .gitignore.",
        )
    return sorted(found.values(), key=lambda page: page.path)


def _existing(root: Path) -> Path:
    place = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links and lose the given name
    if not place.exists():
        raise DocsNotFoundError(f"There is no docs folder {root}.", remedy="Check the path; it is relative to here.")
    if not os.access(place, os.R_OK | (os.X_OK if place.is_dir() else 0)):
        raise DocsNotFoundError(f"The docs folder {root} cannot be read.", remedy="Check its permissions.")
    return place


def _working_directory(folder: Path) -> Path:
    """Outside git, paths are relative to the working directory when it holds the docs, else to the docs."""
    here = Path.cwd()
    return here if folder.is_relative_to(here) else folder


def _encodable(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Choice:
    """Include and exclude patterns, and the default kinds."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        self.include = compile_globs(include) if include else None
        self.exclude = compile_globs(exclude)
        # A pattern that names a suffix or a file asks for that kind, known or not.
        ends = [pattern.rstrip("/").rpartition("/")[2] for pattern in include if not pattern.startswith("!")]
        self.suffixes = {Path(end).suffix.lower() for end in ends if Path(end).suffix.strip(".*?[]{}")}
        self.named = frozenset(part for pattern in include for part in pattern.split("/") if part and "*" not in part)

    def takes(self, paths: tuple[str, ...], *, named: bool = False) -> bool:
        """Whether a page is wanted; `named` says that the caller named this very file."""
        if matches_any(self.exclude, paths):
            return False
        name = paths[0].rpartition("/")[2]
        suffix = Path(name).suffix.lower()
        if self.include is not None:
            asked = suffix in SUFFIXES or suffix in self.suffixes or name in self.named
            return named or (asked and matches_any(self.include, paths))
        return named or (suffix in SUFFIXES and name.lower() not in _NOT_PROSE)

    def enters(self, name: str, path: str) -> bool:
        """Whether a folder may hold pages."""
        if name in self.named:
            return name != ".git"
        return not name.startswith(".") and name not in _SKIPPED and not self.exclude.match_file(f"{path}/")

    def leaves_out(self, paths: tuple[str, ...], folder: bool) -> bool:
        """Whether a file or folder that is known by these paths, or a folder above it, is left out."""
        if matches_any(self.exclude, [f"{path}/" if folder else path for path in paths]):
            return True
        names = paths[0].split("/")
        return any(name in _SKIPPED and name not in self.named for name in (names if folder else names[:-1]))


class _Walk:
    """One root's files in a fixed order; links are followed once, after what they might lead to, and not outwards."""

    def __init__(self, root: Path, repository: Path, chosen: _Choice, problem: Problem) -> None:
        self.root, self.repository, self.chosen, self.problem = root, repository, chosen, problem
        self.border = repository.resolve()
        self.seen: set[Path] = set()
        self.ignores = Ignores()
        above = [place for place in reversed(root.parents) if place.is_relative_to(repository)]
        for place in above:
            self.ignores.enter(place)
        ignored = any(self.ignores.ignores(place, folder=True) for place in (*above, root) if place != repository)
        if ignored:
            self.ignores = Ignores()
        self.targets = Targets(
            root, self.border, named=chosen.named, leaves_out=chosen.leaves_out, ignored_root=ignored
        )

    def files(self) -> Iterator[Path]:
        """Every file that may be a page."""
        self.seen.add(self.root.resolve())
        linked: list[Path] = []
        yield from self._folder(self.root, linked)
        while linked:
            folder = linked.pop(0)
            real = folder.resolve()
            if real not in self.seen:
                self.seen.add(real)
                yield from self._folder(folder, linked)

    def _folder(self, top: Path, linked: list[Path]) -> Iterator[Path]:
        todo = [top]
        # Below a link, what stands there is held to the rules of its own place as well.
        behind_link = top != self.root
        while todo:
            folder = todo.pop()
            self.ignores.enter(folder)
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                self.problem(self._name(folder), f"the folder cannot be read: {error.strerror}")
                continue
            below: list[Path] = []
            for entry in entries:
                path = Path(entry.path)
                is_folder = entry.is_dir() if not entry.is_symlink() else path.is_dir()
                if is_folder and not self.chosen.enters(entry.name, path.relative_to(self.root).as_posix()):
                    continue
                if not is_folder and entry.name.startswith(".") and entry.name not in self.chosen.named:
                    continue
                if self.ignores.ignores(path, folder=is_folder):
                    continue
                if behind_link and not entry.is_symlink() and self.targets.problem(path.resolve(), folder=is_folder):
                    continue
                if entry.is_symlink():
                    yield from self._link(path, linked, is_folder=is_folder)
                elif is_folder:
                    real = path.resolve()
                    if real not in self.seen:
                        self.seen.add(real)
                        below.append(path)
                elif entry.is_file():
                    yield path
            todo.extend(reversed(below))

    def _link(self, path: Path, linked: list[Path], *, is_folder: bool) -> Iterator[Path]:
        if not is_folder and path.suffix.lower() not in SUFFIXES:
            return
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            self.problem(self._name(path), "the link leads nowhere; skipped")
            return
        if problem := self.targets.problem(real, folder=is_folder):
            self.problem(self._name(path), f"the link {problem}; skipped")
        elif is_folder:
            linked.append(path)
        elif real.is_file():
            yield path

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()
