"""A release that ends the process that opens it is not opened by every process after it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import IndexBrokenError
from athenaeum.server.live.attempts import MOST, PAUSE_SECONDS, attempt

ENDS = (
    "import os, sys; from pathlib import Path; from athenaeum.server.live.attempts import attempt\n"
    "with attempt(Path(sys.argv[1]), sys.argv[2]): os.abort()\n"
)


def end_one(folder: Path, release: str) -> None:
    """A process that ends while it opens the release."""
    done = subprocess.run([sys.executable, "-c", ENDS, str(folder), release], check=False, capture_output=True)
    assert done.returncode < 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".work").mkdir()
    return tmp_path


def test_after_two_processes_a_release_is_refused_for_a_while(folder: Path) -> None:
    for _ in range(MOST):
        end_one(folder, "a" * 20)
    with pytest.raises(IndexBrokenError, match="ended the process"), attempt(folder, "a" * 20):
        pytest.fail("it was opened again")
    with attempt(folder, "b" * 20):
        pass
    later = (folder / ".work" / f"opening-{'a' * 20}").stat().st_mtime + PAUSE_SECONDS + 1
    with attempt(folder, "a" * 20, clock=lambda: later):
        pass
    with attempt(folder, "a" * 20):
        pass


def test_a_failure_that_is_seen_is_no_end_of_the_process(folder: Path) -> None:
    for _ in range(MOST + 1):
        with pytest.raises(ZeroDivisionError), attempt(folder, "a" * 20):
            raise ZeroDivisionError
    assert not list((folder / ".work").iterdir())


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path: Path) -> None:
    with attempt(tmp_path / "none", "a" * 20):
        pass
    assert not list(tmp_path.iterdir())


def test_a_warm_server_refuses_what_the_trial_refuses_and_keeps_its_release(serve: Callable[..., object]) -> None:
    running = serve()
    first = running.client.get("/health").json()["release"]  # type: ignore[attr-defined]

    def refuse(_brought: object) -> None:
        raise IndexBrokenError("The lexical files of the index are damaged.")

    running.parts.library.rehearse = refuse  # type: ignore[attr-defined]
    running.shelf.publish({"a.md": "# New\n\nWords.\n"})  # type: ignore[attr-defined]
    for _ in range(3):
        answer = running.client.get("/health")  # type: ignore[attr-defined]
    assert (answer.status_code, answer.json()["release"], answer.json()["status"]) == (200, first, "degraded")
    assert answer.json()["reason"]["code"] == "index_broken"
