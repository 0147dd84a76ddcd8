"""A publisher or builder that is killed at any moment: readers see a whole release, and a plain re-run finishes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import kept_releases, open_release
from athenaeum.index.store.s3 import open_store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]

# The imports come first and the word is awaited, so that the time until the kill is time spent publishing.
PUBLISHER = """
import sys, time
from pathlib import Path
from athenaeum.index.publishing.publish import publish
from athenaeum.index.store.s3 import open_store
store = open_store(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
publish(Path(sys.argv[1]), store)
print("done", time.perf_counter() - began, flush=True)
"""
BUILDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import build, some_pages
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
build(Path(sys.argv[1]), some_pages(40, mark=sys.argv[3]))
print("done", time.perf_counter() - began, flush=True)
"""


def run_and_kill(program: str, *arguments: str, after: float | None, environ: dict[str, str]) -> float:
    """Start a program, let it go, kill it after so many seconds (None: do not).

    The seconds it took, 0 when it was killed before it had finished.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | environ,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    if after is not None:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return float(rest.split()[1]) if rest.startswith("done") else 0.0


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int], str]:
    """The n-th fresh address of each kind."""
    if request.param == "folder":
        return lambda number: str(tmp_path / f"store {number}")
    bucket = request.getfixturevalue("bucket")
    return lambda number: f"s3://{bucket}/kill-{number}/"


def kill_publishers(
    old: Path, new: Path, address: Callable[[int], str], *, environ: dict[str, str], rounds: int
) -> int:
    """Kill `rounds` publishers at random moments and check after each; how many were killed in time."""
    warm = open_store(address(rounds), environ=os.environ | environ)
    publish(old, warm)
    began = time.perf_counter()
    publish(new, warm)
    longest = time.perf_counter() - began
    before, after = open_release(old).id, open_release(new).id
    chosen = random.Random(rounds)
    killed = 0
    for number in range(rounds):
        store = open_store(address(number), environ=os.environ | environ)
        publish(old, store)
        moment = chosen.uniform(0, longest)
        killed += not run_and_kill(PUBLISHER, str(new), address(number), after=moment, environ=environ)
        pointer, _ = read_live(store)
        assert pointer is not None
        assert pointer.release in (before, after)
        local = new.parent / f"local-{number}"
        mirror(store, local)
        assert open_release(local).id == pointer.release
        assert publish(new, store).release == after
        mirror(store, local)
        assert open_release(local).id == after
        if not address(number).startswith("s3"):
            leftovers = [path.name for path in (Path(address(number)) / ".work").iterdir() if path.suffix != ".lock"]
            assert leftovers == []
    return killed


def test_a_killed_publisher_harms_nobody(
    index: Index, texts: Texts, address: Callable[[int], str], s3_environ: dict[str, str]
) -> None:
    old, new = index("old"), index("new", texts(mark="new"), digest="cd" * 8)
    assert kill_publishers(old, new, address, environ=s3_environ, rounds=6) >= 1


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_fifty_killed_publishers_harm_nobody(
    index: Index, texts: Texts, address: Callable[[int], str], s3_environ: dict[str, str]
) -> None:
    old, new = index("old"), index("new", texts(mark="new"), digest="cd" * 8)
    assert kill_publishers(old, new, address, environ=s3_environ, rounds=50) >= 10


def kill_builders(index: Index, *, rounds: int) -> int:
    """Kill `rounds` builders at random moments, each followed by a plain re-run; how many were killed in time."""
    folder = index("built")
    tools = str(Path(__file__).parent.parent)
    chosen = random.Random(rounds)
    killed = 0
    longest = run_and_kill(BUILDER, str(folder), tools, "first", after=None, environ={})
    for number in range(rounds):
        before = open_release(folder).id
        moment = chosen.uniform(0, longest)
        killed += not run_and_kill(BUILDER, str(folder), tools, str(number), after=moment, environ={})
        release = open_release(folder)
        assert release.id == before or release.manifest.pages == 40
        assert run_and_kill(BUILDER, str(folder), tools, str(number), after=None, environ={})
        assert open_release(folder).manifest.pages == 40
        assert len(kept_releases(folder)) <= 6
        leftovers = [path.name for path in (folder / ".work").iterdir() if path.suffix != ".lock"]
        assert leftovers == []
    return killed


def test_a_killed_builder_leaves_the_old_release(index: Index) -> None:
    assert kill_builders(index, rounds=6) >= 1


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_fifty_killed_builders_leave_a_whole_release(index: Index) -> None:
    assert kill_builders(index, rounds=50) >= 10
