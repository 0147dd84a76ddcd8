"""A release is served with the encoder it was built with and with no other, wherever the encoder comes from."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import IndexBrokenError
from athenaeum.index import layout
from athenaeum.index.format import encoders
from athenaeum.index.format.encoders import describe_encoder, install_encoder, read_card
from athenaeum.index.format.manifest import Manifest, release_id
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.release import kept_manifests, open_release
from athenaeum.index.store.objects import Store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]


def swapped(folder: Path) -> dict[str, bytes]:
    """Another model in the folder, and a card that says it is the right one."""
    (folder / "model.onnx").write_bytes(b"poison" * 5000)
    card = json.loads((folder / "encoder.json").read_text())
    card["files"] = {
        name: {
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            "size": (folder / name).stat().st_size,
        }
        for name in ("model.onnx", "tokenizer.json")
    }
    (folder / "encoder.json").write_text(json.dumps(card))
    return {name: (folder / name).read_bytes() for name in ("model.onnx", "encoder.json")}


def test_the_manifest_holds_size_and_hash_of_every_file_of_the_encoder(index: Index) -> None:
    release = open_release(index("a"))
    assert {path.name for path in release.encoder_dir.iterdir()} == set(release.manifest.encoder_files)
    for name, entry in release.manifest.encoder_files.items():
        data = (release.encoder_dir / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (entry.sha256, entry.size)


def test_a_manifest_without_them_keeps_its_bytes_and_its_id(index: Index) -> None:
    release = open_release(index("a", pinned=False))
    data = (release.dir / "manifest.json").read_bytes()
    assert b'"encoder"' not in data
    assert Manifest.from_bytes(data).to_bytes() == data
    assert release_id(release.manifest) == release.id


def test_a_swapped_model_is_refused_under_the_same_release(index: Index) -> None:
    folder = index("a")
    swapped(open_release(folder).encoder_dir)
    with pytest.raises(IndexBrokenError, match=r"encoder\.json of encoders/\w+ "):
        open_release(folder)
    with pytest.raises(IndexBrokenError):
        open_release(folder, verify=False)


def test_a_swapped_model_in_a_store_is_not_downloaded(index: Index, store: Store, tmp_path: Path) -> None:
    folder = index("a")
    publish(folder, store)
    encoder = shutil.copytree(open_release(folder).encoder_dir, tmp_path / "evil")
    for name, data in swapped(encoder).items():
        store.put(layout.encoder_key(open_release(folder).manifest.encoder_digest, name), data)
    with pytest.raises(IndexBrokenError, match="another encoders/"):
        mirror(store, tmp_path / "local")
    publish(index("b", {"a.md": "# Other\n\nWords."}, digest="f" * 16), store, force=True)
    with pytest.raises(IndexBrokenError, match="lacks its encoder"):
        rollback(store)


def test_publishing_again_brings_the_right_encoder_back(index: Index, store: Store, tmp_path: Path) -> None:
    folder = index("a")
    publish(folder, store)
    good = open_release(folder)
    encoder = shutil.copytree(good.encoder_dir, tmp_path / "evil")
    for name, data in swapped(encoder).items():
        store.put(layout.encoder_key(good.manifest.encoder_digest, name), data)
    publish(folder, store)
    mirror(store, tmp_path / "local")
    assert (open_release(tmp_path / "local").encoder_dir / "model.onnx").read_bytes() == (
        good.encoder_dir / "model.onnx"
    ).read_bytes()


def test_force_reads_back_what_is_live_already(index: Index, store: Store, tmp_path: Path) -> None:
    folder = index("a")
    publish(folder, store)
    key = layout.encoder_key(open_release(folder).manifest.encoder_digest, "model.onnx")
    model = store.get(key)
    assert model is not None
    store.put(key, model.data[:-1] + b"~")
    publish(folder, store)
    with pytest.raises(IndexBrokenError, match="model"):
        mirror(store, tmp_path / "local")
    publish(folder, store, force=True)
    assert mirror(store, tmp_path / "local") is not None


@pytest.mark.parametrize("card", [{}, {"files": {}}, {"files": None}, {"files": []}, {"files": {"../x": {}}}, []])
def test_a_card_that_lists_nothing_switches_no_check_off(index: Index, card: object) -> None:
    folder = index("a", pinned=False)
    (open_release(folder).encoder_dir / "encoder.json").write_text(json.dumps(card))
    with pytest.raises(IndexBrokenError):
        open_release(folder)
    with pytest.raises(IndexBrokenError):
        read_card(json.dumps(card).encode())


def test_a_layer_of_another_export_is_not_used(
    index: Index, encoder: Callable[..., Path], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = index("a")
    publish(folder, store)
    monkeypatch.setattr(encoders, "ENCODER_LAYER_DIR", str(tmp_path / "opt"))
    layer = encoder(tmp_path / "opt", export=b"another export")
    mirror(store, tmp_path / "local")
    assert open_release(tmp_path / "local").encoder_dir.is_relative_to(tmp_path / "local")
    shutil.rmtree(layer)
    encoder(tmp_path / "opt")
    assert open_release(tmp_path / "local").encoder_dir == layer


def test_two_exports_stand_beside_each_other_and_go_together(index: Index, texts: Texts, store: Store) -> None:
    from datetime import UTC, datetime, timedelta

    first = open_release(index("a", export=b"one"))
    folder = index("a", texts(mark="new"), export=b"other")
    second = open_release(folder)
    assert second.encoder_dir.parent == first.encoder_dir
    assert open_release(folder, release=first.id).encoder_dir == first.encoder_dir
    publish(folder, store, release=first.id)
    publish(folder, store)
    assert len([found for found in store.list("encoders/") if found.key.endswith("model.onnx")]) == 2
    later = datetime.now(UTC) + timedelta(days=3)
    assert prune(store, keep=0, now=later).encoders == ()
    publish(index("b", texts(mark="third"), digest="f" * 16), store, force=True)
    assert rollback(store, release=first.id).release == first.id


def test_a_bad_encoder_gives_way_to_the_one_that_a_build_brings(
    index: Index, encoder: Callable[..., Path], tmp_path: Path
) -> None:
    folder = index("a")
    place = open_release(folder).encoder_dir
    good = describe_encoder(place)
    swapped(place)
    installed, files = install_encoder(
        folder, encoder(tmp_path / "cache", digest=place.name), kept=kept_manifests(folder).values()
    )
    assert (installed, files) == (place, good)
    open_release(folder)


def test_releases_that_name_no_files_keep_the_encoder_they_are_served_with(index: Index, texts: Texts) -> None:
    folder = index("a", pinned=False, export=b"of an earlier version")
    old = open_release(folder)
    index("a", texts(mark="new"), export=b"of this version")
    assert open_release(folder).encoder_dir != old.encoder_dir
    assert (open_release(folder, release=old.id).encoder_dir / "model.onnx").read_bytes().startswith(b"of an earlier")
