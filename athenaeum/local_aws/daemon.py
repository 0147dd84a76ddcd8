"""The embedded AWS as a process: the AWS APIs, the gateway and the functions' instances, until it is told to stop.

    python -m athenaeum.local_aws.daemon HOME

One per home folder: the lock file is held as long as the process lives, however it ends. Everything is in memory or
below HOME/work; when the process is killed its instances end by themselves (their input closes) and the next start, or
`local down`, removes the files.
"""

import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from athenaeum import __version__
from athenaeum.local_aws import names, places
from athenaeum.local_aws.apis import emulation
from athenaeum.local_aws.apis.addresses import tell_addresses
from athenaeum.local_aws.apis.log_groups import LogGroups
from athenaeum.local_aws.control_port import serve_control
from athenaeum.local_aws.credentials import make_access_key
from athenaeum.local_aws.runtime import tools
from athenaeum.local_aws.runtime.hosted import Hosted
from athenaeum.local_aws.runtime.instance import Sandboxed
from athenaeum.local_aws.runtime.layout import lay_out
from athenaeum.local_aws.runtime.pool import Instance, Pool
from athenaeum.local_aws.runtime.sandbox import Machine, find_machine
from athenaeum.local_aws.stacks import Stacks
from athenaeum.local_aws.template.read import Function

INSTANCES = "ATHENAEUM_LOCAL_INSTANCES"
"""How many instances a function may have; 3 when it is not set."""


class Daemon:
    """Everything that runs, wired together. Nothing is started before `run`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.work = places.work(home)
        self.stop = threading.Event()
        self._changed = threading.Event()
        self._notes = threading.Lock()
        self.token = secrets.token_urlsafe(24)
        self.key = make_access_key()
        self.stacks = Stacks(
            home,
            deployed=emulation.deployed_stacks,
            fetch=emulation.object_bytes,
            put=emulation.put_bytes,
            start_pool=self.start_pool,
            secrets=self.secret_of,
            note=self.note,
        )
        self.apis = ""
        self.machine: Machine | str = "not looked at yet"
        self.adapter: Path | None = None

    def run(self) -> None:
        """Serve until `stop` is set."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(self.home / "logs", ignore_errors=True)
        self.work.mkdir(parents=True)
        (self.home / "logs").mkdir()
        self.adapter = tools.find(tools.ADAPTER)
        self.machine = find_machine(self.work, emulator=tools.find(tools.EMULATOR))
        if isinstance(self.machine, Machine) and self.adapter is None:
            self.machine = "Lambda Web Adapter is not installed"
        server = emulation.start(
            0,
            secrets=self.secret_of,
            calls=places.calls_log(self.home),
            changed=self._changed.set,
            invoke=self.stacks.invoke,
            note=self.note,
        )
        tell_addresses(self.stacks.addresses, settle=self.stacks.settle)
        self.apis = f"http://localhost:{server.server_port}"
        control = serve_control(self)
        threading.Thread(target=self._follow, name="follow", daemon=True).start()
        logs = LogGroups(self.home)
        logs.start()
        self._write_state(server.server_port, control.server_address[1])
        self.note(f"up: {self.mode}; AWS APIs on {self.apis}")
        self.stop.wait()
        places.state_file(self.home).unlink(missing_ok=True)
        control.shutdown()
        logs.close()
        self.stacks.close()
        server.shutdown()
        shutil.rmtree(self.work, ignore_errors=True)
        self.note("down")

    @property
    def mode(self) -> str:
        """How functions run, in one line for people."""
        if isinstance(self.machine, Machine):
            return f"Lambda runtime emulator and web adapter, Python {self.machine.python}, {self.machine.way}"
        return f"host environment, because {self.machine}"

    @property
    def python(self) -> str:
        """The Python minor that deployed functions run on here."""
        return self.machine.python if isinstance(self.machine, Machine) else "{}.{}".format(*sys.version_info)

    def secret_of(self, access_key_id: str) -> str:
        """The secret of an access key: of this embedded AWS's own, or of one made in its IAM; "" when there is none."""
        return self.key.secret if access_key_id == self.key.id else emulation.secret_of(access_key_id)

    def start_pool(self, function: Function) -> Pool:
        """A pool whose instances run what `function` was deployed with."""
        return Pool(self.starter(function), limit=max(1, int(os.environ.get(INSTANCES) or 3)))

    def starter(self, function: Function) -> Callable[[], Instance]:
        """What starts one instance of what `function` was deployed with; it is ready to be invoked then."""
        task, opt = lay_out(function, into=self.work, fetch=emulation.object_bytes, adapter=self.adapter)
        folder = self.work / "instances"

        def start() -> Instance:
            began = time.monotonic()
            with self._log(function.name) as log:
                instance: Instance
                if isinstance(self.machine, Machine):
                    instance = Sandboxed(
                        function,
                        machine=self.machine,
                        folder=folder,
                        task=task,
                        opt=opt,
                        apis=self.apis,
                        key=self.key,
                        log=log,
                    )
                else:
                    instance = Hosted(function, folder=folder, task=task, apis=self.apis, key=self.key, log=log)
            self.note(f"{function.logical_id}: instance {instance.id} up in {(time.monotonic() - began) * 1000:.0f} ms")
            return instance

        return start

    def status(self) -> dict[str, Any]:
        """What `local status --json` prints."""
        return {
            "running": True,
            "pid": os.getpid(),
            "version": __version__,
            "mode": self.mode,
            "emulated": isinstance(self.machine, Machine),
            "aws_endpoint_url": self.apis,
            "bootstrapped": names.TOOLKIT in emulation.stack_names(),
            "architecture": tools.architecture(),
            "python": self.python,
            "log": str(places.log_file(self.home)),
            "stacks": self.stacks.describe(),
        }

    def settle(self) -> None:
        """Serve what is deployed."""
        self.stacks.settle()

    def end(self) -> None:
        """Let `run` come to its end."""
        self.stop.set()

    def note(self, line: str) -> None:
        """One line to the log."""
        with self._notes:
            sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {line}\n")
            sys.stderr.flush()

    def _follow(self) -> None:
        """Stacks can change through any AWS client, not only through our own deploy."""
        while not self.stop.is_set():
            if self._changed.wait(0.5):
                self._changed.clear()
                try:
                    self.stacks.settle()
                except Exception as error:
                    self.note(f"{type(error).__name__}: {error}")

    def _log(self, name: str) -> IO[bytes]:
        return places.function_log(self.home, name).open("ab")

    def _write_state(self, apis: int, control: int) -> None:
        state = {"pid": os.getpid(), "apis": apis, "control": control, "token": self.token, "version": __version__}
        state["credentials"] = self.key.environment
        partial = places.state_file(self.home).with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(state))
        partial.replace(places.state_file(self.home))


def main(home: Path) -> int:
    """Hold the lock and run; 17 when another daemon holds it."""
    home.mkdir(parents=True, exist_ok=True)
    # Never closed: who finds the lock free may rely on the process being gone.
    lock = places.lock_file(home).open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return 17
    # Whoever finds it held learns here by whom, even before there is a state file.
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    daemon = Daemon(home)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop.set())
    daemon.run()
    sys.stderr.flush()
    # Everything is stopped and removed; waiting for idle threads of the servers would only take time.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
