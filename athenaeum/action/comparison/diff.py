"""What git says changed between two commits: names only, with its own detection of renames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from athenaeum.git import git_root, run_git

_SECONDS = 120
_LIMIT = 1000
"""Files on each side up to which git compares contents to find renames; beyond, it pairs equal files alone."""


@dataclass(frozen=True, slots=True)
class Diff:
    """Paths relative to the repository. `renamed` maps old to new; `touched` holds every path on either side."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    files_before: frozenset[str] = frozenset()
    files_now: frozenset[str] = frozenset()

    def former_root(self, root: str) -> str:
        """The folder or file that became `root`: for a folder where most of what lies in it was; "" when none did."""
        votes: dict[str, int] = {}
        for old, new in self.renamed.items():
            if new == root:
                return old
            inside = new[len(root) + 1 :] if new.startswith(f"{root}/") else ""
            if inside and old.endswith(f"/{inside}"):
                former = old[: -len(inside) - 1]
                votes[former] = votes.get(former, 0) + 1
        return max(votes, key=lambda former: (votes[former], former), default="")


def read_diff(base: str, *, folder: Path) -> Diff | None:
    """The difference between the commit `base` and HEAD in the repository of `folder`; None when git cannot tell."""
    root = git_root(folder)
    if root is None:
        return None

    def ask(*arguments: str) -> str | None:
        done = run_git(root, *arguments, seconds=_SECONDS)
        return done.data.decode("utf-8", "replace") if done.ok else None

    status = ("diff-tree", "-r", "-z", f"-l{_LIMIT}", "--name-status")
    listed = ask(*status, "-M", base, "HEAD")
    if listed is None:
        # A partial clone lacks the contents; which files are equal is known all the same.
        listed = ask(*status, "-M100%", base, "HEAD")
    names = ("ls-tree", "-r", "-z", "--full-tree", "--name-only")
    before, now = ask(*names, base), ask(*names, "HEAD")
    if listed is None or before is None or now is None:
        return None
    renamed, touched = parse_status(listed.split("\0"))
    return Diff(
        renamed=renamed,
        touched=frozenset(touched),
        files_before=frozenset(filter(None, before.split("\0"))),
        files_now=frozenset(filter(None, now.split("\0"))),
    )


def parse_status(fields: Sequence[str]) -> tuple[dict[str, str], set[str]]:
    """Renames and every path of `--name-status -z`: a letter (with a score), then one path, or two after R and C."""
    renamed: dict[str, str] = {}
    touched: set[str] = set()
    at = 0
    while at + 1 < len(fields):
        status = fields[at]
        if status[:1] in ("R", "C") and at + 2 < len(fields):
            old, new = fields[at + 1], fields[at + 2]
            touched.add(new)
            if status[0] == "R":
                renamed[old] = new
                touched.add(old)
            at += 3
        else:
            touched.add(fields[at + 1])
            at += 2
    return renamed, touched
