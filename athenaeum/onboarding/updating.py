"""Bringing a generated project up to date: what changed in the template since is merged with what the user changed.

Pages are the user's from the first day, and so is everything that the template never made. The record is written last:
a run that was cut short is repeated from where it began, and what it has merged already is then the same on both sides.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum import __version__
from athenaeum.action.target.project import answered, edition, rendering
from athenaeum.errors import DiskError, UsageError
from athenaeum.git import explain, git_root, run_git
from athenaeum.onboarding.merging import File, Tree, difference, merged, read_file, write_file
from athenaeum.onboarding.origin import RECORD, Origin, origin_of, pristine
from athenaeum.onboarding.pins import agreed, raised

_MARKER = re.compile(rb"^(<<<<<<< |>>>>>>> )", re.MULTILINE)
_LARGEST = 262_144
_MOST_FILES = 5_000


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did, or with `dry` would do, which `diff` then shows.

    Paths are relative to the project; of `conflicts`, `removed` and `kept` see `Merge`.
    """

    edition: int
    changed: tuple[str, ...]
    conflicts: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    diff: str


def update(project: Path, *, answers: Mapping[str, object], force: bool = False, dry: bool = False) -> Update:
    """Merge the shipped template into `project`; `answers` are those that are given another way than before.

    Raises `UsageError` for a project that is no project of the template, or (unless `force`) has changes that git does
    not have; `ConfigError` for a record or an answer that does not fit; `DiskError`. Nothing is written before
    everything is merged.
    """
    origin = origin_of(project)
    _check_version(origin)
    if not (force or dry):
        _check_clean(project)
    with tempfile.TemporaryDirectory(prefix="athenaeum-new-") as folder:
        (Path(folder) / "then").mkdir()
        (Path(folder) / "now").mkdir()
        context = answered({**origin.answers, **answers, "project_slug": _slug(origin, project)})
        base = _files(pristine(origin, Path(folder) / "then"))
        theirs = _files(rendering(Path(folder) / "now", context=context))
    record = theirs.pop(RECORD)
    base.pop(RECORD, None)
    samples = {*_samples(base, origin.answers), *_samples(theirs, context)}
    base, theirs = ({path: file for path, file in tree.items() if path not in samples} for tree in (base, theirs))
    ours = _ours(project, base=base, theirs=theirs)
    _check_markers(ours, paths=base.keys() | theirs.keys())
    windows = {path for path, file in ours.items() if _is_crlf(file.data)}
    plain = {path: _lf(file) if path in windows else file for path, file in ours.items()}
    base, theirs = agreed(base=base, ours=plain, theirs=theirs)
    base, plain = (raised(tree, version=__version__) for tree in (base, plain))
    done = merged(base=base, ours=plain, theirs=theirs, label=f"athenaeum-{__version__}")
    tree = {path: _crlf(file) if path in windows else file for path, file in done.tree.items()}
    changes = {path: file for path, file in tree.items() if ours.get(path) != file}
    gone = {path: file for path, file in ours.items() if path not in tree}
    recorded = _read(project, RECORD)
    changes |= {RECORD: record} if recorded != record else {}
    if not dry:
        _write(project, changes=changes, gone=sorted(gone))
    before = ours | ({RECORD: recorded} if recorded else {})
    return Update(
        edition=edition(),
        changed=tuple(sorted({*changes, *gone})),
        conflicts=done.conflicts,
        removed=done.removed,
        kept=done.kept,
        diff=difference({path: before[path] for path in before if path in changes or path in gone}, changes)
        if dry
        else "",
    )


def _slug(origin: Origin, project: Path) -> object:
    """The recorded name of the folder, else the folder's own as far as the template takes it."""
    own = re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9._-]", "", project.resolve().name)
    return origin.answers.get("project_slug") or own or "docs"


def _files(folder: Path) -> dict[str, File]:
    found = ((path.relative_to(folder).as_posix(), read_file(path)) for path in sorted(folder.rglob("*")))
    return {name: file for name, file in found if file is not None}


