"""Two versions of the product side by side, as processes: upgrades and downgrades of publisher, function and index.

`next` is this package with the number of its format raised, and reads both; `old` is the last version that said nothing
of formats: the real one where git has it, else this one with what it says taken out.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

OLD = "8b92245"
EXIT_FORMAT = 22
pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True)
class Version:
    """A copy of the package that commands and servers are started from."""

    name: str
    root: Path
    cache: Path

    def environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ATHENAEUM", "AWS", "GITHUB"))}
        return kept | {
            "PYTHONPATH": str(self.root),
            "ATHENAEUM_CACHE_DIR": str(self.cache),
            "ATHENAEUM_ENCODER_URL": "off",
            "ATHENAEUM_REFRESH_SECONDS": "0",
            "ATHENAEUM_SMOKE_SECONDS": "20",
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "athenaeum", *arguments]
        return subprocess.run(
            command, env=self.environ(), cwd=self.root, capture_output=True, text=True, timeout=180, check=False
        )

    @contextmanager
    def serving(self, store: Path) -> Iterator[str]:
        """A server of this version over the store; its address."""
        command = [sys.executable, "-m", "athenaeum", "serve", "--index", str(store), "--port", str(free_port())]
        with subprocess.Popen(
            command, env=self.environ(), cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            address = f"http://127.0.0.1:{command[-1]}"
            try:
                wait_until(lambda: httpx.get(f"{address}/ready").status_code == 204)
                yield address
            finally:
                process.terminate()


def free_port() -> int:
    import socket

    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def wait_until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, "it does not come to it"
        time.sleep(0.05)


def health(address: str) -> tuple[int, dict[str, Any]]:
    # A search looks at the pointer.
    httpx.post(f"{address}/search", json={"query": "lion"}, timeout=60)
    answer = httpx.get(f"{address}/health", timeout=60)
    return answer.status_code, answer.json()


def live_in(store: Path) -> str:
    return str(json.loads((store / "current.json").read_text())["release"])


def copied(root: Path, repository: Path) -> Path:
    shutil.copytree(repository / "athenaeum", root / "athenaeum", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(repository / "template", root / "template")
    return root


@pytest.fixture(scope="session")
def versions(tiny: Any, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Version]:
    """`old`, `now` and `next`."""
    root = tmp_path_factory.mktemp("versions")
    later = copied(root / "next", repository)
    formats = later / "athenaeum" / "index" / "format" / "formats.py"
    text = formats.read_text()
    assert "WRITES = 1\nREADS = (1,)\n" in text
    formats.write_text(text.replace("WRITES = 1\nREADS = (1,)\n", "WRITES = 2\nREADS = (1, 2)\n"))
    found = subprocess.run(
        ["git", "-C", str(repository), "archive", OLD, "athenaeum", "template"], capture_output=True, check=False
    )
    if found.returncode == 0:
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(root / "old", filter="data")
    else:
        print(f"git does not have {OLD}: a copy of this version that says nothing of formats stands for it")
        silent = copied(root / "old", repository) / "athenaeum"
        route = silent / "server" / "search" / "search.py"
        route.write_text(route.read_text().replace("formats=list(formats.READS)", "formats=[]"))
    (root / "now").mkdir()
    return {
        name: Version(name, repository if name == "now" else root / name, tiny.cache) for name in ("old", "now", "next")
    }


@pytest.fixture(scope="session")
def indexes(tiny: Any, versions: dict[str, Version], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Indexes by who built them, each of other pages: `now` and `again` by this version, `next` by the one after."""
    made = {}
    for name, version in (("now", "now"), ("again", "now"), ("next", "next")):
        docs = tmp_path_factory.mktemp(f"docs-{name}")
        for page in ("lion", "bear"):
            (docs / f"{page}.md").write_text(f"# The {page}\n\nThe {page} is in the {name} forest and the river.\n")
        made[name] = tmp_path_factory.mktemp(f"index-{name}") / "index"
        done = versions[version].run("index", str(docs), "--output", str(made[name]), "--embed-model", str(tiny.model))
        assert done.returncode == 0, done.stderr
    return made


