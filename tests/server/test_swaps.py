"""Releases that change beneath a real process on a real bucket: under load, damaged, and frozen between requests."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from processes import bucket, running_entry, wait_for, write_docs

from athenaeum.config import Config
from athenaeum.index import layout
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import advance
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.swap import read_live, swap
from athenaeum.index.store.objects import Store
from athenaeum.ingestion.pipeline import build


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Six index folders, each with its release; every chunk carries its release's mark."""
    made = []
    for number in range(6):
        pages = {f"p{page}.md": f"# Page {page}\n\nHow to launch, mark-{number}x here.\n" for page in range(5)}
        docs = write_docs(tmp_path_factory.mktemp(f"docs{number}"), pages)
        output = tmp_path_factory.mktemp(f"index{number}")
        build([docs], output=output, config=Config())
        made.append((output, f"mark-{number}x"))
    return made


def spoil(store: Store, *, corrupt: bool) -> None:
    """Point at a release that is corrupt, or half there: what a tool that knows nothing of pointers may leave."""
    pointer, etag = read_live(store)
    assert pointer is not None
    blob = store.get(layout.release_key(pointer.release, layout.MANIFEST))
    assert blob is not None
    manifest = Manifest.from_bytes(blob.data, release=pointer.release)
    bad = "bad0" * 5 if corrupt else "0bad" * 5
    store.put(layout.release_key(bad, layout.MANIFEST), blob.data)
    for name in list(manifest.files)[1:]:
        store.put(layout.release_key(bad, name), b"not what it was" if corrupt else b"")
    swap(store, advance(pointer, release=bad), etag=etag)


def check(answer: httpx.Response, marks: dict[str, str]) -> str:
    """One answer, one release; its id."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert answer.headers["athenaeum-release"] == body["release"]
    assert body["data"]
    assert all(marks[body["release"]] in hit["content"] for hit in body["data"]), body
    return str(body["release"])


def swap_under_load(
    client: httpx.Client, store: Store, releases: list[tuple[Path, str]], *, swaps: int, seconds: float, callers: int
) -> Counter[str]:
    """`callers` requests in flight all the time while releases change; how many answers each release gave."""
    marks = {(path / layout.RELEASES).iterdir().__next__().name: mark for path, mark in releases}
    stop = threading.Event()

    def ask(caller: int) -> Counter[str]:
        seen: Counter[str] = Counter()
        with httpx.Client(base_url=client.base_url, timeout=60) as mine:
            while not stop.is_set():
                seen[check(mine.post("/search", json={"query": f"launch {caller} {seen.total() % 5}"}), marks)] += 1
        return seen

    with ThreadPoolExecutor(callers) as pool:
        jobs = [pool.submit(ask, caller) for caller in range(callers)]
        try:
            for number in range(swaps):
                time.sleep(seconds / swaps)
                if number in (swaps // 3, 2 * swaps // 3):
                    spoil(store, corrupt=number == swaps // 3)
                    wait_for(lambda: client.get("/health").json()["status"] == "degraded")
                publish(releases[(number + 1) % len(releases)][0], store, force=True)
        finally:
            stop.set()
        return sum((job.result() for job in jobs), Counter())


@contextmanager
def served(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: Path, **environment: str
) -> Iterator[tuple[psutil.Process, httpx.Client, Store]]:
    told = {"ATHENAEUM_INDEX_DIR": str(tmp_path / "copy"), "ATHENAEUM_REFRESH_SECONDS": "0.2"} | environment
    with bucket(monkeypatch) as (settings, store):
        publish(first, store)
        with running_entry(**settings, **told) as (made, client):
            wait_for(lambda: client.get("/health").status_code == 200)
            yield psutil.Process(made.pid), client, store


def test_releases_change_beneath_a_process_without_a_failed_or_mixed_answer(releases, tmp_path, monkeypatch):
    with served(monkeypatch, tmp_path, releases[0][0]) as (_, client, store):
        seen = swap_under_load(client, store, releases[:3], swaps=3, seconds=3, callers=6)
        assert len(seen) >= 2
        wait_for(lambda: client.get("/health").json()["status"] == "ok")
        # What is no longer served is no longer kept.
        wait_for(lambda: len(list((tmp_path / "copy" / "releases").iterdir())) == 1)


@pytest.mark.long
def test_a_minute_with_fifty_requests_in_flight_and_twenty_releases(releases, tmp_path, monkeypatch):
    with served(monkeypatch, tmp_path, releases[0][0]) as (process, client, store):
        swap_under_load(client, store, releases, swaps=6, seconds=10, callers=50)
        before = process.memory_info().rss
        seen = swap_under_load(client, store, releases, swaps=20, seconds=60, callers=50)
        grown = (process.memory_info().rss - before) / 2**20
        print(
            f"{seen.total()} answers from {len(seen)} releases, memory {before / 2**20:.0f} MiB, grew {grown:.1f} MiB"
        )
        assert len(seen) == len(releases)
        assert grown < 48


def test_an_instance_that_is_frozen_between_requests_follows_the_releases(releases, tmp_path, monkeypatch):
    marks = {next((path / layout.RELEASES).iterdir()).name: mark for path, mark in releases}
    # The name makes the process one that is frozen; without AWS's region and credentials it would not start.
    frozen = {"AWS_LAMBDA_FUNCTION_NAME": "frozen"}
    with served(monkeypatch, tmp_path, releases[0][0], **frozen) as (process, client, store):
        answered = []
        for path, mark in (*releases[1:4], releases[0]):
            process.suspend()
            publish(path, store, force=True)
            time.sleep(0.5)
            for _ in range(10):
                os.kill(process.pid, signal.SIGCONT)
                answer = client.post("/search", json={"query": "launch"})
                process.suspend()
                release = check(answer, marks)
                if marks[release] == mark:
                    break
                time.sleep(0.3)
            answered.append(marks[release])
            spoil(store, corrupt=True)
            process.resume()
            assert client.post("/search", json={"query": "launch"}).status_code == 200
        assert answered == [mark for _, mark in (*releases[1:4], releases[0])]
        process.resume()
        wait_for(lambda: client.get("/health").json()["status"] == "degraded")
