"""Two who move the pointer: who wins is said, and an answer that was lost is found out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import (
    LostRaceError,
    StoreError,
)
from athenaeum.index.format.pointer import Pointer, advance
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.swap import read_live, swap
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]


def live(store: Store) -> Pointer:
    pointer, _ = read_live(store)
    assert pointer is not None
    return pointer


def test_the_loser_of_a_race_is_told_who_won(index: Index, texts: Texts, store: Store, meddling: Any) -> None:
    publish(index("a"), store)
    winner = index("b", texts(mark="winner"), commit="c0ffee" * 6)
    loser = index("c", texts(mark="loser"))
    meddling = meddling(store, before=lambda: publish(winner, store))
    with pytest.raises(LostRaceError, match=r"team/docs at commit c0ffeec0ffee \(release [0-9a-f]{20}, 20") as caught:
        publish(loser, meddling)
    assert caught.value.remedy
    assert live(store).release == open_release(winner).id
    assert publish(loser, store).release == open_release(loser).id


def test_a_first_publish_can_lose_too(index: Index, texts: Texts, store: Store, meddling: Any) -> None:
    winner, loser = index("b", texts(mark="winner")), index("c", texts(mark="loser"))
    with pytest.raises(LostRaceError):
        publish(loser, meddling(store, before=lambda: publish(winner, store)))
    assert live(store).release == open_release(winner).id


def test_a_lost_answer_is_found_out_by_the_nonce(index: Index, store: Store, meddling: Any) -> None:
    report = publish(index("a"), meddling(store, lose_answer=True))
    assert live(store).release == report.release


def test_a_lost_answer_is_found_out_even_after_another_publisher_followed(
    index: Index, texts: Texts, store: Store, meddling: Any
) -> None:
    mine, theirs = index("a"), index("b", texts(mark="theirs"))

    class Followed(meddling):
        def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
            done = self.store.put_if(key, data, etag=etag)
            if key == "current.json":
                publish(theirs, self.store)
                raise StoreError("The answer was lost.")
            return done

    assert publish(mine, Followed(store)).outcome == "published"
    assert live(store).release == open_release(theirs).id


def test_a_write_that_never_arrives_is_an_error_and_changes_nothing(index: Index, store: Store, meddling: Any) -> None:
    class Deaf(meddling):
        def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
            if key == "current.json":
                raise StoreError("The connection broke off.")
            return self.store.put_if(key, data, etag=etag)

    with pytest.raises(StoreError):
        publish(index("a"), Deaf(store))
    assert store.get("current.json") is None


def test_a_prune_between_upload_and_flip_is_mended(index: Index, texts: Texts, store: Store, meddling: Any) -> None:
    folder = index("a")
    old = publish(folder, store).release
    publish(index("b", texts(mark="new")), store)
    gone = [found.key for found in store.list(f"releases/{old}/")] + [
        found.key for found in store.list("encoders/") if "model" in found.key
    ]
    publish(folder, meddling(store, before=lambda: store.delete(gone)))
    assert mirror(store, folder.parent / "mirror") is not None


def test_swapping_the_same_pointer_twice_is_noticed(index: Index, store: Store) -> None:
    publish(index("a"), store)
    pointer, etag = read_live(store)
    new = advance(pointer, release="0" * 20)
    swap(store, new, etag=etag)
    swap(store, new, etag=etag)
    with pytest.raises(LostRaceError):
        swap(store, advance(pointer, release="1" * 20), etag=etag)
