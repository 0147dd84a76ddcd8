"""Honours .gitignore as git does: files of every folder from the repository's root down, deeper ones first."""

from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.documents.globs import compile_globs
from athenaeum.errors import ConfigError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def repository_of(path: Path) -> Path | None:
    """The root of the git working tree that holds an absolute path, or None."""
    folder = path if path.is_dir() else path.parent
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


class Ignores:
    """The ignore rules of one tree. `enter` each folder from the top down, then ask `ignores`."""

    def __init__(self) -> None:
        self.specs: dict[Path, GitIgnoreSpec] = {}

    def enter(self, folder: Path) -> None:
        """Read the folder's own .gitignore; one that cannot be read has no rules."""
        file = folder / ".gitignore"
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return
        try:
            self.specs[folder] = compile_globs_raw(lines)
        except (ValueError, ConfigError):
            return

    def ignores(self, path: Path, *, folder: bool = False) -> bool:
        """Whether git would leave out this file or folder, given that it did not leave out its parents."""
        for place in path.parents:
            spec = self.specs.get(place)
            if spec is None:
                continue
            name = path.relative_to(place).as_posix() + ("/" if folder else "")
            verdict = spec.check_file(name).include
            if verdict is not None:
                return verdict
        return False


def compile_globs_raw(lines: list[str]) -> "GitIgnoreSpec":
    """.gitignore lines as they are: braces mean nothing there and a bad line is skipped."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        good = []
        for line in lines:
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError:
                continue
            good.append(line)
        return GitIgnoreSpec.from_lines(good)


__all__ = ["Ignores", "compile_globs", "repository_of"]
