"""Asks GitHub how two commits stand to each other, with the job's token: one request, where a clone is shallow."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from athenaeum.action.step.event import Event
from athenaeum.index.publishing.order import Order, Relation
from athenaeum.ingestion.history import Forge, order_of

_RELATIONS: dict[str, Relation] = {"ahead": "newer", "behind": "older", "identical": "same", "diverged": "apart"}


def commit_order(event: Event, environ: Mapping[str, str], *, token: str) -> "CommitOrder":
    """`order_of` for this job: called with a folder and two commits."""
    known = token and event.repository and event.repository.count("/") == 1
    return CommitOrder(partial(_ask, environ=environ, token=token, repository=event.repository) if known else None)


class CommitOrder:
    """How a commit stands to another, as the checkout, GitHub and the origin know it; each pair is asked once."""

    def __init__(self, forge: Forge | None) -> None:
        self._forge = forge
        self._known: dict[tuple[Path, str, str], Order] = {}

    def __call__(self, folder: Path, earlier: str, later: str) -> Order:
        """How the commit `later` stands to `earlier`."""
        key = (folder.resolve(), earlier, later)
        if key not in self._known:
            self._known[key] = order_of(folder, earlier, later, forge=self._forge)
        return self._known[key]


def _ask(earlier: str, later: str, *, environ: Mapping[str, str], token: str, repository: str) -> Order | None:
    from athenaeum.action.step.github import GitHub, RefusedError

    try:
        with GitHub(environ, token=token) as github:
            said = github.get(f"repos/{repository}/compare/{earlier}...{later}?per_page=1")
    except RefusedError as refused:
        # GitHub's words for two histories without a common commit.
        return Order("apart") if "No common ancestor" in refused.reason else None
    except (ValueError, TypeError):
        return None
    relation = _RELATIONS.get(str(said.get("status")))
    return Order(relation) if relation else None
