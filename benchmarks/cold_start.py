"""The cold start of the deployed function: from the start of its processes to the first /search answered.

This repository's docs are deployed with the real `cdk deploy` to an embedded AWS of the benchmark's own; then instances
are started one after another under the runtime emulator, on the whole machine and with a part of one core, which needs
cgroups that can be written (root). CPU seconds are of everything in the sandbox (emulator, adapter, server): on a core
a start takes no less, and unlike the time they hardly depend on what else the machine does.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, fields
from pathlib import Path

from athenaeum.config import Config
from athenaeum.deployment.deploy import deploy
from athenaeum.ingestion.pipeline import build
from athenaeum.local_aws import client
from athenaeum.local_aws.apis.emulation import deployed_stacks, object_bytes
from athenaeum.local_aws.daemon import Daemon
from athenaeum.local_aws.http import events
from athenaeum.local_aws.names import ACCOUNT
from athenaeum.local_aws.runtime import tools
from athenaeum.local_aws.runtime.layout import lay_out
from athenaeum.local_aws.runtime.sandbox import Machine
from athenaeum.local_aws.template.api import match

ROOT = Path(__file__).resolve().parent.parent
ABSENT = 75
STARTS = 7
GROUP = "athenaeum-cold-start"
APP = """
from aws_cdk import App, Stack
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct
app = App()
stack = Stack(app, "ColdStart")
deps = DependenciesLayerConstruct(stack, "Deps")
MCPServerConstruct(stack, "Server", dependencies_layer=deps.layer, index_path="./index", timeout=60)
app.synth()
"""


@dataclass(frozen=True, slots=True)
class Limited(Machine):
    """A machine whose sandboxes are put into a control group before they start."""

    procs: tuple[Path, ...] = ()

    @property
    def command(self) -> list[str]:
        join = "".join(f"echo $$ > {path}; " for path in self.procs)
        # slots=True makes a new class, to which a bare super() would not belong.
        return ["/bin/sh", "-c", f'{join}exec "$@"', "sh", *Machine.command.fget(self)]  # type: ignore[attr-defined]


def main() -> int:
    if tools.find(tools.EMULATOR) is None or tools.find(tools.ADAPTER) is None:
        print("cold_start: the runtime emulator or the web adapter is not installed (`make tools`)", file=sys.stderr)
        return ABSENT
    with tempfile.TemporaryDirectory() as folder:
        home, project = Path(folder) / "home", Path(folder) / "project"
        home.mkdir()
        project.mkdir()
        build([ROOT / "docs"], output=project / "index", config=Config())
        (project / "app.py").write_text(APP)
        (project / "cdk.json").write_text('{"app": "python app.py"}')
        daemon = _daemon(home)
        try:
            deploy(project, target="local", home=home)
            _report(daemon)
            _stages(daemon, project / "index")
        finally:
            daemon.stop.set()
            while daemon.work.exists():
                time.sleep(0.1)
    return 0


def _daemon(home: Path) -> Daemon:
    """The embedded AWS in this process, so that single instances can be started."""
    import fcntl

    lock = (home / "daemon.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    daemon = Daemon(home)
    daemon.lock = lock  # type: ignore[attr-defined]
    threading.Thread(target=daemon.run, daemon=True).start()
    limit = time.monotonic() + 60
    while not client.status(home)["running"] and time.monotonic() < limit:
        time.sleep(0.05)
    return daemon


def _report(daemon: Daemon) -> None:
    print("## Cold start under the Lambda runtime emulator\n")
    print(f"Process start to the first `POST /search` answered, {STARTS} starts each, index of docs/. Before it the")
    print("sandbox is made, which on AWS is the platform's work.\n")
    print("| processor | median | fastest | slowest | CPU | second search | sandbox made | budget |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    whole = daemon.machine
    assert isinstance(whole, Machine)
    for name, share, budget in (("this machine's cores", 0.0, ""), ("1 core", 1.0, "0.8 s"), ("0.6 core", 0.6, "note")):
        procs = _group(share)
        if not procs and share:
            print(f"| {name} | not measured: control groups cannot be written here | | | | | | {budget} |")
            continue
        daemon.machine = Limited(**{f.name: getattr(whole, f.name) for f in fields(Machine)}, procs=procs)
        first, second, used, made = _measure(daemon)
        print(
            f"| {name} | {statistics.median(first):.2f} s | {min(first):.2f} s | {max(first):.2f} s "
            f"| {statistics.median(used):.2f} s | {statistics.median(second) * 1000:.0f} ms "
            f"| {statistics.median(made) * 1000:.0f} ms | {budget} |"
        )
    print(f"\nThe machine was busy with {os.getloadavg()[0]:.1f} processes on {os.cpu_count()} cores at the end.")


def _stages(daemon: Daemon, index: Path) -> None:
    (stack,) = deployed_stacks()
    (function,) = stack.functions.values()
    task, opt = lay_out(function, into=daemon.work, fetch=object_bytes, adapter=daemon.adapter)
    machine = daemon.machine
    assert isinstance(machine, Machine)
    python = machine.language / "bin" / f"python{machine.python}"
    run = [python, "-S", Path(__file__).with_name("cold_stages.py"), task, opt, index]
    env = {"PATH": os.environ["PATH"], "PYDANTIC_DISABLE_PLUGINS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    each = [json.loads(subprocess.run(run, env=env, check=True, stdout=subprocess.PIPE).stdout) for _ in range(STARTS)]
    print("\n### Where the time goes\n")
    print(f"CPU of the function's process by steps, fastest of {STARTS}; emulator and adapter come on top.\n")
    print("| step | CPU |\n| --- | ---: |")
    least = {step: min(one[step] for one in each) for step in each[0]}
    for step, spent in least.items():
        print(f"| {step} | {spent:.0f} ms |")
    print(f"| **to the first answer** | **{sum(least.values()) - least['second search']:.0f} ms** |")


def _measure(daemon: Daemon) -> tuple[list[float], list[float], list[float], list[float]]:
    """Seconds of the first and of the second answers, CPU seconds of the first, and seconds to make a sandbox."""
    (stack,) = deployed_stacks()
    (api,) = stack.apis
    (function,) = stack.functions.values()
    body = json.dumps({"query": "what happens on a merge", "limit": 3}).encode()
    headers = [("Host", "localhost"), ("Content-Type", "application/json")]
    request = events.Request("POST", f"/{api.stage}/search", "", headers, body)
    found = match(api, method="POST", path="/search")
    assert found is not None
    event = json.dumps(events.proxy_event(request, api=api, found=found, account=ACCOUNT)).encode()
    first: list[float] = []
    second: list[float] = []
    used: list[float] = []
    made: list[float] = []
    start = daemon.starter(function)
    for _ in range(STARTS):
        begun = time.perf_counter()
        instance = start()
        made.append(time.perf_counter() - begun)
        before = _used()
        for times in (first, second):
            begun = time.perf_counter()
            told = instance.invoke(event)
            times.append(time.perf_counter() - begun)
            if times is first:
                used.append(_used() - before)
            answer = events.streamed_response(told)
            assert answer is not None, told
            assert answer.status == 200, answer
            assert json.loads(answer.body)["data"], answer
        instance.close()
    return first, second, used, made


_ROOT = Path("/sys/fs/cgroup")
_ONE_TREE = (_ROOT / "cgroup.controllers").exists()
_PERIOD = 20_000


def _group(share: float) -> tuple[Path, ...]:
    """A control group with `share` of one core, 0 for all: the files that take processes into it; none without root."""
    quota = int(share * _PERIOD) or ("max" if _ONE_TREE else -1)
    try:
        if _ONE_TREE:
            group = _ROOT / GROUP
            group.mkdir(exist_ok=True)
            (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
            return (group / "cgroup.procs",)
        groups = [_ROOT / tree / GROUP for tree in ("cpu", "cpuacct")]
        for group in groups:
            group.mkdir(exist_ok=True)
        (groups[0] / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (groups[0] / "cpu.cfs_quota_us").write_text(str(quota))
        return tuple(group / "cgroup.procs" for group in groups)
    except OSError:
        return ()


def _used() -> float:
    """CPU seconds of the group so far; 0 where there is none."""
    try:
        if _ONE_TREE:
            return int((_ROOT / GROUP / "cpu.stat").read_text().split()[1]) / 1e6
        return int((_ROOT / "cpuacct" / GROUP / "cpuacct.usage").read_text()) / 1e9
    except OSError:
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
