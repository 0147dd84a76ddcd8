"""A release never goes back to an older commit unasked, whoever publishes it."""

from typing import Any

import pytest

from athenaeum.errors import GuardError
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.order import Order, check_order
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live

LIVE = Pointer("a" * 20, repository="https://github.com/acme/docs", commit="b" * 40)
ORDER = ["c0", "c1", "c2", "c3"]


def history(live: str, commit: str) -> Order:
    """Commits in a line."""
    return Order("older" if ORDER.index(commit) < ORDER.index(live) else "newer")


def said(found: Order, *, live: Pointer | None = LIVE, commit: str = "c" * 40, force: bool = False) -> str:
    return check_order(live, commit=commit, repository=LIVE.repository, history=lambda *_: found, force=force)


def test_an_older_commit_is_refused_with_both_commits_and_the_way_back() -> None:
    with pytest.raises(GuardError, match="cccccccccccc is older than what is live: commit bbbbbbbbbbbb") as refused:
        said(Order("older"))
    assert "rollback" in refused.value.remedy
    assert "force" in refused.value.remedy


def test_what_is_forced_unknown_or_apart_is_said_and_goes_on() -> None:
    assert "forced" in said(Order("older"), force=True)
    assert "force-push" in said(Order("apart"))
    assert "the reason." in said(Order("unknown", "the reason"))
    assert "does not say its commit" in said(Order("newer"), live=Pointer("a" * 20))
    assert "does not say its commit" in said(Order("newer"), commit="")


def test_a_newer_commit_and_the_first_release_have_nothing_to_say() -> None:
    assert said(Order("newer")) == ""
    assert said(Order("older"), commit=LIVE.commit) == ""
    assert said(Order("older"), live=None) == ""


def test_the_older_of_two_publishes_changes_nothing(index: Any, store: Any) -> None:
    publish(index("folder-a-c1", texts={"a.md": "About a."}, commit="c1"), store, history=history)
    publish(index("folder-b-c2", texts={"b.md": "About b."}, commit="c2"), store, history=history)
    before = read_live(store)
    for folder in (
        index("folder-a-c1", texts={"a.md": "About a."}, commit="c1"),
        index("folder-b-c0", texts={"b.md": "About b."}, commit="c0"),
    ):
        with pytest.raises(GuardError, match="older"):
            publish(folder, store, history=history)
    assert read_live(store) == before
    assert (
        publish(
            index("folder-a-c1", texts={"a.md": "About a."}, commit="c1"), store, history=history, force=True
        ).outcome
        == "published"
    )


def test_after_a_rollback_the_newer_commits_may_be_published_and_older_ones_not(index: Any, store: Any) -> None:
    publish(index("folder-a-c1", texts={"a.md": "About a."}, commit="c1"), store, history=history)
    publish(index("folder-b-c2", texts={"b.md": "About b."}, commit="c2"), store, history=history)
    rollback(store)
    with pytest.raises(GuardError, match="older"):
        publish(index("folder-d-c0", texts={"d.md": "About d."}, commit="c0"), store, history=history)
    assert (
        publish(index("folder-b-c2", texts={"b.md": "About b."}, commit="c2"), store, history=history).outcome
        == "published"
    )
    assert (
        publish(index("folder-d-c3", texts={"d.md": "About d."}, commit="c3"), store, history=history).outcome
        == "published"
    )


def test_a_caller_without_a_history_is_told_that_the_order_was_not_looked_at(index: Any, store: Any) -> None:
    publish(index("folder-a-c1", texts={"a.md": "About a."}, commit="c1"), store)
    assert "not looked at" in publish(index("folder-b-c2", texts={"b.md": "About b."}, commit="c2"), store).notes[0]
