"""The encoder's layer: the model's weights lie beside its graph, and give the very same vectors."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from athenaeum.embeddings.encoder import open_encoder
from athenaeum.embeddings.prepare import prepare_encoder
from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.infra.bundles.encoder import bundle_encoder
from athenaeum.settings import cache_dir

QUERIES = ["how do I install it", "", "warning: deleting the bucket cannot be undone", "日本語の文書 🦁"]


@pytest.fixture(scope="module")
def encoder() -> Path:
    """The default encoder, as an index has it."""
    return prepare_encoder(cache=cache_dir())


def unpack(encoder: Path, folder: Path) -> Path:
    bundle = bundle_encoder(encoder, cache=folder / "cache")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder / "opt")
    assert sum(path.stat().st_size for path in folder.joinpath("opt").rglob("*") if path.is_file()) == bundle.unzipped
    return folder / "opt" / "athenaeum" / "encoders" / encoder.name


def test_the_layers_encoder_gives_the_very_vectors_of_the_indexs(encoder: Path, tmp_path: Path) -> None:
    layer = unpack(encoder, tmp_path)
    assert {path.name for path in layer.iterdir()} == {
        *("encoder.json", "tokenizer.json", "model.onnx", "model.onnx.data"),
    }
    assert (layer / "model.onnx").stat().st_size < (layer / "model.onnx.data").stat().st_size / 10
    one, other = open_encoder(encoder), open_encoder(layer)
    for query in QUERIES:
        np.testing.assert_array_equal(one.embed_query(query), other.embed_query(query))


def test_the_same_encoder_is_the_same_asset(encoder: Path, tmp_path: Path) -> None:
    one, two = (bundle_encoder(encoder, cache=tmp_path / name) for name in ("one", "two"))
    assert one.digest == two.digest
    assert one.path.read_bytes() == two.path.read_bytes()


def write_card(folder: Path) -> None:
    """A card that says what is in the folder."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "encoder.json"}
    listed = {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()}
    (folder / "encoder.json").write_text(json.dumps({"files": listed}))


def test_a_model_in_parts_already_stays_as_it_is(encoder: Path, tmp_path: Path) -> None:
    first = unpack(encoder, tmp_path / "first")
    write_card(first)
    again = unpack(first, tmp_path / "second")
    for path in first.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()


def test_what_is_no_model_is_taken_along_unchanged(tmp_path: Path) -> None:
    odd = tmp_path / "0123456789abcdef"
    odd.mkdir()
    (odd / "model.onnx").write_bytes(b"\x00not a graph")
    write_card(odd)
    assert (unpack(odd, tmp_path) / "model.onnx").read_bytes() == b"\x00not a graph"


def test_a_model_that_is_not_what_its_card_says_gets_into_no_layer(tmp_path: Path) -> None:
    odd = tmp_path / "0123456789abcdef"
    odd.mkdir()
    (odd / "model.onnx").write_bytes(b"the model")
    write_card(odd)
    (odd / "model.onnx").write_bytes(b"the poison")
    with pytest.raises(IndexBrokenError, match=r"model\.onnx"):
        bundle_encoder(odd, cache=tmp_path / "cache")


@pytest.mark.parametrize(("there", "error"), [(False, IndexNotFoundError), (True, IndexBrokenError)])
def test_a_folder_without_an_encoder_is_refused(there: bool, error: type[Exception], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    if there:
        folder.mkdir()
    with pytest.raises(error):
        bundle_encoder(folder, cache=tmp_path / "cache")
