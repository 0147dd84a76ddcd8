"""Honours .gitignore as git does: files of every folder from the repository's root down, deeper ones first."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from athenaeum.documents.find.glob_patterns import compile_pattern
from athenaeum.documents.find.globs import compile_globs

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_ALL_INSIDE = re.compile(r"/\*\*[ \t\r]*$")


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
            # git reads no rules through a link.
            data = b"" if file.is_symlink() else file.read_bytes()
        except OSError:
            return
        self.specs[folder] = compile_globs_raw(_lines(data))

    def ignores(self, path: Path, *, folder: bool = False) -> bool:
        """Whether git would leave out this file or folder, given that it did not leave out its parents."""
        for place in path.parents:
            spec = self.specs.get(place)
            if spec is None:
                continue
            name = path.relative_to(place).as_posix() + ("/" if folder else "")
            verdict = _verdict(spec, name)
            if verdict is not None:
                return verdict
        return False


def _lines(data: bytes) -> list[str]:
    """The lines as git has them: a mark at the beginning is none of the text, and only a line feed ends a line."""
    text = data.decode("utf-8-sig", "replace")
    return [line.removesuffix("\r").partition("\0")[0] for line in text.split("\n")]


def _verdict(spec: "GitIgnoreSpec", name: str) -> bool | None:
    """What the last rule that names this very path says; rules on its parents were asked when they were entered.

    pathspec's own check answers for a path at once, its parents included, and lets rules on files go before rules on
    folders; git asks folder by folder, and the last rule counts.
    """
    for pattern in reversed(spec.patterns):
        found = pattern.match_file(name) if pattern.include is not None else None
        if found is not None:
            inside = found.match.groupdict().get("ps_d") is not None and found.match.start("ps_d") < len(name) - 1
            if not inside:
                return pattern.include
    return None


def compile_globs_raw(lines: list[str]) -> "GitIgnoreSpec":
    """.gitignore lines as they are: braces mean nothing there and a bad line is skipped."""
    from pathspec import GitIgnoreSpec

    compiled: list[Any] = []
    for line in lines:
        try:
            # To git `b/**` is what lies in b, so that a file in it can be taken back; pathspec takes the folder itself.
            compiled.append(compile_pattern(_ALL_INSIDE.sub("/**/*", line)))
        except ValueError:
            continue
    return GitIgnoreSpec(compiled)


__all__ = ["Ignores", "compile_globs", "repository_of"]
