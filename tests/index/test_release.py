"""Releases are committed whole, opened only when they are what they say, and small in number."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import DiskError, IndexBrokenError, IndexFormatError, IndexNotFoundError, ReleaseNotFoundError
from athenaeum.index import layout
from athenaeum.index.atomic import staging
from athenaeum.index.format import encoders
from athenaeum.index.format.encoders import find_encoder, install_encoder
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import HISTORY
from athenaeum.index.release import commit_release, kept_releases, open_release


def test_a_built_index_opens(index: Callable[..., Path]) -> None:
    folder = index("a", commit="c1")
    release = open_release(folder)
    assert (release.manifest.pages, release.pointer.commit) == (4, "c1")
    assert release.pages_file.is_file()
    assert release.vectors_file.is_file()
    assert (release.encoder_dir / "model.onnx").is_file()


def test_another_user_may_read_what_was_built(index: Callable[..., Path]) -> None:
    folder = index("a")
    release = open_release(folder)
    for path in (release.dir, release.encoder_dir):
        assert path.stat().st_mode & 0o055 == 0o055
    for path in (folder / "current.json", release.pages_file, release.dir / "manifest.json"):
        assert path.stat().st_mode & 0o044 == 0o044


def test_the_same_content_is_the_same_release_and_moves_the_commit(index: Callable[..., Path]) -> None:
    first = open_release(index("a", commit="c1"))
    second = open_release(index("a", commit="c2"))
    assert first.id == second.id
    assert (second.pointer.commit, second.pointer.history) == ("c2", ())


def test_earlier_releases_stay_and_are_forgotten_in_time(
    index: Callable[..., Path], texts: Callable[..., dict[str, str]]
) -> None:
    made = [open_release(index("a", texts(mark=str(n)))).id for n in range(HISTORY + 4)]
    folder = index("a", texts(mark=str(HISTORY + 3)))
    assert sorted(kept_releases(folder)) == sorted(made[-HISTORY - 1 :])
    assert open_release(folder, release=made[-2]).id == made[-2]
    with pytest.raises(ReleaseNotFoundError):
        open_release(folder, release=made[0])
    with pytest.raises(ReleaseNotFoundError):
        open_release(folder, release="../../etc")


def test_no_index_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(IndexNotFoundError) as caught:
            open_release(folder)
        assert "athenaeum index" in caught.value.remedy


@pytest.mark.parametrize("name", ["pages.sqlite", "vectors.faiss", "lexical/terms", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip a bit", "cut short", "remove", "append"])
def test_a_harmed_release_is_refused(index: Callable[..., Path], name: str, harm: str) -> None:
    folder = index("a")
    file = open_release(folder).dir / name
    data = file.read_bytes()
    middle = len(data) // 2
    if harm == "remove":
        file.unlink()
    else:
        file.write_bytes(
            {
                "flip a bit": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
                "cut short": data[:middle],
                "append": data + b"x",
            }[harm]
        )
    with pytest.raises(IndexBrokenError):
        open_release(folder)


def test_a_release_of_another_format_is_refused(index: Callable[..., Path]) -> None:
    folder = index("a")
    pointer = (folder / "current.json").read_text()
    (folder / "current.json").write_text(pointer.replace('"format": 1', '"format": 7'))
    with pytest.raises(IndexFormatError):
        open_release(folder)


def test_a_pointer_to_a_release_that_is_gone_is_broken(index: Callable[..., Path]) -> None:
    folder = index("a")
    shutil.rmtree(open_release(folder).dir)
    with pytest.raises(IndexBrokenError, match="is not in"):
        open_release(folder)


def test_building_again_mends_a_harmed_release(index: Callable[..., Path]) -> None:
    folder = index("a")
    open_release(folder).pages_file.write_bytes(b"harm")
    assert open_release(index("a")).manifest.pages == 4


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "encoder.json"])
def test_a_harmed_encoder_is_refused_and_mended_by_building_again(index: Callable[..., Path], name: str) -> None:
    folder = index("a")
    file = open_release(folder).encoder_dir / name
    file.unlink()
    file.write_bytes(b"harm")
    with pytest.raises(IndexBrokenError):
        open_release(folder)
    open_release(index("a"))


def test_the_encoder_in_the_layer_comes_first(
    index: Callable[..., Path], encoder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = index("a")
    digest = open_release(folder).manifest.encoder_digest
    monkeypatch.setattr(encoders, "ENCODER_LAYER_DIR", str(tmp_path / "opt"))
    assert find_encoder(folder, digest).is_relative_to(folder)
    encoder(tmp_path / "opt", digest=digest)
    shutil.rmtree(folder / layout.ENCODERS)
    assert open_release(folder).encoder_dir.is_relative_to(tmp_path / "opt")


@pytest.mark.parametrize("digest", ["", "..", "../../x", "zz", "a/b"])
def test_an_encoder_digest_never_becomes_another_path(tmp_path: Path, digest: str) -> None:
    with pytest.raises(IndexBrokenError):
        find_encoder(tmp_path, digest)


def test_a_full_disk_while_committing_leaves_the_old_release(
    index: Callable[..., Path], small_files: Callable[[int], object]
) -> None:
    folder = index("a", commit="old")
    before = open_release(folder).id
    with staging(folder, "build") as staged:
        (staged / "pages.sqlite").write_bytes(b"x" * 5000)
        manifest = Manifest(
            inputs_digest="x", embedding={"digest": "ab12cd34ef56ab78"}, files={}, pages=1, chunks=1, vectors=1
        )
        with small_files(100), pytest.raises(DiskError):  # type: ignore[attr-defined]
            commit_release(folder, staged, manifest)
    assert open_release(folder).id == before
    assert kept_releases(folder) == [before]


def test_an_encoder_is_installed_once_and_stands_on_its_own(encoder: Callable[..., Path], tmp_path: Path) -> None:
    source = encoder(tmp_path / "cache")
    place, files = install_encoder(tmp_path / "index", source)
    before = (place / "encoder.json").stat().st_mtime_ns
    assert install_encoder(tmp_path / "index", source) == (place, files)
    assert (place / "encoder.json").stat().st_mtime_ns == before
    (source / "model.onnx").write_bytes(b"")
    assert find_encoder(tmp_path / "index", source.name) == place


def test_an_encoder_that_is_not_whole_is_not_installed(encoder: Callable[..., Path], tmp_path: Path) -> None:
    source = encoder(tmp_path / "cache")
    (source / "model.onnx").unlink()
    with pytest.raises(IndexBrokenError):
        install_encoder(tmp_path / "index", source)
    assert not (tmp_path / "index" / "encoders").exists()
