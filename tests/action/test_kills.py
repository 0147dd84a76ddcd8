"""The action may be killed at any moment: the endpoint answers on, and a plain re-run finishes the job."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Site:
    """A docs folder, the environment its action runs in, and how long a whole run takes."""

    folder: Path
    environment: dict[str, str]
    endpoint: str
    seconds: float

    def start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "athenaeum.action"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def write(self, colour: str) -> None:
        (self.folder / "docs" / "widgets.md").write_text(f"# Widgets\n\nThe default colour of a widget is {colour}.\n")

    def answer(self) -> str:
        return ask(self.endpoint)


def ask(endpoint: str) -> str:
    body = json.dumps({"query": "default colour of a widget", "limit": 1}).encode()
    request = urllib.request.Request(f"{endpoint}/search", data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=90) as response:
        return str(json.load(response)["data"][0]["content"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("killed")
    (folder / "docs").mkdir()
    (folder / "tmp").mkdir()
    environment = {**os.environ, "INPUT_TARGET": "local", "GITHUB_REPOSITORY": "acme/killed"}
    environment |= {"GITHUB_EVENT_NAME": "push"}
    environment |= {"ATHENAEUM_LOCAL_DIR": str(folder / "local"), "RUNNER_TEMP": str(folder / "tmp")}
    environment |= {"GITHUB_OUTPUT": str(folder / "output"), "PYTHONPATH": str(ROOT)}
    made = Site(folder, environment, endpoint="", seconds=0)
    made.write("blue")
    begun = time.monotonic()
    process = made.start()
    log, _ = process.communicate()
    assert process.returncode == 0, log.decode()[-4000:]
    output = (folder / "output").read_text().splitlines()
    endpoint = next(value for name, value in itertools.pairwise(output) if name.startswith("endpoint-url<<"))
    yield Site(folder, environment, endpoint=endpoint, seconds=time.monotonic() - begun)
    down = [sys.executable, "-m", "athenaeum", "local", "down"]
    subprocess.run(down, cwd=ROOT, env=environment, check=True)
    assert not strangers(folder)


def strangers(folder: Path) -> list[str]:
    """Processes, other than this one, whose environment names the folder: everything the action ever started."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                if str(folder).encode() in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def kill_and_repeat(site: Site, rounds: int) -> None:
    moments = random.Random(20261123)
    live = "blue"
    for number in range(rounds):
        wanted = f"shade{number}"
        site.write(wanted)
        process = site.start()
        time.sleep(moments.uniform(0.2, max(site.seconds * 0.6, 10)))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        # Whatever had happened: an answer, from the old text or wholly from the new.
        assert any(colour in site.answer() for colour in (live, wanted))
        again = site.start()
        log, _ = again.communicate()
        assert again.returncode == 0, log.decode()[-4000:]
        assert wanted in site.answer()
        live = wanted
    # Each step has a report of its own, which is meant to stay.
    left = [path.name for path in (site.folder / "tmp").iterdir() if not path.name.startswith("athenaeum-report-")]
    # A killed process cannot remove its own folder: the runner empties RUNNER_TEMP after each job.
    assert len(left) <= rounds
    assert not [name for name in strangers(site.folder) if "athenaeum.action" in name or "cdk" in name]


def test_a_kill_at_any_moment_loses_nothing(site: Site) -> None:
    kill_and_repeat(site, 2)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twenty_kills_at_random_moments_lose_nothing(site: Site) -> None:
    kill_and_repeat(site, 20)
