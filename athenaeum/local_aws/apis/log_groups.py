"""CloudWatch Logs of the embedded AWS: what functions print, in the log group that their template names.

Functions print to one file each; this follows the files and hands their lines to the emulated service, so that
`aws logs tail`, `athenaeum logs` and every other client read them as on AWS.
"""

import contextlib
import threading
import time
from pathlib import Path
from typing import Any

from athenaeum.local_aws import places
from athenaeum.local_aws.names import ACCOUNT, REGION, TOOLKIT

INTERVAL = 0.3
"""Seconds between two looks; CloudWatch itself shows a line after some seconds."""
STREAM = "local"


class LogGroups:
    """Follows the files below `home` from `start` until `close`. Lines of functions that are gone are left out."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read: dict[str, int] = {}
        self._stop = threading.Event()
        self._turn = threading.Lock()

    def start(self) -> None:
        """Follow in a thread of its own."""
        threading.Thread(target=self._follow, name="logs", daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._stop.set()

    def ship(self) -> int:
        """Hand over every whole line that is new; how many there were."""
        with self._turn:
            return sum(self._ship(name, group) for name, group in log_groups().items())

    def _follow(self) -> None:
        while not self._stop.wait(INTERVAL):
            # A stack that changes at this moment is looked at again in the next turn.
            with contextlib.suppress(Exception):
                self.ship()

    def _ship(self, name: str, group: str) -> int:
        file = places.function_log(self._home, name)
        known = self._read.get(name, 0)
        if not file.is_file() or file.stat().st_size == known:
            return 0
        with file.open("rb") as log:
            log.seek(known)
            data = log.read()
        whole = data[: data.rfind(b"\n") + 1]
        lines = [line for line in whole.decode(errors="replace").splitlines() if line.strip()]
        if lines:
            _put(group, lines)
        self._read[name] = known + len(whole)
        return len(lines)


def log_groups() -> dict[str, str]:
    """Function name → log group, for every deployed function: what its template names, else Lambda's default."""
    from moto.cloudformation.models import cloudformation_backends
    from moto.cloudformation.parsing import clean_json

    found = {}
    for backend in list(cloudformation_backends[ACCOUNT].values()):
        for stack in list(backend.stacks.values()):
            if stack.name == TOOLKIT or not stack.status.endswith("_COMPLETE"):
                continue
            for logical_id, resource in stack.template_dict.get("Resources", {}).items():
                if resource["Type"] != "AWS::Lambda::Function":
                    continue
                # One that cannot be read keeps nobody from the lines of the others.
                with contextlib.suppress(Exception):
                    name = str(clean_json({"Ref": logical_id}, stack.resource_map))
                    named = resource["Properties"].get("LoggingConfig", {}).get("LogGroup")
                    group = clean_json(named, stack.resource_map) if named else ""
                    found[name] = str(group or f"/aws/lambda/{name}")
    return found


def _put(group: str, lines: list[str]) -> None:
    from moto.logs.models import logs_backends

    backend: Any = logs_backends[ACCOUNT][REGION]
    backend.ensure_log_group(group)
    backend.ensure_log_stream(group, STREAM)
    now = int(time.time() * 1000)
    backend.put_log_events(group, STREAM, [{"timestamp": now, "message": line} for line in lines])
