"""What is listed, and what may be removed from a store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from athenaeum.errors import (
    StoreError,
)
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.listing import list_kept
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]
LATER = datetime.now(UTC) + timedelta(days=2)


def live(store: Store) -> Pointer:
    pointer, _ = read_live(store)
    assert pointer is not None
    return pointer


def test_releases_are_listed_with_their_state(index: Index, texts: Texts, store: Store) -> None:
    made = [publish(index("a", texts(mark=mark), commit=mark), store).release for mark in "abc"]
    rollback(store)
    store.put("releases/" + "0" * 20 + "/pages.sqlite", b"an upload that was cut off")
    store.put("releases/not-a-release/file", b"left alone")
    kept = {one.release: one for one in list_kept(store)}
    assert list_kept(store)[0].release == made[1]
    assert [kept[name].live for name in made] == [False, True, False]
    assert [kept[name].withdrawn for name in made] == [False, False, True]
    assert [kept[name].commit for name in made] == ["a", "b", "c"]
    assert all(kept[name].complete and kept[name].pages == 4 for name in made)
    assert not kept["0" * 20].complete
    assert "not-a-release" not in kept


def test_prune_keeps_the_newest_the_pointed_at_and_the_young(
    index: Index, texts: Texts, store: Store, tmp_path: Path
) -> None:
    made = [
        publish(index("a", texts(mark=str(n)), digest=f"{n:016x}", vectors=str(n).encode()), store).release
        for n in range(9)
    ]
    assert prune(store, keep=1).releases == ()
    report = prune(store, keep=1, now=LATER, dry_run=True)
    assert set(report.releases) == set(made[:3])
    assert len(list_kept(store)) == 9
    report = prune(store, keep=1, now=LATER)
    assert set(report.releases) == set(made[:3])
    assert set(report.encoders) == {f"{n:016x}" for n in range(3)}
    assert report.freed_bytes > 0
    assert {one.release for one in list_kept(store)} == set(made[3:])
    for name in made[3:]:
        rollback(store, release=name)
    assert mirror(store, tmp_path / "mirror") is not None


def test_prune_removes_old_uploads_that_were_cut_off(index: Index, store: Store) -> None:
    publish(index("a"), store)
    store.put("releases/" + "0" * 20 + "/pages.sqlite", b"an upload that was cut off")
    assert prune(store).releases == ()
    assert prune(store, now=LATER).releases == ("0" * 20,)
    assert not list(store.list("releases/" + "0" * 20 + "/"))


def test_prune_spares_what_was_taken_up_again(index: Index, texts: Texts, store: Store, meddling: Any) -> None:
    """A publisher that renews an old release between the listing and the removal finds it there."""
    publish(index("a"), store)
    old = publish(index("b", texts(mark="old")), store).release
    for n in range(6):
        publish(index("c", texts(mark=f"new{n}")), store)

    class Renewed(meddling):
        def list(self, prefix: str) -> object:
            if prefix == f"releases/{old}/":
                publish(index("b", texts(mark="old")), self.store)
            return self.store.list(prefix)

    report = prune(Renewed(store), keep=0, now=LATER)
    assert old not in report.releases
    assert live(store).release == old


def test_prune_without_an_index_does_nothing(store: Store) -> None:
    store.put("releases/" + "0" * 20 + "/pages.sqlite", b"a first publish in progress")
    assert prune(store, now=LATER).releases == ()


def test_a_prune_that_is_not_allowed_does_not_fail_the_publish(index: Index, store: Store, meddling: Any) -> None:
    class Forbidding(meddling):
        def list(self, prefix: str) -> object:
            if prefix == "encoders/":
                raise StoreError("Deleting is not allowed.")
            return self.store.list(prefix)

    folder = index("a")
    publish(folder, store)
    report = publish(index("a", commit="c2"), Forbidding(store))
    assert report.notes[-1] == "Old releases were not removed: Deleting is not allowed."
    assert live(store).commit == "c2"
