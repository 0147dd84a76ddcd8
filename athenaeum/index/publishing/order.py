"""How the commit of a release stands to the live one, so that older docs never replace newer ones unasked. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from athenaeum.errors import GuardError
from athenaeum.index.format.pointer import Pointer

Relation = Literal["same", "newer", "older", "apart", "unknown"]
"""apart: neither grew from the other, as after a force-push or on another branch."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a commit stands to another one; `reason` says why it is unknown, as a phrase."""

    relation: Relation
    reason: str = ""


History = Callable[[str, str], Order]
"""Called with the live commit and the one that is to follow it."""


def unasked(_live: str, _commit: str) -> Order:
    """The history of a caller that has none."""
    return Order("unknown", "the history of the docs was not looked at")


def check_order(live: Pointer | None, *, commit: str, repository: str, history: History, force: bool = False) -> str:
    """Refuse with `GuardError` to publish a commit that the live one grew from; a sentence worth a notice, or "".

    `force` publishes it all the same, and says so. What is not known is said and goes on: a force-push may have removed
    the live commit from every clone.
    """
    if live is None:
        return ""
    if not live.commit or not commit:
        which = "the live release" if not live.commit else "this release"
        return f"Whether these docs are newer than the live ones is not known: {which} does not say its commit."
    found = Order("same") if live.commit == commit else history(live.commit, commit)
    now, here = live.commit[:12], commit[:12]
    if found.relation == "older":
        if force:
            return f"Commit {here} is older than the live commit {now}, and is published because it was forced."
        raise GuardError(
            f"Commit {here} is older than what is live: commit {now} grew from it, so nothing was published.",
            remedy="Run the job of the newest commit again instead of this one. To go back on purpose use a rollback, "
            "or publish with --force (`force: true` in the action).",
        )
    if found.relation == "apart":
        return f"The live commit {now} is not in the history of {here} (another branch, or a force-push replaced it)."
    if found.relation == "unknown":
        other = f" The live release is from {live.repository}." if _differs(live.repository, repository) else ""
        return f"Whether commit {here} is newer than the live commit {now} is not known: {found.reason}.{other}"
    return ""


def _differs(live: str, repository: str) -> bool:
    return bool(live and repository and live != repository)
