"""Starting and stopping: one daemon for a folder, nothing left behind however it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from local_stack import LAYER, LocalAws, ask, code_zip, processes_of, stack_template, until

from athenaeum.deployment import targets
from athenaeum.errors import LocalAwsError
from athenaeum.local_aws import client, places


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _with_an_instance(home: Path) -> tuple[str, list[int]]:
    """A daemon with one running instance; the endpoint and the processes of the instance."""
    client.up(home)
    stack = LocalAws(home).deploy("One", stack_template(), **{"code.zip": code_zip(), "layer.zip": LAYER})
    assert ask(f"{stack['endpoint']}/x").status == 200
    held = LocalAws(home).stack("One")["functions"][0]["instances"][0]["pid"]
    return stack["endpoint"], [held, *(child.pid for child in psutil.Process(held).children(recursive=True))]


def lives(pid: int) -> bool:
    """Whether the process is there; one that ended and was not yet reaped by its new parent is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_down_leaves_no_process_mount_or_file(aws: LocalAws, home: Path) -> None:
    _, held = _with_an_instance(home)
    again = client.up(home)
    assert again["stacks"], "a second `up` must not start a second daemon"
    assert client.down(home) is True
    assert [pid for pid in held if lives(pid)] == []
    assert processes_of(home) == []
    assert str(home) not in Path("/proc/mounts").read_text()
    assert {path.name for path in home.iterdir()} == {"daemon.lock", "daemon.log", "logs", "ports.json"}
    assert client.down(home) is False
    assert client.status(home) == {"running": False, "stacks": []}


def test_a_killed_daemon_takes_its_instances_along_and_the_next_start_is_clean(
    aws: LocalAws, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, held = _with_an_instance(home)
    os.kill(client.status(home)["pid"], signal.SIGKILL)
    assert until(lambda: not any(lives(pid) for pid in held))
    assert client.status(home)["running"] is False
    assert places.work(home).is_dir()  # what the killed one could not remove
    state = client.up(home)
    assert state["stacks"] == []
    assert not list(places.work(home).glob("instances/*"))
    # Everything was in memory; the same stack gets the same address again.
    stack = LocalAws(home).deploy("One", stack_template(), **{"code.zip": code_zip(), "layer.zip": LAYER})
    assert stack["endpoint"] == endpoint
    os.kill(state["pid"], signal.SIGSTOP)  # and one that hangs is killed by `down`
    monkeypatch.setattr(client, "DOWN_SECONDS", 0.5)
    monkeypatch.setattr(client, "ASK_SECONDS", 0.5)
    assert client.down(home) is True
    assert not client.is_running(home)
    assert not places.work(home).exists()


def test_commands_say_what_runs_and_credentials_of_the_shell_never_get_in(aws: LocalAws, home: Path) -> None:
    secret = {"AWS_SECRET_ACCESS_KEY": "real-and-secret", "AWS_PROFILE": "work"}
    environ = {**os.environ, **secret, "ATHENAEUM_LOCAL_DIR": str(home)}

    def athenaeum(*arguments: str) -> str:
        run = [sys.executable, "-m", "athenaeum", "local", *arguments]
        return subprocess.run(run, env=environ, check=True, capture_output=True, text=True).stdout

    assert json.loads(athenaeum("status", "--json")) == {"running": False, "stacks": []}
    assert "not running" in athenaeum("status")
    assert "runs (process" in athenaeum("up")
    assert "export AWS_ENDPOINT_URL=http://localhost:" in athenaeum("env")
    pid = client.status(home)["pid"]
    assert "real-and-secret" not in " ".join(psutil.Process(pid).environ().values())
    known = targets.local_environment(home, environ=environ)
    assert known["AWS_SECRET_ACCESS_KEY"] == client.access_key(home).secret
    assert client.access_key(home).secret not in athenaeum("status", "--json")
    assert "AWS_PROFILE" not in known
    assert "is down" in athenaeum("down")
    assert "was not running" in athenaeum("down")


def test_the_control_port_asks_for_its_token_and_everything_listens_on_the_loopback_only(
    aws: LocalAws, echo: dict[str, Any]
) -> None:
    state = json.loads(places.state_file(aws.home).read_text())
    assert places.state_file(aws.home).stat().st_mode & 0o077 == 0
    assert ask(f"http://127.0.0.1:{state['control']}/down", method="POST").status == 403
    listening = [one for one in psutil.Process(state["pid"]).net_connections() if one.status == psutil.CONN_LISTEN]
    assert {one.laddr.ip for one in listening} == {"127.0.0.1"}


def test_asking_for_the_environment_of_nothing_is_an_error(home: Path) -> None:
    with pytest.raises(LocalAwsError, match="not running"):
        targets.local_environment(home)
