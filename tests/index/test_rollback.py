"""Going back to an earlier release, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import (
    IndexBrokenError,
    IndexNotFoundError,
    LostRaceError,
    ReleaseNotFoundError,
)
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]


def live(store: Store) -> Pointer:
    pointer, _ = read_live(store)
    assert pointer is not None
    return pointer


def test_rollback_goes_to_the_release_before_and_then_further_back(index: Index, texts: Texts, store: Store) -> None:
    made = [publish(index("a", texts(mark=mark), commit=mark), store).release for mark in "abc"]
    report = rollback(store)
    assert (report.release, report.previous, report.commit) == (made[1], made[2], "b")
    assert live(store).commit == "b"
    assert rollback(store).release == made[0]
    with pytest.raises(ReleaseNotFoundError, match="no earlier release"):
        rollback(store)
    assert {entry.release for entry in live(store).history} == {made[1], made[2]}


def test_rollback_takes_a_name_or_its_beginning(index: Index, texts: Texts, store: Store) -> None:
    made = [publish(index("a", texts(mark=mark), commit=mark), store).release for mark in "abc"]
    assert rollback(store, release=made[0][:8]).release == made[0]
    assert rollback(store, release=made[2]).release == made[2]
    assert rollback(store, release=made[2]).previous == made[2]
    for name in ("ffffffff", made[0][:3], "../..", ""):
        if name:
            with pytest.raises(ReleaseNotFoundError):
                rollback(store, release=name)


@pytest.mark.parametrize("harm", ["pages.sqlite", "manifest.json", "encoder"])
def test_rollback_to_a_release_that_is_not_whole_changes_nothing(
    index: Index, texts: Texts, store: Store, harm: str
) -> None:
    old = publish(index("a", digest="aaaa0000aaaa0000"), store).release
    now = publish(index("b", texts(mark="new")), store).release
    store.delete(["encoders/aaaa0000aaaa0000/model.onnx" if harm == "encoder" else f"releases/{old}/{harm}"])
    with pytest.raises(IndexBrokenError, match="was not changed"):
        rollback(store)
    assert live(store).release == now


def test_rollback_passes_over_releases_that_were_removed_by_hand(index: Index, texts: Texts, store: Store) -> None:
    made = [publish(index("a", texts(mark=mark)), store).release for mark in "abc"]
    store.delete([found.key for found in store.list(f"releases/{made[1]}/")])
    assert rollback(store).release == made[0]
    with pytest.raises(ReleaseNotFoundError):
        rollback(store)


def test_rollback_of_nothing_says_so(store: Store) -> None:
    with pytest.raises(IndexNotFoundError):
        rollback(store)


def test_a_rollback_can_lose_a_race(index: Index, texts: Texts, store: Store, meddling: Any) -> None:
    publish(index("a"), store)
    publish(index("b", texts(mark="new")), store)
    other = index("c", texts(mark="other"))
    with pytest.raises(LostRaceError):
        rollback(meddling(store, before=lambda: publish(other, store)))
    assert live(store).release == open_release(other).id


def test_a_rollback_can_be_bound_to_the_release_it_takes_back(index: Index, texts: Texts, store: Store) -> None:
    made = [publish(index("a", texts(mark=mark), commit=mark), store).release for mark in "abc"]
    with pytest.raises(LostRaceError, match=made[2]):
        rollback(store, only_if=made[1])
    assert live(store).release == made[2]
    assert rollback(store, only_if=made[2]).release == made[1]


def test_a_rollback_dry_run_changes_nothing(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a"), store)
    now = publish(index("b", texts(mark="new")), store).release
    assert rollback(store, dry_run=True).release != now
    assert live(store).release == now
