"""Whatever the network does to a publish: readers see a whole release, and running it again finishes the job."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import AthenaeumError, IndexNotFoundError, LostRaceError
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.publishing.mirror import mirror
from athenaeum.index.publishing.publish import publish
from athenaeum.index.publishing.rollback import rollback
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.release import open_release
from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]


class Readers:
    """Readers on the undisturbed side, all the time: each mirrors the store anew and opens it fully verified."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.reads, self.broken = 0, []  # type: ignore[var-annotated]
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._read)

    def __enter__(self) -> "Readers":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def _read(self) -> None:
        while not self.stop.wait(0.05):
            try:
                self.reads += 1
                mirror(self.store, self.folder / str(self.reads))
                open_release(self.folder / str(self.reads))
            except IndexNotFoundError:
                pass
            except AthenaeumError as error:
                self.broken.append(error)


class Stage:
    """An old release that is live and a new one to publish, in a fresh prefix for every attempt."""

    def __init__(self, *, old: Path, new: Path, bucket: str, environ: dict[str, str], proxy: Any, folder: Path) -> None:
        self.old_dir, self.new_dir = old, new
        self.old, self.new = open_release(old).id, open_release(new).id
        self.bucket, self.environ, self.proxy, self.attempts = bucket, environ, proxy, 0
        self.begin()
        self.readers = Readers(self.direct, folder)

    def begin(self) -> None:
        """Go to a new prefix, where the old release is live."""
        self.attempts += 1
        address = f"s3://{self.bucket}/index-{self.attempts}/"
        self.direct = open_store(address, environ=self.environ)
        self.through = open_store(address, environ=self.environ | {"AWS_ENDPOINT_URL": self.proxy.url}, retries=1)
        self.proxy.reset()
        publish(self.old_dir, self.direct)
        if self.attempts > 1:
            self.readers.store = self.direct

    def live(self) -> Pointer:
        pointer, _ = read_live(self.direct)
        assert pointer is not None
        return pointer

    def requests(self) -> int:
        """How many requests an undisturbed publish makes."""
        self.begin()
        publish(self.new_dir, self.through)
        return len(self.proxy.log)

    def publish_under(self, plan: Any) -> tuple[bool, int]:
        """Publish while the proxy follows `plan`, then again undisturbed: whether the first one worked, and its faults.

        Whatever the first one said must be true, and after the second one the new release is live and whole.
        """
        self.begin()
        self.proxy.plan = plan
        failure: AthenaeumError | None = None
        try:
            report = publish(self.new_dir, self.through)
        except AthenaeumError as error:
            failure = error
        faults = self.proxy.faults()
        pointer = self.live()
        if failure is None:
            assert (report.release, pointer.release) == (self.new, self.new)
        else:
            assert not isinstance(failure, LostRaceError), "nobody else was publishing"
            assert failure.remedy
            assert len(str(failure)) < 400
            assert pointer.release in (self.old, self.new)
        self.proxy.reset()
        assert publish(self.new_dir, self.through).release == self.new
        assert self.live().release == self.new
        assert [entry.release for entry in self.live().history] == [self.old]
        return failure is None, faults


@pytest.fixture
def stage(index: Index, texts: Texts, bucket: str, s3_environ: dict[str, str], proxy: Any, tmp_path: Path) -> Stage:
    """Two releases of different encoders, a bucket, and a proxy before it."""
    old, new = index("old", commit="old"), index("new", texts(mark="new"), commit="new", digest="cd" * 8)
    return Stage(old=old, new=new, bucket=bucket, environ=s3_environ, proxy=proxy, folder=tmp_path / "readers")


def from_then_on(at: int, kind: str) -> Any:
    """A network that is gone."""
    return lambda number, _method, _path: kind if number >= at else ""


def once(at: int, kind: str) -> Any:
    """A fault that a retry may mend."""
    return lambda number, _method, _path: kind if number == at else ""


def test_a_sample_of_faults_breaks_no_read_and_loses_no_release(stage: Stage, kinds: tuple[str, ...]) -> None:
    count = stage.requests()
    chosen = random.Random(7)
    total = 0
    with stage.readers as readers:
        for kind in kinds:
            at = chosen.randrange(count)
            total += stage.publish_under(once(at, kind))[1] + stage.publish_under(from_then_on(at, kind))[1]
    assert not readers.broken
    assert readers.reads > len(kinds)
    assert total >= 2 * len(kinds)


@pytest.mark.parametrize("kind", ["lost response", "error after", "cut response"])
def test_a_lost_answer_to_the_flip_is_no_failure(stage: Stage, kind: str) -> None:
    worked, faults = stage.publish_under(
        lambda _n, method, path: kind if method == "PUT" and path.endswith("/current.json") else ""
    )
    assert worked
    assert faults >= 1


@pytest.mark.parametrize("kind", ["refuse", "cut request", "error before"])
def test_a_flip_that_cannot_be_sent_leaves_the_old_release(stage: Stage, kind: str) -> None:
    worked, _ = stage.publish_under(
        lambda _n, method, path: kind if method == "PUT" and path.endswith("/current.json") else ""
    )
    assert not worked


def test_a_rollback_through_a_bad_network_leaves_a_whole_release(stage: Stage, kinds: tuple[str, ...]) -> None:
    chosen = random.Random(11)
    for kind in kinds:
        stage.begin()
        publish(stage.new_dir, stage.direct)
        stage.proxy.reset(from_then_on(chosen.randrange(8), kind))
        with suppress(AthenaeumError):
            rollback(stage.through, release=stage.old)
        assert stage.live().release in (stage.old, stage.new)
        stage.proxy.reset()
        assert rollback(stage.through, release=stage.old).release == stage.old


def test_a_mirror_through_a_bad_network_is_whole_or_not_there(
    stage: Stage, kinds: tuple[str, ...], tmp_path: Path
) -> None:
    mirror(stage.direct, tmp_path / "local")
    publish(stage.new_dir, stage.direct)
    chosen = random.Random(13)
    for number, kind in enumerate(kinds):
        local = tmp_path / f"local-{number}"
        mirror(open_store(tmp_path / "local"), local)
        stage.proxy.reset(from_then_on(chosen.randrange(6), kind))
        with suppress(AthenaeumError):
            mirror(stage.through, local)
        assert open_release(local).id in (stage.old, stage.new)
        stage.proxy.reset()
        mirror(stage.through, local)
        assert open_release(local).id == stage.new


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_two_hundred_faults_at_every_step_break_no_read_and_lose_no_release(
    stage: Stage, kinds: tuple[str, ...]
) -> None:
    count = stage.requests()
    chosen = random.Random(17)
    plans = [once(at, kind) for kind in kinds for at in range(count)]
    plans += [from_then_on(chosen.randrange(count), kind) for kind in kinds for _ in range(6)]
    for seed in range(20):
        chance = random.Random(seed)
        plans.append(lambda _n, _m, _p, chance=chance: chance.choice(kinds) if chance.random() < 0.25 else "")
    with stage.readers as readers:
        outcomes = [stage.publish_under(plan) for plan in plans]
    total, worked = sum(faults for _, faults in outcomes), sum(good for good, _ in outcomes)
    print(f"{total} faults, {len(plans)} publishes of {count} requests, {worked} worked at once, {readers.reads} reads")
    assert total >= 200
    assert not readers.broken
