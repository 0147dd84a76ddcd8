"""The encoder of a release: fetched over HTTP, held to its card, and exported here when anything about it is wrong."""

import functools
import hashlib
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from athenaeum.embeddings.encoder import open_encoder
from athenaeum.embeddings.identity import encoder_digest
from athenaeum.embeddings.prepare import is_whole, prepare_encoder
from athenaeum.embeddings.published import ADDRESS, CARDS, asset_name, fetch_published, published_card
from athenaeum.embeddings.source import find_source
from athenaeum.embeddings.stripping import strip_notes
from athenaeum.embeddings.traits import read_traits
from athenaeum.settings import cache_dir

FILES = ("model.onnx", "tokenizer.json")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address under which a web server has its files."""
    folder = tmp_path / "assets"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def encoder(make_model: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small encoder, exported here; its card serves as a published one."""
    return prepare_encoder(str(make_model()), precision="fp32", cache=tmp_path_factory.mktemp("made"))


@pytest.fixture
def cards(encoder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "cards"
    folder.mkdir()
    shutil.copyfile(encoder / "encoder.json", folder / f"{encoder.name}.json")
    return folder


def offer(encoder: Path, folder: Path) -> None:
    for name in FILES:
        shutil.copyfile(encoder / name, folder / asset_name(encoder.name, name))


def test_it_is_fetched_whole_and_encodes_as_the_exported_one(
    encoder: Path, cards: Path, served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = served
    offer(encoder, folder)
    target = tmp_path / encoder.name
    assert fetch_published(encoder.name, target, cards=cards, environ={ADDRESS: address})
    assert is_whole(target)
    assert (open_encoder(target).embed_query("honey") == open_encoder(encoder).embed_query("honey")).all()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.unlink(), "HTTP 404"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "its sha256 differs"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\0"), "its sha256 differs"),
        (lambda path: path.write_bytes(path.read_bytes() + b"\0"), "its size differs"),
    ],
    ids=["absent", "short", "changed", "long"],
)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_what_the_card_says_leaves_nothing_and_says_why(
    name: str,
    damage: Callable[[Path], object],
    reason: str,
    encoder: Path,
    cards: Path,
    served: tuple[Path, str],
    tmp_path: Path,
) -> None:
    folder, address = served
    offer(encoder, folder)
    damage(folder / asset_name(encoder.name, name))
    said: list[str] = []
    home = tmp_path / "encoders"
    home.mkdir()
    there = fetch_published(
        encoder.name,
        home / encoder.name,
        cards=cards,
        environ={ADDRESS: address},
        progress=lambda *a: said.append(a[0]),
    )
    assert not there
    assert said[-1] == f"the published encoder is not used ({reason}); exporting it here"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("address", ["off", "ftp://127.0.0.1/", "file:///etc", "http://127.0.0.1:9/"])
def test_a_place_that_cannot_be_read_is_no_error(address: str, encoder: Path, cards: Path, tmp_path: Path) -> None:
    assert not fetch_published(encoder.name, tmp_path / "none", cards=cards, environ={ADDRESS: address})


def test_a_damaged_encoder_of_the_cache_is_replaced(
    encoder: Path, cards: Path, served: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = served
    offer(encoder, folder)
    target = tmp_path / encoder.name
    target.mkdir()
    (target / "model.onnx").write_bytes(b"half")
    assert fetch_published(encoder.name, target, cards=cards, environ={ADDRESS: address})
    assert is_whole(target)


def test_an_export_names_no_folder_of_the_machine(encoder: Path) -> None:
    model = (encoder / "model.onnx").read_bytes()
    assert sys.prefix.encode() not in model
    assert b"site-packages" not in model


def test_stripping_is_done_when_it_is_done(encoder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model.onnx"
    shutil.copyfile(encoder / "model.onnx", copy)
    strip_notes(copy)
    assert copy.read_bytes() == (encoder / "model.onnx").read_bytes()


def test_the_default_encoder_is_published_with_this_version() -> None:
    source = find_source("")
    digest = encoder_digest(source, read_traits(source.folder), precision="", cache=cache_dir())
    assert [path.stem for path in CARDS.iterdir()] == [digest]
    assert published_card(digest) is not None


NO_TORCH = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from pathlib import Path
from athenaeum.embeddings.prepare import prepare_encoder
print(prepare_encoder("", cache=Path(sys.argv[1])))
"""


def test_the_default_encoder_needs_no_torch_where_the_release_has_it(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = served
    made = prepare_encoder("", cache=cache_dir())
    offer(made, folder)
    # A cache may hold an export of before exports were stripped; what is published is the stripped one.
    strip_notes(folder / asset_name(made.name, "model.onnx"))
    card = published_card(made.name)
    assert card is not None
    for name in FILES:
        found = hashlib.sha256((folder / asset_name(made.name, name)).read_bytes()).hexdigest()
        assert found == card["files"][name]["sha256"], name
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), ADDRESS: address}
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH, tmp_path / "cache"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert is_whole(Path(done.stdout.strip()))
    environment[ADDRESS] = "off"
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH, tmp_path / "other"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "MissingExtraError" in done.stderr


@pytest.mark.long
def test_the_default_encoder_exported_here_is_the_published_one_to_the_byte(tmp_path: Path) -> None:
    made = prepare_encoder("", cache=tmp_path)
    card = published_card(made.name)
    assert card is not None
    for name in FILES:
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == card["files"][name]["sha256"], name
