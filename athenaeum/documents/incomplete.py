"""What a checkout lacks of the docs that its repository has: submodules and files that were not checked out.

actions/checkout fetches no submodules unless told to, and with `sparse-checkout` not all files. The folders are then
empty or absent, and an index without their pages looks like a small one.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from athenaeum.documents.find.discovery import SUFFIXES
from athenaeum.documents.find.globs import compile_globs
from athenaeum.documents.find.ignoring import repository_of
from athenaeum.git import run_git

_MOST_BYTES = 1_000_000
_DEEPEST = 4
SUBMODULE = "is a submodule that is not checked out, so its pages are not in the index. Give actions/checkout "
SUBMODULE += "`submodules: true`, or run `git submodule update --init`."
_SPARSE = "of the docs are left out by a sparse checkout, so they are not in the index. Name their folders in "
_SPARSE += "`sparse-checkout` of actions/checkout, or leave it away."


def absences(roots: Sequence[Path], *, exclude: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """What of the docs below `roots` is not checked out: a path in the repository, and a sentence about it.

    What the patterns `exclude` leave out is not missed.
    """
    seen: set[str] = set()
    unwanted = compile_globs(exclude)
    for root in roots:
        place = root.resolve()
        # A docs folder that is in a submodule may not be there at all.
        there = next(folder for folder in (place, *place.parents) if folder.is_dir())
        repository = repository_of(there)
        if repository is None:
            continue
        for module in _submodules(repository, place, depth=0):
            name = module.relative_to(repository).as_posix()
            below = module.relative_to(place).as_posix() if module.is_relative_to(place) else name
            if name not in seen and not any(unwanted.match_file(f"{each}/x") for each in (name, below)):
                seen.add(name)
                yield name, f"{name} {SUBMODULE}"
        count = _left_out(repository, place)
        if count:
            name = place.relative_to(repository).as_posix()
            yield name, f"{count} {'page' if count == 1 else 'pages'} {_SPARSE}"


def _submodules(repository: Path, place: Path, *, depth: int) -> Iterator[Path]:
    """Submodules in `place`, or around it, of which nothing is there; those of a submodule that is there as well."""
    for module in _named(repository):
        if not (module.is_relative_to(place) or place.is_relative_to(module)):
            continue
        if (module / ".git").exists():
            if depth < _DEEPEST:
                yield from _submodules(module, place, depth=depth + 1)
        elif not any(module.iterdir()):
            yield module


def _named(repository: Path) -> list[Path]:
    """The folders that .gitmodules names and that are there: git makes an empty one for what it does not check out."""
    file = repository / ".gitmodules"
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > _MOST_BYTES:
            return []
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found: dict[Path, None] = {}
    for line in lines:
        name, sign, value = line.partition("=")
        path = value.strip().strip('"')
        if not sign or name.strip().lower() != "path" or not path or ".." in path.split("/") or path.startswith("/"):
            continue
        # os.path raises for no name, whatever is in it.
        if os.path.isdir(repository / path) and not os.path.islink(repository / path):  # noqa: PTH112, PTH114
            found[repository / path] = None
    return list(found)


def _left_out(repository: Path, place: Path) -> int:
    """How many pages below `place` git keeps in its index and not in the folder."""
    # Only a checkout that was ever made sparse has this file; asking git costs a process.
    if not (repository / ".git" / "info" / "sparse-checkout").is_file():
        return 0
    listed = run_git(repository, "ls-files", "-t", "-z", "--", str(place.relative_to(repository)))
    entries = listed.data.decode("utf-8", "replace").split("\0") if listed.ok else []
    return sum(entry.startswith("S ") and entry.lower().endswith(SUFFIXES) for entry in entries)
