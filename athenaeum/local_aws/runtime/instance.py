"""One instance of a function under the runtime emulator: shut in, frozen between invocations, gone when we are.

In it run the emulator, the web adapter as its extension, and the function's own process.
"""

import contextlib
import http.client
import os
import random
import secrets
import shutil
import socket
import sys
import time
import uuid
from pathlib import Path
from typing import IO

from athenaeum.local_aws.credentials import AccessKey
from athenaeum.local_aws.names import ACCOUNT, REGION
from athenaeum.local_aws.runtime.control import Control, InstanceDiedError, InvocationTimeoutError
from athenaeum.local_aws.runtime.sandbox import SEARCH, Machine, prepare_folder
from athenaeum.local_aws.runtime.tools import EMULATOR
from athenaeum.local_aws.template.read import Function

INVOKE = "/2015-03-31/functions/function/invocations"
_START_SECONDS = 20.0


class Sandboxed:
    """An instance under the runtime emulator. Not safe to share between threads: a pool gives it to one at a time."""

    kind = "lambda"

    def __init__(
        self,
        function: Function,
        *,
        machine: Machine,
        folder: Path,
        task: Path,
        opt: Path,
        apis: str,
        key: AccessKey,
        log: IO[bytes],
    ) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.frozen = False
        self._timeout = function.timeout
        self._folder = folder / self.id
        invoke, runtime, server = free_ports(3)
        self._host, self._port = unguessable_loopback(), invoke
        environment = lambda_environment(function, machine=machine, apis=apis, key=key, port=server)
        prepare_folder(machine, self._folder, task=task, opt=opt, temporary=function.temporary, environment=environment)
        emulated = [f"/var/emulator/{EMULATOR}", "--runtime-interface-emulator-address", f"{self._host}:{invoke}"]
        emulated += ["--runtime-api-address", f"{self._host}:{runtime}", *entry(function, machine=machine)]
        # Nothing of the daemon's own environment reaches the function.
        outer = {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")}
        try:
            self._control = Control([*machine.command, str(self._folder), *emulated], environment=outer, log=log)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        try:
            await_port(invoke, self._control, seconds=_START_SECONDS, host=self._host)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The control process; the function's processes are below it."""
        return self._control.pid

    def invoke(self, event: bytes) -> bytes:
        """The emulator's raw answer. Raises `InstanceDiedError` or `InvocationTimeoutError`."""
        # The emulator enforces the function's own timeout; this is for an emulator that hangs.
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout + 15)
        try:
            connection.request("POST", INVOKE, body=event, headers={"Content-Type": "application/json"})
            answer = connection.getresponse().read()
        except TimeoutError as error:
            raise InvocationTimeoutError from error
        except (OSError, http.client.HTTPException) as error:
            raise InstanceDiedError(str(error)) from error
        finally:
            connection.close()
        if answer.startswith(b"Task timed out after"):
            raise InvocationTimeoutError
        return answer

    def freeze(self) -> None:
        """Stop every process of the function, as Lambda does between invocations."""
        self._control.freeze()
        self.frozen = True

    def thaw(self) -> None:
        """Let them run again."""
        self._control.thaw()
        self.frozen = False

    def close(self) -> None:
        """End all processes; mounts and files go with them."""
        self._control.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def entry(function: Function, *, machine: Machine) -> list[str]:
    """What the emulator starts as the runtime: the function's wrapper script, as AWS does, and the handler."""
    wrapper = dict(function.environment).get("AWS_LAMBDA_EXEC_WRAPPER")
    runtime = [f"/var/lang/bin/python{machine.python}", "/var/runtime/bootstrap.py"]
    return [wrapper, function.handler] if wrapper else [*runtime, function.handler]


def lambda_environment(function: Function, *, machine: Machine, apis: str, key: AccessKey, port: int) -> dict[str, str]:
    """What a function finds in its environment on AWS; of ours are the AWS APIs' address, the key to them and the port.

    All instances share the host's loopback, so each adapter needs a port of its own.
    """
    return {
        **SEARCH,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{machine.python}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        **key.environment,
        **dict(function.environment),
        "AWS_ENDPOINT_URL": apis,
        "AWS_LWA_PORT": str(port),
    }


def unguessable_loopback() -> str:
    """An address of this machine alone that no web page finds: the emulator runs whatever event is posted to it.

    All of 127.0.0.0/8 is loopback on Linux; elsewhere only the one that everybody knows.
    """
    if sys.platform != "linux":
        return "127.0.0.1"
    return f"127.{secrets.randbelow(254) + 1}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"


def await_port(port: int, control: Control, *, seconds: float, host: str = "127.0.0.1") -> None:
    """Wait until something listens on `port`; `InstanceDiedError` when it does not, or the process ends."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit and control.alive:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.005)
    raise InstanceDiedError("it does not listen")


def free_ports(count: int) -> list[int]:
    """Free ports of the loopback interface, below the range from which outgoing connections take theirs."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20000, 32000)  # noqa: S311 - spread, not secrecy
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
