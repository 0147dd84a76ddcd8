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
    OwnerError,
    ReleaseNotFoundError,
    UsageError,
)
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store

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


# The encoder


def test_two_exports_of_one_encoder_never_mix(index: Index, texts: Texts, store: Store) -> None:
    publish(index("a", export=b"export of one torch"), store)
    publish(index("b", texts(mark="new"), export=b"export of another"), store)
    local = index("b", texts(mark="new"), export=b"export of another").parent / "mirror"
    mirror(store, local)
    assert (open_release(local).encoder_dir / "model.onnx").read_bytes().startswith(b"export of another")
    rollback(store)
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
