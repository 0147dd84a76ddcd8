"""Publishing, rolling back, listing and pruning, in folders and buckets alike."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from athenaeum.errors import (
    GuardError,
    IndexBrokenError,
    IndexFormatError,
    IndexNotFoundError,
    LostRaceError,
    OwnerError,
    ReleaseNotFoundError,
    StoreError,
    UsageError,
)
from athenaeum.index.flip import read_live, swap
from athenaeum.index.kept import list_kept
from athenaeum.index.mirror import mirror
from athenaeum.index.objects import Store
from athenaeum.index.pointer import Pointer, advance
from athenaeum.index.prune import prune
from athenaeum.index.publish import publish
from athenaeum.index.release import open_release
from athenaeum.index.rollback import rollback
from athenaeum.index.store import open_store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]
LATER = datetime.now(UTC) + timedelta(days=2)


def live(store: Store) -> Pointer:
    pointer, _ = read_live(store)
    assert pointer is not None
    return pointer


def test_a_first_publish_makes_the_release_live(index: Index, store: Store) -> None:
    folder = index("a", commit="c1")
    report = publish(folder, store)
    assert (report.outcome, report.previous, report.pages) == ("published", "", 4)
    assert report.release == open_release(folder).id == live(store).release
    assert (live(store).repository, live(store).commit, live(store).owner) == ("team/docs", "c1", "publisher")


def test_publishing_again_writes_nothing(index: Index, store: Store) -> None:
    folder = index("a", commit="c1")
    publish(folder, store)
    before = {found.key: found.modified for found in store.list("")}
    again = publish(folder, store)
    assert (again.outcome, again.uploaded_bytes) == ("unchanged", 0)
    assert {found.key: found.modified for found in store.list("")} == before


def test_the_same_content_moves_only_the_commit(index: Index, store: Store) -> None:
    publish(index("a", commit="c1"), store)
    nonce = live(store).nonce
    report = publish(index("a", commit="c2"), store)
    assert (report.outcome, report.uploaded_bytes) == ("commit", 0)
    assert (live(store).commit, live(store).history) == ("c2", ())
    assert live(store).nonce != nonce


def test_another_build_of_the_same_inputs_is_not_uploaded(index: Index, store: Store) -> None:
    first = publish(index("a", commit="c1"), store).release
    other = index("b", commit="c2", vectors=b"another machine's bytes")
    assert open_release(other).id != first
    report = publish(other, store)
    assert (report.outcome, report.release, report.uploaded_bytes) == ("commit", first, 0)


def test_a_live_release_that_lost_a_file_is_uploaded_again(index: Index, store: Store) -> None:
    folder = index("a", commit="c1")
    release = publish(folder, store).release
    store.delete([f"releases/{release}/pages.sqlite"])
    assert publish(folder, store).uploaded_bytes > 0
    other = index("b", commit="c1", vectors=b"another machine's bytes")
    store.delete([f"releases/{release}/pages.sqlite"])
    assert publish(other, store).release == open_release(other).id


def test_an_interrupted_upload_is_gone_on_with(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a"), store)
    folder = index("a", texts(mark="new"))
    release = open_release(folder)
    store.put(f"releases/{release.id}/vectors.faiss", release.vectors_file)
    store.put(f"releases/{release.id}/pages.sqlite", b"half a file")
    report = publish(folder, store)
    assert report.release == release.id
    assert report.uploaded_bytes < release.manifest.size
    assert mirror(store, folder.parent / "mirror") is not None


def test_a_file_in_the_store_that_is_another_is_replaced(index: Index, store: Store) -> None:
    folder = index("a")
    release = open_release(folder)
    store.put(f"releases/{release.id}/pages.sqlite", bytes(release.pages_file.stat().st_size))
    publish(folder, store)
    assert mirror(store, folder.parent / "mirror") is not None


def test_a_release_can_be_published_by_its_name(index: Index, texts: Texts, store: Store) -> None:
    old = open_release(index("a")).id
    folder = index("a", texts(mark="new"))
    assert publish(folder, store, release=old).release == old
    with pytest.raises(ReleaseNotFoundError):
        publish(folder, store, release="0" * 20)


def test_a_dry_run_writes_nothing(index: Index, texts: Texts, store: Store) -> None:
    assert publish(index("a"), store, dry_run=True).outcome == "published"
    assert list(store.list("")) == []
    with pytest.raises(GuardError):
        publish(index("b", {}), store, dry_run=True)


def test_an_index_is_not_published_to_itself(index: Index) -> None:
    folder = index("a")
    with pytest.raises(UsageError):
        publish(folder, open_store(folder))
    (folder.parent / "link").symlink_to(folder, target_is_directory=True)
    with pytest.raises(UsageError):
        publish(folder, open_store(folder.parent / "link"))


def test_nothing_built_is_nothing_to_publish(tmp_path: Path, store: Store) -> None:
    with pytest.raises(IndexNotFoundError):
        publish(tmp_path / "none", store)
    assert list(store.list("")) == []


def test_a_harmed_local_index_is_never_uploaded(index: Index, store: Store) -> None:
    folder = index("a")
    open_release(folder).pages_file.write_bytes(b"harm")
    with pytest.raises(IndexBrokenError):
        publish(folder, store)
    assert list(store.list("")) == []


# The guard


def test_an_empty_index_is_refused_unless_forced(index: Index, store: Store) -> None:
    first = publish(index("a"), store).release
    with pytest.raises(GuardError, match="empty"):
        publish(index("b", {}), store)
    assert live(store).release == first
    assert publish(index("b", {}), store, force=True).outcome == "published"


def test_losing_too_many_pages_is_refused_at_the_owners_share(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a", texts(10)), store)
    with pytest.raises(GuardError, match="6 pages where the live one has 10: 40% fewer"):
        publish(index("b", texts(6)), store)
    assert publish(index("b", texts(7)), store).outcome == "published"
    assert publish(index("b", texts(3)), store, page_loss=0.6).outcome == "published"


def test_another_encoder_needs_other_vectors(index: Index, store: Store) -> None:
    publish(index("a", vectors=b"old"), store)
    with pytest.raises(GuardError, match="embedding model changed"):
        publish(index("b", digest="ffff0000ffff0000", vectors=b"old"), store)
    assert publish(index("b", digest="ffff0000ffff0000", vectors=b"new"), store).outcome == "published"


def test_one_encoder_has_one_dimension(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a", dimension=4), store)
    with pytest.raises(GuardError, match="5 numbers"):
        publish(index("b", texts(mark="x"), dimension=5), store)


def test_a_stacks_index_is_left_alone_unless_taken_over(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a"), store)
    pointer, etag = read_live(store)
    assert pointer is not None
    assert store.put_if("current.json", replace(pointer, owner="stack").to_bytes(), etag=etag)
    folder = index("a", texts(mark="new"))
    for refused in (lambda: publish(folder, store, force=True), lambda: rollback(store)):
        with pytest.raises(OwnerError, match="index_path"):
            refused()
    assert prune(store, grace=timedelta(0), keep=0, now=LATER).releases == ()
    publish(folder, store, take_over=True)
    assert live(store).owner == "publisher"


def test_taking_over_the_same_content_changes_the_owner(index: Index, store: Store) -> None:
    folder = index("a")
    publish(folder, store)
    pointer, etag = read_live(store)
    assert pointer is not None
    store.put_if("current.json", replace(pointer, owner="stack").to_bytes(), etag=etag)
    assert publish(folder, store, take_over=True).outcome == "commit"
    assert live(store).owner == "publisher"


def test_a_pointer_that_cannot_be_read_is_replaced_but_one_of_a_newer_format_is_not(index: Index, store: Store) -> None:
    folder = index("a")
    store.put("current.json", b"{half")
    assert publish(folder, store).outcome == "published"
    store.put("current.json", b'{"format": 9}')
    with pytest.raises(IndexFormatError):
        publish(folder, store)


# Races


class Meddling:
    """A store where something happens just before the pointer is written, or after, with the answer lost."""

    def __init__(self, store: Store, *, before: Callable[[], object] = lambda: None, lose_answer: bool = False) -> None:
        self.store, self.before, self.lose_answer = store, before, lose_answer

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
        if key != "current.json":
            return self.store.put_if(key, data, etag=etag)
        before, self.before = self.before, lambda: None
        before()
        done = self.store.put_if(key, data, etag=etag)
        if self.lose_answer:
            self.lose_answer = False
            raise StoreError("The answer was lost.")
        return done


def test_the_loser_of_a_race_is_told_who_won(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a"), store)
    winner = index("b", texts(mark="winner"), commit="c0ffee" * 6, repository="other/docs")
    loser = index("c", texts(mark="loser"))
    meddling = Meddling(store, before=lambda: publish(winner, store))
    with pytest.raises(LostRaceError, match=r"other/docs at commit c0ffeec0ffee \(release [0-9a-f]{20}, 20") as caught:
        publish(loser, meddling)  # type: ignore[arg-type]
    assert caught.value.remedy
    assert live(store).release == open_release(winner).id
    assert publish(loser, store).release == open_release(loser).id


def test_a_first_publish_can_lose_too(index: Index, texts: Texts, store: Store) -> None:
    winner, loser = index("b", texts(mark="winner")), index("c", texts(mark="loser"))
    with pytest.raises(LostRaceError):
        publish(loser, Meddling(store, before=lambda: publish(winner, store)))  # type: ignore[arg-type]
    assert live(store).release == open_release(winner).id


def test_a_lost_answer_is_found_out_by_the_nonce(index: Index, store: Store) -> None:
    report = publish(index("a"), Meddling(store, lose_answer=True))  # type: ignore[arg-type]
    assert live(store).release == report.release


def test_a_lost_answer_is_found_out_even_after_another_publisher_followed(
    index: Index, texts: Texts, store: Store
) -> None:
    mine, theirs = index("a"), index("b", texts(mark="theirs"))

    class Followed(Meddling):
        def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
            done = self.store.put_if(key, data, etag=etag)
            if key == "current.json":
                publish(theirs, self.store)
                raise StoreError("The answer was lost.")
            return done

    assert publish(mine, Followed(store)).outcome == "published"  # type: ignore[arg-type]
    assert live(store).release == open_release(theirs).id


def test_a_write_that_never_arrives_is_an_error_and_changes_nothing(index: Index, store: Store) -> None:
    class Deaf(Meddling):
        def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
            if key == "current.json":
                raise StoreError("The connection broke off.")
            return self.store.put_if(key, data, etag=etag)

    with pytest.raises(StoreError):
        publish(index("a"), Deaf(store))  # type: ignore[arg-type]
    assert store.get("current.json") is None


def test_a_prune_between_upload_and_flip_is_mended(index: Index, texts: Texts, store: Store) -> None:
    folder = index("a")
    old = publish(folder, store).release
    publish(index("b", texts(mark="new")), store)
    gone = [found.key for found in store.list(f"releases/{old}/")] + [
        found.key for found in store.list("encoders/") if "model" in found.key
    ]
    publish(folder, Meddling(store, before=lambda: store.delete(gone)))  # type: ignore[arg-type]
    assert mirror(store, folder.parent / "mirror") is not None


# Rollback


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


def test_a_rollback_can_lose_a_race(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a"), store)
    publish(index("b", texts(mark="new")), store)
    other = index("c", texts(mark="other"))
    with pytest.raises(LostRaceError):
        rollback(Meddling(store, before=lambda: publish(other, store)))  # type: ignore[arg-type]
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


# Listing and pruning


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


def test_prune_spares_what_was_taken_up_again(index: Index, texts: Texts, store: Store) -> None:
    """A publisher that renews an old release between the listing and the removal finds it there."""
    publish(index("a"), store)
    old = publish(index("b", texts(mark="old")), store).release
    for n in range(6):
        publish(index("c", texts(mark=f"new{n}")), store)

    class Renewed(Meddling):
        def list(self, prefix: str) -> object:
            if prefix == f"releases/{old}/":
                publish(index("b", texts(mark="old")), self.store)
            return self.store.list(prefix)

    report = prune(Renewed(store), keep=0, now=LATER)  # type: ignore[arg-type]
    assert old not in report.releases
    assert live(store).release == old


def test_prune_without_an_index_does_nothing(store: Store) -> None:
    store.put("releases/" + "0" * 20 + "/pages.sqlite", b"a first publish in progress")
    assert prune(store, now=LATER).releases == ()


def test_a_prune_that_is_not_allowed_does_not_fail_the_publish(index: Index, store: Store) -> None:
    class Forbidding(Meddling):
        def list(self, prefix: str) -> object:
            if prefix == "encoders/":
                raise StoreError("Deleting is not allowed.")
            return self.store.list(prefix)

    folder = index("a")
    publish(folder, store)
    report = publish(index("a", commit="c2"), Forbidding(store))  # type: ignore[arg-type]
    assert report.notes == ("Old releases were not removed: Deleting is not allowed.",)
    assert live(store).commit == "c2"


# The encoder


def test_two_exports_of_one_encoder_never_mix(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a", export=b"export of one torch"), store)
    publish(index("b", texts(mark="new"), export=b"export of another"), store)
    local = index("b", texts(mark="new")).parent / "mirror"
    mirror(store, local)
    assert (open_release(local).encoder_dir / "model.onnx").read_bytes().startswith(b"export of one torch")


def test_a_half_uploaded_encoder_of_another_export_is_replaced(
    index: Index, store: Store, encoder: Callable[..., Path], tmp_path: Path
) -> None:
    other = encoder(tmp_path / "other", export=b"never finished")
    store.put(f"encoders/{other.name}/encoder.json", other / "encoder.json")
    store.put(f"encoders/{other.name}/model.onnx", b"half")
    publish(index("a"), store)
    assert mirror(store, tmp_path / "mirror") is not None


def test_the_pointer_is_readable_json_with_the_documented_fields(index: Index, store: Store) -> None:
    publish(index("a", commit="c1"), store)
    blob = store.get("current.json")
    assert blob is not None
    assert set(json.loads(blob.data)) == {
        "format", "release", "repository", "commit", "published_at", "nonce", "owner", "history",
    }  # fmt: skip


def test_swapping_the_same_pointer_twice_is_noticed(index: Index, store: Store) -> None:
    publish(index("a"), store)
    pointer, etag = read_live(store)
    new = advance(pointer, release="0" * 20)
    swap(store, new, etag=etag)
    swap(store, new, etag=etag)
    with pytest.raises(LostRaceError):
        swap(store, advance(pointer, release="1" * 20), etag=etag)
