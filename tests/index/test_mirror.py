"""A mirror holds what the pointer names, verified, or what it held before."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import DiskError, IndexBrokenError, IndexNotFoundError
from athenaeum.index.format import encoders
from athenaeum.index.publishing import mirror as mirror_module
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.publish import publish
from athenaeum.index.release import commit_release, kept_releases, open_release
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]


def test_a_mirror_opens_as_what_was_published(index: Index, store: Store, tmp_path: Path) -> None:
    folder = index("a", commit="c1")
    publish(folder, store)
    done = mirror(store, tmp_path / "local")
    assert done is not None
    release = open_release(tmp_path / "local")
    assert (release.id, release.pointer.commit) == (open_release(folder).id, "c1")
    assert done.downloaded > release.manifest.size
    assert (release.encoder_dir / "model.onnx").is_file()


def test_an_unmoved_pointer_costs_nothing(index: Index, store: Store, tmp_path: Path) -> None:
    publish(index("a"), store)
    done = mirror(store, tmp_path / "local")
    assert done is not None
    assert mirror(store, tmp_path / "local", etag=done.etag) is None


def test_a_moved_commit_downloads_nothing_and_arrives(index: Index, store: Store, tmp_path: Path) -> None:
    folder = index("a", commit="c1")
    publish(folder, store)
    first = mirror(store, tmp_path / "local")
    publish(folder, store, commit="c2")
    assert first is not None
    second = mirror(store, tmp_path / "local", etag=first.etag)
    assert second is not None
    assert (second.downloaded, open_release(tmp_path / "local").pointer.commit) == (0, "c2")


def test_files_an_earlier_release_holds_are_not_downloaded_again(
    index: Index, texts: Texts, store: Store, tmp_path: Path
) -> None:
    publish(index("a", vectors=b"same vectors" * 5000), store)
    mirror(store, tmp_path / "local")
    publish(index("a", texts(mark="new"), vectors=b"same vectors" * 5000), store, force=True)
    done = mirror(store, tmp_path / "local")
    assert done is not None
    assert done.downloaded < 50_000
    assert open_release(tmp_path / "local").vectors_file.read_bytes() == b"same vectors" * 5000


def test_an_empty_store_has_no_index(store: Store, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="There is no index"):
        mirror(store, tmp_path / "local")


@pytest.mark.parametrize("harm", ["missing", "changed", "cut", "no manifest", "changed manifest"])
def test_a_broken_release_is_refused_and_the_old_one_stays(
    index: Index, texts: Texts, store: Store, tmp_path: Path, harm: str
) -> None:
    publish(index("a"), store)
    first = mirror(store, tmp_path / "local")
    assert first is not None
    second = publish(index("a", texts(mark="new")), store).release
    key = f"releases/{second}/{'manifest.json' if 'manifest' in harm else 'pages.sqlite'}"
    data = store.get(key)
    assert data is not None
    if harm in ("missing", "no manifest"):
        store.delete([key])
    else:
        store.put(key, data.data[:-1] + (b"" if harm == "cut" else b"~"))
    with pytest.raises(IndexBrokenError):
        mirror(store, tmp_path / "local", etag=first.etag)
    assert open_release(tmp_path / "local").id == first.pointer.release
    assert not list((tmp_path / "local" / ".work").glob("mirror-*"))
    store.put(key, data.data)
    mirror(store, tmp_path / "local", etag=first.etag)
    assert open_release(tmp_path / "local").id == second


def test_an_encoder_of_two_exports_is_refused(index: Index, store: Store, tmp_path: Path) -> None:
    publish(index("a"), store)
    key = next(found.key for found in store.list("encoders/") if found.key.endswith("model.onnx"))
    store.put(key, b"the model of another export")
    with pytest.raises(IndexBrokenError, match=r"model\.onnx"):
        mirror(store, tmp_path / "local")


def test_a_harmed_local_copy_is_fetched_again(index: Index, store: Store, tmp_path: Path) -> None:
    publish(index("a"), store)
    mirror(store, tmp_path / "local")
    release = open_release(tmp_path / "local")
    release.pages_file.unlink()
    (release.encoder_dir / "model.onnx").unlink()
    mirror(store, tmp_path / "local")
    open_release(tmp_path / "local")


def test_the_encoder_is_left_where_it_is_in_the_layer(
    index: Index, encoder: Callable[..., Path], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index("a"), store)
    encoder(tmp_path / "opt")
    monkeypatch.setattr(encoders, "ENCODER_LAYER_DIR", str(tmp_path / "opt"))
    mirror(store, tmp_path / "local")
    assert not (tmp_path / "local" / "encoders").exists()
    assert open_release(tmp_path / "local").encoder_dir.is_relative_to(tmp_path / "opt")


def test_old_releases_make_room_but_those_in_use_stay(
    index: Index, texts: Texts, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for mark in "abc":
        made.append(publish(index("a", texts(mark=mark)), store).release)
        mirror(store, tmp_path / "local")
    publish(index("a", texts(mark="d")), store)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(mirror_module.shutil, "disk_usage", lambda _path: usage._replace(free=1 << 20))
    mirror(store, tmp_path / "local", keep={made[2]})
    live = open_release(tmp_path / "local").id
    assert sorted(kept_releases(tmp_path / "local")) == sorted([live, made[2]])


def test_too_little_room_is_said_before_downloading(
    index: Index, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(index("a"), store)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(mirror_module.shutil, "disk_usage", lambda _path: usage._replace(free=10))
    with pytest.raises(DiskError, match="MB left"):
        mirror(store, tmp_path / "local")


def test_a_disk_that_fills_up_leaves_the_old_release(
    index: Index, texts: Texts, store: Store, tmp_path: Path, small_files: Callable[[int], object]
) -> None:
    first = publish(index("a"), store).release
    mirror(store, tmp_path / "local")
    folder = index("a", texts(mark="new"))
    publish(folder, store)
    with small_files(2000), pytest.raises(DiskError):  # type: ignore[attr-defined]
        mirror(store, tmp_path / "local")
    assert open_release(tmp_path / "local").id == first


def test_a_release_of_version_0_1_that_names_a_lock_file_of_the_lexical_library_is_read(
    index: Index, store: Store, tmp_path: Path
) -> None:
    """Version 0.1.0 took the empty lock file for one of a large release's own: such releases are live today."""
    folder = index("a")
    old = open_release(folder)
    shutil.copytree(old.dir, staged := tmp_path / "staged")
    (staged / "manifest.json").unlink()
    (staged / "lexical" / ".tantivy-meta.lock").touch()
    release = commit_release(folder, staged, old.manifest, repository="team/docs", commit="c1")
    assert release.id != old.id
    assert "lexical/.tantivy-meta.lock" in release.manifest.files
    publish(folder, store)
    mirror(store, tmp_path / "local")
    assert open_release(tmp_path / "local", verify=True).id == release.id
