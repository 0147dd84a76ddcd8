"""`athenaeum index` killed at any moment, then simply run again: never a broken index, nothing left behind."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import IndexNotFoundError
from athenaeum.index.atomic import locked
from athenaeum.index.release import open_release
from athenaeum.retrieval.searcher import open_searcher


class Killing:
    """Builds of changing docs, each started as a process of its own."""

    def __init__(self, tiny: Any, folder: Path) -> None:
        self.docs, self.out = folder / "docs of it", folder / "out"
        self.tiny = tiny
        self.version = 0
        self.docs.mkdir()
        self.change()

    def change(self) -> None:
        self.version += 1
        words = ["lion", "bear", "otter", "heron", "river", "honey"]
        for number in range(40):
            own = " ".join(words[(number * self.version + at) % 6] for at in range(60))
            text = f"# Page {number}\n\n{own}\n\n## Version {self.version}\n\nThe {words[number % 6]} of the forest.\n"
            (self.docs / f"page{number}.md").write_text(text)

    def start(self, *flags: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "athenaeum", "index", str(self.docs), "--output", str(self.out)]
        environ = {**os.environ, "ATHENAEUM_CACHE_DIR": str(self.tiny.cache)}
        return subprocess.Popen(
            [*command, "--embed-model", str(self.tiny.model), *flags],
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def finish(self) -> str:
        process = self.start()
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, out + err
        return out

    def live(self) -> str:
        """The live release, checked file by file; "" when there is none."""
        try:
            return open_release(self.out).id
        except IndexNotFoundError:
            return ""

    def kill_after(self, seconds: float, *, kind: int) -> int:
        process = self.start()
        time.sleep(seconds)
        process.send_signal(kind)
        process.communicate(timeout=300)
        return process.returncode


def kill_at_random_moments(tiny: Any, folder: Path, *, times: int, seed: int, kinds: list[int]) -> None:
    build = Killing(tiny, folder)
    began = time.monotonic()
    build.finish()
    whole = (time.monotonic() - began) * 1.05
    moments = random.Random(seed)
    for number in range(times):
        before = build.live()
        build.change()
        code = build.kill_after(moments.uniform(0, whole), kind=kinds[number % len(kinds)])
        after = build.live()
        # Killed, interrupted, or it was faster: whatever is live is whole, and is the old or the new.
        assert code in (0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130), code
        new = tiny.build(build.docs, folder / "clean").release
        if after != before:
            assert open_release(build.out).manifest == open_release(folder / "clean").manifest
            assert after == new
        assert code != 0 or after == new
        if number % 5 == 4 or number == times - 1:
            build.finish()
            assert build.live() == new
            with closing(open_searcher(build.out)) as searcher:
                assert searcher.search(f"version {build.version}")
    assert not [path.name for path in (build.out / ".work").iterdir() if path.is_dir() or path.suffix == ".journal"]
    assert len(list((build.out / "releases").iterdir())) <= 6
    assert not [
        path for path in (build.tiny.cache / "encoders").iterdir() if path.name.startswith(".") and path.is_dir()
    ]


def test_a_few_kills_never_break_an_index(tiny: Any, tmp_path: Path) -> None:
    kinds = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
    kill_at_random_moments(tiny, tmp_path, times=5, seed=1, kinds=kinds)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_fifty_kills_never_break_an_index(tiny: Any, tmp_path: Path) -> None:
    kill_at_random_moments(tiny, tmp_path, times=50, seed=2, kinds=[signal.SIGKILL])


def test_control_c_exits_with_130_and_one_line(tiny: Any, tmp_path: Path) -> None:
    build = Killing(tiny, tmp_path)
    # With the pointer held it cannot be done before the signal comes.
    with locked(build.out, "pointer"):
        process = build.start()
        assert process.stderr is not None
        assert process.stderr.readline().startswith("read")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    assert (process.returncode, "interrupted" in err, "Traceback" in err) == (130, True, False)
    assert build.live() == ""
    build.finish()
    assert build.live()