def _samples(tree: Tree, answers: Mapping[str, object]) -> set[str]:
    docs = str(answers.get("docs_path") or "docs").strip("/") + "/"
    return {path for path in tree if path.startswith(docs)}


def _ours(project: Path, *, base: Tree, theirs: Tree) -> dict[str, File]:
    """The user's side: the template's files, and where one of them is gone also those it may have been renamed to."""
    paths = set(base) | set(theirs)
    found = {path: file for path in paths if (file := _read(project, path)) is not None}
    root = git_root(project)
    if root is not None and base.keys() - found.keys():
        prefix = os.path.relpath(project.resolve(), root)
        listed = run_git(root, "ls-files", "-z", "--", prefix).data.decode("utf-8", "surrogateescape").split("\0")[:-1]
        for name in listed if len(listed) <= _MOST_FILES else ():
            path = Path(os.path.relpath(root / name, project.resolve())).as_posix()
            whole = project / path
            if path not in found and path != RECORD and whole.is_file() and whole.stat().st_size <= _LARGEST:
                file = _read(project, path)
                if file is not None:
                    found[path] = file
    return found


def _read(project: Path, path: str) -> File | None:
    """A file of the project; one that a linked folder leads out of it is an error, since it would be written there."""
    parent = (project / path).parent
    if not parent.resolve().is_relative_to(project.resolve()):
        raise UsageError(
            f"{path} lies behind a link that leaves the project.",
            remedy="Replace the link by a folder, and update then.",
        )
    return read_file(project / path)


def _write(project: Path, *, changes: Tree, gone: list[str]) -> None:
    for path in changes:
        _read(project, path)
    try:
        for path in gone:
            (project / path).unlink(missing_ok=True)
        for path in sorted(changes, key=lambda path: (path == RECORD, path)):
            write_file(project / path, changes[path])
    except OSError as error:
        raise DiskError(
            f"The project cannot be written to {project}: {os.strerror(error.errno or 0)}.",
            remedy="Check permissions and free space, and run the same command again: it goes on from there.",
        ) from error


def _check_version(origin: Origin) -> None:
    def numbers(version: str) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", version.split("+", maxsplit=1)[0])[:4])

    if origin.version and numbers(origin.version) > numbers(__version__):
        raise UsageError(
            f"requirements.txt asks for athenaeum-deploy {origin.version}, and this is {__version__}.",
            remedy="Install what it asks for first: pip install -r requirements.txt.",
        )


def _check_clean(project: Path) -> None:
    root = git_root(project)
    if root is None:
        raise UsageError(
            f"{project} is in no git repository, so an update could not be taken back.",
            remedy="Commit it first (git init; git add --all; git commit), or give --force.",
        )
    done = run_git(root, "status", "--porcelain", "--", os.path.relpath(project.resolve(), root))
    if not done.ok:
        raise UsageError(explain(done), remedy="Or give --force.")
    if done.text:
        count = len(done.text.splitlines())
        raise UsageError(
            f"{project} has changes that are not committed ({count}), and an update would mix with them.",
            remedy="Commit or stash them, or give --force.",
        )


def _check_markers(ours: Tree, *, paths: set[str]) -> None:
    left = sorted(path for path in paths & ours.keys() if len(set(_MARKER.findall(ours[path].data))) == 2)
    if left:
        raise UsageError(
            f"Conflicts of an earlier update stand in {', '.join(left)}.",
            remedy="Choose between the two sides, remove the markers, and update then.",
        )


def _is_crlf(data: bytes) -> bool:
    lines = data.count(b"\n")
    return lines > 0 and data.count(b"\r\n") == lines


def _lf(file: File) -> File:
    return File(file.data.replace(b"\r\n", b"\n"), file.mode)


def _crlf(file: File) -> File:
    return File(file.data.replace(b"\n", b"\r\n"), file.mode)
