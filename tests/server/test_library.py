"""The life of an index in a process: loading, refreshing, swapping, failing and recovering."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from athenaeum.errors import IndexBrokenError, IndexNotFoundError, StoreError
from athenaeum.server.live.library import Library
from athenaeum.server.live.source import Begun, begin, begun
from athenaeum.settings import ServerSettings

OTHER = {"index.md": "# Other\n\nAnother text about launch.\n"}


def library(shelf, *, every=0.0, clock=time.time) -> Library:
    return Library(source=shelf, opener=shelf.open, every=every, clock=clock, sleep=lambda _: None)


def load(held: Library) -> None:
    held.begin().result(timeout=10)


def test_a_lease_keeps_its_release_open_until_it_ends(shelf):
    held = library(shelf)
    load(held)
    old = shelf.pointer.release
    with held.lease() as loaded:
        new = shelf.publish(OTHER)
        load(held)
        assert held.release == new
        assert loaded.release == old
        assert not shelf.searchers[old].closed
        assert loaded.searcher.search("launch")
    assert shelf.searchers[old].closed
    assert shelf.done == [old]
    held.close()


def test_the_pointer_is_looked_at_once_in_the_interval_however_many_requests_come(shelf):
    now = [1000.0]
    held = library(shelf, every=30, clock=lambda: now[0])
    load(held)
    for _ in range(50):
        assert held.check() == (None, False)
    now[0] += 31
    work, began = held.check()
    assert began
    work.result(timeout=10)
    assert shelf.looks == 1
    held.close()


def test_a_clock_that_jumps_back_as_after_a_thaw_does_not_stop_the_checks(shelf):
    now = [1000.0]
    held = library(shelf, every=30, clock=lambda: now[0])
    load(held)
    now[0] -= 500
    assert held.due()
    held.close()


@pytest.mark.parametrize("failure", [IndexBrokenError("half"), StoreError("away"), MemoryError(), ValueError("bad")])
def test_a_release_that_cannot_be_had_leaves_the_live_one_and_shows(serve, shelf, failure):
    running = serve()
    good = running.client.get("/health").json()["release"]
    shelf.publish(OTHER)
    shelf.bring_failure = failure
    answers = [running.client.post("/search", json={"query": "launch"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    health = running.client.get("/health")
    assert health.status_code == 200
    assert (health.json()["status"], health.json()["release"]) == ("degraded", good)
    assert health.json()["reason"]["code"]


def test_a_broken_release_is_tried_less_and_less_and_a_repaired_one_is_taken(shelf):
    now = [1000.0]
    held = library(shelf, every=10, clock=lambda: now[0])
    load(held)
    new = shelf.publish(OTHER)
    shelf.bring_failure = IndexBrokenError("half")
    tries = 0
    for _ in range(40):
        now[0] += 10
        work, began = held.check()
        tries += began
        if work:
            work.result(timeout=10)
    assert 3 <= tries <= 8
    shelf.bring_failure = None
    now[0] += 200
    held.check()[0].result(timeout=10)
    assert held.release == new
    assert held.refresh.failure is None
    held.close()


def test_a_cold_process_retries_with_pauses_and_then_answers_503(shelf):
    pauses = []
    shelf.failure = IndexNotFoundError("none yet")
    held = Library(source=shelf, opener=shelf.open, sleep=pauses.append)
    load(held)
    assert pauses == [0.2, 0.4, 0.8, 1.6]
    with pytest.raises(IndexNotFoundError), held.lease():
        pass
    shelf.failure = None
    load(held)
    assert held.ready
    held.close()


def test_the_end_of_the_first_load_is_told_once_whether_it_went_well_or_not(shelf):
    told = []
    shelf.failure = IndexNotFoundError("none yet")
    held = Library(
        source=shelf, opener=shelf.open, once_loaded=lambda: told.append(held.ready), every=0, sleep=lambda _: None
    )
    load(held)
    shelf.failure = None
    load(held)
    shelf.publish(OTHER)
    load(held)
    assert told == [False, True]
    held.close()


def test_a_source_that_was_begun_brings_while_nobody_waits_and_only_once(shelf):
    shelf.bring_seconds = 0.3
    begun = Begun(shelf)
    time.sleep(0.4)
    before = time.perf_counter()
    first = begun.bring(keep=())
    assert time.perf_counter() - before < 0.1
    new = shelf.publish(OTHER)
    assert first.pointer.release != new
    assert begun.bring(keep=()).pointer.release == new


def test_what_was_begun_for_some_settings_is_handed_over_once(tmp_path):
    settings = ServerSettings(index_dir=str(tmp_path / "nowhere"))
    begin(settings)
    assert not isinstance(begun(ServerSettings(index_dir=str(tmp_path))), Begun)
    assert isinstance(begun(settings), Begun)
    assert not isinstance(begun(settings), Begun)


def test_a_beginning_that_failed_is_the_first_of_the_attempts(shelf):
    shelf.failure = IndexNotFoundError("none yet")
    begun = Begun(shelf)
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        shelf.failure = None

    held = Library(source=begun, opener=shelf.open, sleep=pause)
    load(held)
    assert (held.ready, pauses) == (True, [0.2])
    held.close()


def test_a_commit_that_moves_on_renews_the_permalinks_and_keeps_the_files(serve, shelf):
    running = serve()
    running.client.post("/search", json={"query": "launch"})
    release = shelf.pointer.release
    shelf.publish(
        {
            path: page.text
            for path in shelf.searchers[release].pages.paths()
            if (page := shelf.searchers[release].pages.page(path))
        },
        commit="2" * 40,
    )
    assert running.client.get("/health").json()["commit"] == "2" * 40
    assert running.client.post("/search", json={"query": "launch"}).status_code == 200
    assert shelf.done == []


def test_a_small_new_release_answers_the_very_request_that_found_it(serve, shelf):
    running = serve()
    running.client.get("/health")
    new = shelf.publish(OTHER)
    shelf.bring_seconds = 0.3
    assert running.client.post("/search", json={"query": "launch"}).json()["release"] == new


def test_a_large_new_release_keeps_no_request_waiting_beyond_the_bound(serve, shelf):
    running = serve()
    old = running.client.get("/health").json()["release"]
    new = shelf.publish(OTHER)
    shelf.bring_seconds = 3.0
    began = time.monotonic()
    assert running.client.post("/search", json={"query": "launch"}).json()["release"] == old
    assert time.monotonic() - began < 2.8
    began = time.monotonic()
    assert running.client.post("/search", json={"query": "abort"}).json()["release"] == old
    assert time.monotonic() - began < 0.8
    deadline = time.monotonic() + 10
    while running.client.post("/search", json={"query": "launch"}).json()["release"] != new:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_on_an_instance_that_freezes_requests_give_a_large_release_their_time(serve, shelf):
    running = serve(on_lambda=True)
    headers = {"host": "127.0.0.1"}
    running.client.get("/health", headers=headers)
    new = shelf.publish(OTHER)
    shelf.bring_seconds = 2.0
    began = time.monotonic()
    # Only time inside requests counts here: without their waits, these would be over in milliseconds.
    for number in range(12):
        answer = running.client.post("/search", json={"query": f"launch {number}"}, headers=headers)
        if answer.json()["release"] == new:
            break
    assert answer.json()["release"] == new
    assert time.monotonic() - began < 5


def swap_under_load(running, shelf, *, seconds: float, swaps: int, workers: int) -> int:
    """Requests all the time while releases change; the number of answers, every one of them checked."""
    stop = threading.Event()
    texts: dict[str, str] = {}

    def ask(worker: int) -> int:
        count = 0
        with httpx.Client(base_url=running.url, timeout=30) as client:
            while not stop.is_set():
                answer = client.post("/search", json={"query": f"launch {worker} {count % 7}", "limit": 5})
                assert answer.status_code == 200, answer.text
                body = answer.json()
                assert answer.headers["athenaeum-release"] == body["release"]
                marks = {
                    hit["content"].split("mark-")[1].split()[0] for hit in body["data"] if "mark-" in hit["content"]
                }
                assert len(marks) <= 1
                if marks and body["release"] in texts:
                    assert texts[body["release"]] == marks.pop()
                count += 1
        return count

    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(ask, worker) for worker in range(workers)]
        for number in range(swaps):
            time.sleep(seconds / swaps)
            if number in (swaps // 3, swaps // 2):
                # One corrupt, one half-uploaded: they never go live.
                shelf.bring_failure = IndexBrokenError("corrupt")
                time.sleep(0.2)
                shelf.bring_failure = None
            mark = f"{seconds}.{number}x"
            pages = {f"p{n}.md": f"# P{n}\n\nlaunch mark-{mark} text\n" for n in range(5)}
            texts[shelf.publish(pages, before=texts.__setitem__, mark=mark)] = mark
        stop.set()
        return sum(job.result() for job in jobs)


def test_releases_change_under_load_without_a_failed_or_mixed_answer(serve, shelf):
    running = serve()
    assert swap_under_load(running, shelf, seconds=3, swaps=8, workers=8) > 50
    closed = [searcher for searcher in shelf.searchers.values() if searcher.closed]
    assert len(closed) >= len(shelf.searchers) - 2