def publish(by: Version, index: Path, store: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    # Versions before this one have neither of the flags, nor ask.
    asks = () if by.name == "old" else more
    return by.run("publish", "--index", str(index), "--to", str(store), "--force", *asks)


@pytest.mark.parametrize("function", ["old", "now", "next"])
@pytest.mark.parametrize("publisher", ["old", "now", "next"])
def test_a_publisher_of_any_version_and_a_function_of_any_version(
    versions: dict[str, Version], indexes: dict[str, Path], tmp_path: Path, publisher: str, function: str
) -> None:
    """What is live stays live, or what is new becomes live; the function answers at every moment."""
    store = tmp_path / "store"
    assert publish(versions["now"], indexes["now"], store).returncode == 0
    first = live_in(store)
    by = versions[publisher]
    index = indexes["next" if publisher == "next" else "again"]
    readable = publisher != "next" or function == "next"
    with versions[function].serving(store) as address:
        wait_until(lambda: health(address)[0] == 200)
        done = publish(by, index, store, "--endpoint", address)
        assert done.returncode == (0 if readable else EXIT_FORMAT), done.stdout + done.stderr
        if readable:
            assert live_in(store) != first
            wait_until(lambda: health(address)[1].get("release") == live_in(store))
        else:
            assert "has format 2" in done.stderr
            assert "reads format 1" in done.stderr
            assert live_in(store) == first
            assert health(address)[1]["release"] == first
        if publisher != "old" and readable:
            assert "answers from release" in done.stdout
    if not readable:
        with versions[function].serving(store) as address:
            wait_until(lambda: health(address)[1].get("release") == first)


@pytest.mark.parametrize("function", ["old", "now"])
def test_the_way_back_to_an_earlier_function(
    versions: dict[str, Version], indexes: dict[str, Path], tmp_path: Path, function: str
) -> None:
    """The index first, then the function; and a function that went first says why it has nothing, until it has."""
    store = tmp_path / "store"
    assert publish(versions["now"], indexes["now"], store).returncode == 0
    first = live_in(store)
    with versions["next"].serving(store) as address:
        assert publish(versions["next"], indexes["next"], store, "--endpoint", address).returncode == 0
    with versions[function].serving(store) as address:
        status, body = health(address)
        assert (status, body["error"]["code"]) == (503, "index_format")
        done = versions["next"].run("rollback", first, "--to", str(store), "--endpoint", address)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: health(address)[1].get("release") == first)
        # And not forward again, while this is what answers.
        done = publish(versions["next"], indexes["next"], store, "--endpoint", address)
        assert done.returncode == EXIT_FORMAT
        assert health(address)[1]["release"] == first


def test_a_publisher_that_goes_back_replaces_what_it_cannot_read(
    versions: dict[str, Version], indexes: dict[str, Path], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    assert publish(versions["now"], indexes["now"], store).returncode == 0
    with versions["next"].serving(store) as address:
        assert publish(versions["next"], indexes["next"], store, "--endpoint", address).returncode == 0
        done = publish(versions["now"], indexes["again"], store, "--endpoint", address)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: health(address)[1].get("release") == live_in(store))
        assert len(list((store / "releases").iterdir())) == 3


def test_who_cannot_ask_is_told_what_is_not_checked_and_remembers(
    versions: dict[str, Version], indexes: dict[str, Path], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    done = publish(versions["now"], indexes["now"], store)
    assert "was not checked" in done.stdout
    assert "No endpoint was asked" in done.stdout
    with versions["now"].serving(store) as address:
        assert publish(versions["now"], indexes["again"], store, "--endpoint", address).returncode == 0
    assert publish(versions["next"], indexes["next"], store).returncode == EXIT_FORMAT
