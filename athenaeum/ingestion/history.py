"""How two commits stand to each other: from the checkout where it knows, else from its forge, else fetched.

A shallow clone, which actions/checkout makes, knows one commit. Asking the forge is one request; without that, the
commits alone (no files) are fetched into a repository of our own that is gone afterwards: the checkout and its
configuration are never changed by this.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from athenaeum.git import explain, git_root, obstacle, run_git
from athenaeum.index.publishing.order import Order

FETCH_SECONDS = 60
FETCH_DEPTH = 5_000
"""Commits that are fetched at most of either history; what lies beyond is not known."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Forge = Callable[[str, str], Order | None]
"""Asks a forge how the second commit stands to the first; None when it does not say."""


def order_of(folder: Path, live: str, commit: str, *, forge: Forge | None = None) -> Order:
    """How `commit` stands to the commit `live`, as the checkout that holds `folder` and its origin know it."""
    if live == commit:
        return Order("same")
    if not (_COMMIT.fullmatch(live) and _COMMIT.fullmatch(commit)):
        return Order("unknown", "a release names no full commit id")
    root = git_root(folder)
    reason = "the docs are in no git checkout"
    if root is not None:
        if reason := obstacle(root):
            reason = reason.rstrip(".")
        elif found := _known(root, live, commit):
            return found
    if forge is not None and (found := forge(live, commit)):
        return found
    if root is None or reason:
        return Order("unknown", reason)
    return _fetched(root, live, commit)


def _known(root: Path, live: str, commit: str) -> Order | None:
    """What the commits of this repository say; None where some are missing that could say otherwise."""
    if not (_has(root, live) and _has(root, commit)):
        return None
    if _grew_from(root, live, commit):
        return Order("older")
    if _grew_from(root, commit, live):
        return Order("newer")
    shallow = run_git(root, "rev-parse", "--is-shallow-repository").text != "false"
    return None if shallow else Order("apart")


def _fetched(root: Path, live: str, commit: str) -> Order:
    url = run_git(root, "remote", "get-url", "origin").text
    if not url or url.startswith("-"):
        return Order("unknown", "this clone lacks the live commit and has no origin to fetch it from")
    with tempfile.TemporaryDirectory(prefix="athenaeum-history-") as scratch:
        place = Path(scratch) / "commits"
        place.mkdir()
        made = run_git(place, "init", "--quiet", "--template=")
        if not made.ok:
            return Order("unknown", explain(made).rstrip("."))
        done = made
        # A commit that was never pushed is not at the origin: the live one's history still says whether it is in it.
        for wanted in ((live, commit), (live,)):
            words = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--filter=tree:0")
            origin = url if "://" in url or ":" in url.partition("/")[0] else str((root / url).resolve())
            done = run_git(
                place, *words, f"--depth={FETCH_DEPTH}", origin, *wanted, seconds=FETCH_SECONDS, network=True
            )
            if done.ok or done.code == -1:
                break
        if not done.ok:
            return Order("unknown", f"the live commit is not in this clone and cannot be fetched ({_last(done.said)})")
        if found := _known(place, live, commit):
            return found
        complete = run_git(place, "rev-parse", "--is-shallow-repository").text == "false"
        if complete and not _has(place, commit):
            # Whatever it is, the live commit did not grow from it.
            return Order("unknown", "it was never pushed")
        return Order("unknown", f"their histories are longer than {FETCH_DEPTH:,} commits")


def _has(root: Path, commit: str) -> bool:
    return run_git(root, "cat-file", "-e", f"{commit}^{{commit}}").ok


def _grew_from(root: Path, later: str, earlier: str) -> bool:
    return run_git(root, "merge-base", "--is-ancestor", earlier, later).ok


def _last(said: str) -> str:
    return said.splitlines()[-1][:160].rstrip(".") if said else "no reason given"
