"""Three trees of files merged by git itself, in a repository of its own that is gone afterwards.

`git merge` is the merge that cruft and copier rely on as well, with renames, modes and conflict markers as people know
them. The user's repository, its index and its history are not touched, and none of its settings or attributes count.
"""

import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum.errors import MissingToolError
from athenaeum.git import GitAnswer, run_git

_SETTINGS = {
    "user.name": "athenaeum",
    "user.email": "athenaeum@localhost",
    "commit.gpgSign": "false",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.fileMode": "true",
    "core.attributesFile": os.devnull,
    "merge.conflictStyle": "merge",
    "merge.directoryRenames": "false",
    "merge.renames": "true",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "color.ui": "false",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as git sees it. `mode` is 100644, 100755 or 120000, a link whose `data` is where it points."""

    data: bytes
    mode: str = "100644"


Tree = Mapping[str, File]
"""Path, POSIX and relative → file."""


@dataclass(frozen=True, slots=True)
class Merge:
    """`tree` is what comes out. `conflicts` hold markers or need a choice; `removed` were removed by the user and
    stay so though the template changed them; `kept` were removed by the template and changed by the user, and stay."""

    tree: Tree
    conflicts: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def read_file(path: Path) -> File | None:
    """The file or link at `path`, or None."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return File(os.fsencode(path.readlink()), "120000")
        return File(path.read_bytes(), "100755" if mode & stat.S_IXUSR else "100644") if stat.S_ISREG(mode) else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_file(path: Path, file: File) -> None:
    """Put `file` at `path` in one step, so that a kill leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.mode != "120000":
        handle, name = tempfile.mkstemp(prefix=".athenaeum-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(file.data)
            Path(name).chmod(0o755 if file.mode == "100755" else 0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return
    path.unlink(missing_ok=True)
    path.symlink_to(os.fsdecode(file.data))


def merged(*, base: Tree, ours: Tree, theirs: Tree, label: str) -> Merge:
    """Bring what changed from `base` to `theirs` into `ours`. `label` names `theirs` in conflict markers."""
    with tempfile.TemporaryDirectory(prefix="athenaeum-merge-") as folder:
        root = Path(folder)
        _prepare(root)
        _git(root, "checkout", "--quiet", "-b", "project")
        _commit(root, {}, base)
        _git(root, "checkout", "--quiet", "-b", label)
        _commit(root, base, theirs)
        _git(root, "checkout", "--quiet", "project")
        _commit(root, base, ours)
        done = run_git(root, "merge", "--quiet", "--no-edit", "--no-stat", label)
        unmerged = _stages(root)
        if not done.ok and not unmerged:
            raise MissingToolError(
                f"git could not merge: {done.said.splitlines()[-1] if done.said else done.code}.",
                remedy="Install git 2.30 or newer.",
            )
        removed = tuple(sorted(path for path, stages in unmerged.items() if stages == {1, 3}))
        kept = tuple(sorted(path for path, stages in unmerged.items() if stages == {1, 2}))
        for path in removed:
            (root / path).unlink(missing_ok=True)
        _git(root, "add", "--all", "--force")
        tree = {}
        for path in _git(root, "ls-files", "-z").data.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            found = read_file(root / path)
            if found is not None:
                tree[path] = found
    decided = {*removed, *kept}
    conflicts = tuple(sorted(path for path, stages in unmerged.items() if path not in decided and stages != {1}))
    return Merge(tree, conflicts, removed, kept)


def difference(before: Tree, after: Tree) -> str:
    """What changes from one tree to the other, as `git diff` shows it and `git apply` takes it."""
    with tempfile.TemporaryDirectory(prefix="athenaeum-merge-") as folder:
        root = Path(folder)
        _prepare(root)
        _commit(root, {}, before)
        _commit(root, before, after)
        shown = _git(root, "diff", "--no-color", "--no-renames", "HEAD^", "HEAD")
        return shown.data.decode("utf-8", "replace")


def _prepare(root: Path) -> None:
    _git(root, "init", "--quiet", "--template=", ".")
    for name, value in _SETTINGS.items():
        _git(root, "config", name, value)
    # Attributes of the user's tree would convert line ends or run a filter.
    info = root / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* !text !eol -ident !filter !merge !diff !working-tree-encoding\n")


def _stages(root: Path) -> dict[str, set[int]]:
    """Path → the sides that an unmerged file has: 1 the base, 2 ours, 3 theirs."""
    found: dict[str, set[int]] = {}
    for entry in _git(root, "ls-files", "--unmerged", "-z").data.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, path = entry.split("\t", 1)
        found.setdefault(path, set()).add(int(head.rsplit(" ", 1)[1]))
    return found


def _commit(root: Path, before: Tree, after: Tree) -> None:
    for path in before.keys() - after.keys():
        (root / path).unlink(missing_ok=True)
        parent = (root / path).parent
        while parent != root and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent
    for path, file in after.items():
        write_file(root / path, file)
    _git(root, "add", "--all", "--force")
    _git(root, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", "files")


def _git(root: Path, *arguments: str) -> GitAnswer:
    done = run_git(root, *arguments)
    if not done.ok:
        said = done.said.splitlines()[-1] if done.said else f"exit code {done.code}"
        raise MissingToolError(f"git {arguments[0]} failed: {said}.", remedy="Install git 2.30 or newer.")
    return done
