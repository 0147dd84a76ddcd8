"""What a manifest keeps, what it refuses, and what its id depends on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.errors import IndexBrokenError, IndexFormatError
from athenaeum.index.format.manifest import FileEntry, Manifest, id_of, is_release_id, release_id

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,11}(/[A-Za-z0-9_][A-Za-z0-9_-]{0,7}){0,2}", fullmatch=True)
entries = st.builds(FileEntry, sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True), size=st.integers(0, 2**40))
manifests = st.builds(
    Manifest,
    inputs_digest=st.text(max_size=64),
    embedding=st.dictionaries(st.text(), json_values, max_size=4),
    files=st.dictionaries(names, entries, max_size=5),
    pages=st.integers(0, 10**7),
    chunks=st.integers(0, 10**7),
    vectors=st.integers(0, 10**7),
    docs=st.lists(st.text(), max_size=3).map(tuple),
    site=st.dictionaries(st.text(), st.text(), max_size=3),
    chunking=st.dictionaries(st.text(), json_values, max_size=3),
    builder=st.text(max_size=10),
    encoder_files=st.just({}) | st.fixed_dictionaries({"encoder.json": entries, "model.onnx": entries}),
)


@given(manifests)
def test_a_manifest_survives_its_bytes(manifest: Manifest) -> None:
    data = manifest.to_bytes()
    again = Manifest.from_bytes(data, release=release_id(manifest))
    assert again == manifest
    assert again.to_bytes() == data


@given(manifests, st.randoms())
def test_the_id_does_not_depend_on_the_order_of_files_and_settings(manifest: Manifest, random: object) -> None:
    items = list(manifest.files.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    data = manifest.to_json() | {"files": {name: {"size": e.size, "sha256": e.sha256} for name, e in items}}
    assert release_id(Manifest.from_json(data)) == release_id(manifest)


@given(manifests, st.sampled_from(["inputs_digest", "builder"]))
def test_the_id_changes_with_the_content(manifest: Manifest, name: str) -> None:
    data = manifest.to_json()
    other = Manifest.from_json(data | {name: data[name] + "x"})
    assert release_id(other) != release_id(manifest)
    assert is_release_id(release_id(other))


def test_a_manifest_says_nothing_about_when_or_from_which_commit_it_was_built() -> None:
    empty = Manifest(inputs_digest="", embedding={}, files={}, pages=0, chunks=0, vectors=0)
    assert set(empty.to_json()) == {
        "format", "inputs_digest", "builder", "docs", "site", "chunking", "embedding", "counts", "files",
    }  # fmt: skip


def test_a_changed_manifest_is_not_taken_for_the_release() -> None:
    data = Manifest(inputs_digest="a", embedding={}, files={}, pages=1, chunks=1, vectors=1).to_bytes()
    with pytest.raises(IndexBrokenError, match="changed after it was written"):
        Manifest.from_bytes(data.replace(b'"a"', b'"b"'), release=id_of(data))


def test_another_format_is_refused_with_a_remedy() -> None:
    with pytest.raises(IndexFormatError) as caught:
        Manifest.from_json({"format": 2})
    assert "Build the index again" in caught.value.remedy


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x",
        "a/../../x",
        "",
        "a//b",
        "./a",
        "a\\b",
        "a\0b",
        "a/",
        ".",
        "a/b/c/d/e",
        "a\nb",
        "é",
        "x" * 200,
        "manifest.json",
        ".work",
        "lexical/.tantivy-meta.lock/x",
        ".tantivy-meta.lock",
        "-rf",
    ],
)
def test_a_file_name_that_leaves_the_release_is_refused(name: str) -> None:
    data = Manifest(inputs_digest="", embedding={}, files={}, pages=0, chunks=0, vectors=0).to_json()
    data["files"] = {name: {"sha256": "0" * 64, "size": 1}}
    with pytest.raises(IndexBrokenError):
        Manifest.from_json(data)


@pytest.mark.parametrize(
    "change",
    [
        {"counts": {"pages": -1, "chunks": 0, "vectors": 0}},
        {"counts": {"pages": True, "chunks": 0, "vectors": 0}},
        {"counts": None},
        {"files": {"a": {"sha256": "zz", "size": 1}}},
        {"files": {"a": {"sha256": "0" * 64, "size": "1"}}},
        {"files": []},
        {"docs": 3},
        {"site": {"url": 1}},
        {"inputs_digest": None},
    ],
)
def test_malformed_manifests_are_broken_not_crashes(change: dict[str, object]) -> None:
    data = Manifest(inputs_digest="", embedding={}, files={}, pages=0, chunks=0, vectors=0).to_json()
    with pytest.raises(IndexBrokenError):
        Manifest.from_json(data | change)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_broken_or_of_another_format(data: bytes) -> None:
    with pytest.raises((IndexBrokenError, IndexFormatError)):
        Manifest.from_bytes(data)


def test_deeply_nested_json_is_refused() -> None:
    with pytest.raises((IndexBrokenError, IndexFormatError)):
        Manifest.from_bytes(json.dumps({"format": 1}).encode()[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
