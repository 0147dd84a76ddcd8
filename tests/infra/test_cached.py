"""Cached folders appear whole or not at all, and are made once."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from athenaeum.errors import DiskError
from athenaeum.infra.bundles.cached import cached_folder


def write(folder: Path) -> None:
    (folder / "made").write_text(str(time.time_ns()))


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    first = cached_folder("kind", "key", write, cache=tmp_path)
    made = (first / "made").read_text()
    assert cached_folder("kind", "key", write, cache=tmp_path) == first
    assert (first / "made").read_text() == made


def test_a_failure_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        cached_folder("kind", "key", fail, cache=tmp_path)
    assert not [path for path in (tmp_path / "kind").iterdir() if path.is_dir()]
    assert (cached_folder("kind", "key", write, cache=tmp_path) / "made").exists()


def slowly(cache: Path, started: Path) -> None:
    def fill(folder: Path) -> None:
        with started.open("a") as log:
            log.write("x")
        time.sleep(0.5)
        write(folder)

    cached_folder("kind", "key", fill, cache=cache)


def test_two_processes_at_once_make_it_once(tmp_path: Path) -> None:
    started = tmp_path / "started"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=slowly, args=(tmp_path, started)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert started.read_text() == "x"


def test_a_killed_process_leaves_nothing_visible(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from athenaeum.infra.bundles.cached import cached_folder\n"
        "def fill(folder):\n (folder / 'half').write_text('x'); print('filling', flush=True); time.sleep(60)\n"
        f"cached_folder('kind', 'key', fill, cache=Path({str(tmp_path)!r}))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "filling\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    assert not (tmp_path / "kind" / "key").exists()
    folder = cached_folder("kind", "key", write, cache=tmp_path)
    assert [path.name for path in folder.iterdir()] == ["made"]
    assert not list((tmp_path / "kind").glob(".partial-*"))


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full and /proc are Linux's")
def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    if os.geteuid() == 0:
        blocked = Path("/proc/1")
    else:
        blocked.chmod(0o500)
    with pytest.raises((DiskError, FileNotFoundError)) as raised:
        cached_folder("kind", "key", write, cache=blocked)
    if isinstance(raised.value, DiskError):
        assert "ATHENAEUM_CACHE_DIR" in raised.value.remedy


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(DiskError, match="No space left"):
        cached_folder("kind", "key", fill, cache=tmp_path)
