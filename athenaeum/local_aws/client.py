"""Starting, asking and stopping the embedded AWS from another process."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from athenaeum.errors import LocalAwsError
from athenaeum.local_aws import places
from athenaeum.local_aws.credentials import AccessKey

UP_SECONDS = 90.0
DOWN_SECONDS = 20.0
ASK_SECONDS = 30.0
NOT_RUNNING: dict[str, Any] = {"running": False, "stacks": []}


def up(home: Path | None = None) -> dict[str, Any]:
    """Start the embedded AWS unless it runs, and wait until it serves; its status."""
    at = home or places.home()
    if is_running(at):
        _await(at, None)
        return status(at)
    at.mkdir(parents=True, exist_ok=True)
    places.state_file(at).unlink(missing_ok=True)
    # Credentials and endpoints of this shell are not the daemon's business; its own calls stay inside it.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    with places.log_file(at).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            # Nothing of the folder this was started in is imported, and its removal is not the daemon's end.
            [sys.executable, "-P", "-m", "athenaeum.local_aws.daemon", str(at)],
            cwd=at,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    _await(at, process)
    return status(at)


def status(home: Path | None = None) -> dict[str, Any]:
    """What runs: `{"running", "mode", "aws_endpoint_url", "stacks": [...]}`; `running` is false when nothing does."""
    at = home or places.home()
    serving = is_running(at) and places.state_file(at).is_file()
    return _ask(at, "/status") if serving else dict(NOT_RUNNING)


def access_key(home: Path | None = None) -> AccessKey:
    """The access key of the running embedded AWS. `LocalAwsError` when it has none to tell."""
    at = home or places.home()
    try:
        return AccessKey.from_environment(json.loads(places.state_file(at).read_text())["credentials"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalAwsError(
            "The embedded AWS that runs was started by another version.",
            remedy="Run `athenaeum local down`, then `athenaeum local up`.",
        ) from error


def settle(home: Path | None = None) -> dict[str, Any]:
    """Wait until everything that was deployed is served; the status then."""
    return _ask(home or places.home(), "/settle", seconds=300)


def down(home: Path | None = None) -> bool:
    """Stop the embedded AWS and remove all it left, also when it was killed before; whether it was running."""
    at = home or places.home()
    was_running = is_running(at)
    if was_running:
        with contextlib.suppress(LocalAwsError):
            _ask(at, "/down")
        asked = places.state_file(at).is_file()
        limit = time.monotonic() + (DOWN_SECONDS if asked else 0)
        while is_running(at) and time.monotonic() < limit:
            time.sleep(0.05)
        _kill(at)
    places.state_file(at).unlink(missing_ok=True)
    _remove(places.work(at))
    return was_running


def is_running(home: Path) -> bool:
    """Whether a daemon holds the lock of `home`."""
    try:
        with places.lock_file(home).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _await(home: Path, process: "subprocess.Popen[bytes] | None") -> None:
    limit = time.monotonic() + UP_SECONDS
    while time.monotonic() < limit:
        if places.state_file(home).is_file() and is_running(home):
            return
        if process is not None and process.poll() is not None and process.returncode != 17:
            raise LocalAwsError(
                f"The embedded AWS ended while it was starting: {_last_words(home)}",
                remedy=f"Its log is {places.log_file(home)}.",
            )
        time.sleep(0.05)
    raise LocalAwsError("The embedded AWS did not start in time.", remedy="Run `athenaeum local down`, then try again.")


def _ask(home: Path, path: str, *, seconds: float = 0) -> dict[str, Any]:
    try:
        state = json.loads(places.state_file(home).read_text())
        request = urllib.request.Request(
            f"http://127.0.0.1:{state['control']}{path}",
            data=b"",
            headers={"Authorization": f"Bearer {state['token']}"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=seconds or ASK_SECONDS) as answer:
            return dict(json.loads(answer.read()))
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise LocalAwsError(
            "The embedded AWS does not answer.", remedy="Run `athenaeum local down`, then `athenaeum local up`."
        ) from error


def _kill(home: Path) -> None:
    """A daemon that does not go when asked; the lock proves that its pid is not another process's by now."""
    if not is_running(home):
        return
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(places.lock_file(home).read_text()), signal.SIGKILL)
    limit = time.monotonic() + 5
    while is_running(home) and time.monotonic() < limit:
        time.sleep(0.05)


def _remove(folder: Path) -> None:
    """Instances of a killed daemon end by themselves, but may need a moment to let go of their folders."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _last_words(home: Path) -> str:
    with contextlib.suppress(OSError):
        lines = [line for line in places.log_file(home).read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing."
    return "it left no log."
