"""What a link may lead to: nothing that would be left out if it stood at its own place.

A page of a pull request may be a link. Its target is held to the rules of a file: inside the repository, not hidden,
not ignored, not excluded. Hard links are files like others: git keeps none.
"""

from collections.abc import Callable
from pathlib import Path

from athenaeum.documents.find.ignoring import Ignores, repository_of
from athenaeum.errors import DocsNotFoundError

OUTSIDE, HIDDEN, IGNORED, EXCLUDED = (
    "leads out of the repository",
    "leads to what is hidden",
    "leads to what .gitignore leaves out",
    "leads to what is left out",
)


def hold_root(place: Path, *, named: Path) -> None:
    """`DocsNotFoundError` when the way to a docs root, `named` by a person, has a link out or to what is hidden.

    The name was chosen by a person; what stands in the checkout under that name was not.
    """
    repository = repository_of(place if place.is_dir() else place.parent)
    if repository is None:
        return
    border, real = repository.resolve(), place.resolve()
    if real == border / place.relative_to(repository):
        return
    problem = _beyond(real, border, frozenset())
    if problem:
        raise DocsNotFoundError(f"{named} is a link that {problem}.", remedy="Name what it leads to instead.")


def _beyond(real: Path, border: Path, named: frozenset[str]) -> str:
    if not real.is_relative_to(border):
        return OUTSIDE
    parts = real.relative_to(border).parts
    return HIDDEN if any(part == ".git" or (part.startswith(".") and part not in named) for part in parts) else ""


class Targets:
    """Judges the targets of the links below one docs root.

    `named` are the names that an include pattern asks for. `leaves_out` says of a path relative to the repository, and
    of whether it is a folder, that it is excluded. A root that is ignored itself is read as if nothing in it were.
    """

    def __init__(
        self,
        root: Path,
        border: Path,
        *,
        named: frozenset[str],
        leaves_out: Callable[[tuple[str, ...], bool], bool],
        ignored_root: bool,
    ) -> None:
        self.root, self.border, self.named, self.leaves_out = root.resolve(), border, named, leaves_out
        self.ignored_root = ignored_root
        self.ignores = Ignores()
        self.entered: set[Path] = set()

    def problem(self, real: Path, *, folder: bool) -> str:
        """Why a target (without links in its path) is left out, or ""."""
        if problem := _beyond(real, self.border, self.named):
            return problem
        inside = real.is_relative_to(self.root)
        paths = (
            real.relative_to(self.border).as_posix(),
            *((real.relative_to(self.root).as_posix(),) if inside else ()),
        )
        if self.leaves_out(paths, folder):
            return EXCLUDED
        if not (inside and self.ignored_root) and self._ignored(real, folder=folder):
            return IGNORED
        return ""

    def _ignored(self, real: Path, *, folder: bool) -> bool:
        above = [place for place in reversed(real.parents) if place.is_relative_to(self.border)]
        for place in above:
            if place not in self.entered:
                self.entered.add(place)
                self.ignores.enter(place)
        folders = any(self.ignores.ignores(place, folder=True) for place in above if place != self.border)
        return folders or (real != self.border and self.ignores.ignores(real, folder=folder))
