"""An instance on a machine without namespaces, emulator or adapter: the deployed code, in this environment's packages.

The function's own `run.sh` is started with this interpreter first on the path; requests reach its server directly. A
function with a Python handler runs under our own runtime client.
What differs from AWS then: the packages are this environment's, `/opt` and `/tmp` are the machine's own.
"""

import base64
import http.client
import json
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

from athenaeum.local_aws.credentials import AccessKey
from athenaeum.local_aws.names import REGION, SEPARATOR
from athenaeum.local_aws.runtime.control import Control, InstanceDiedError, InvocationTimeoutError
from athenaeum.local_aws.runtime.instance import await_port, free_ports
from athenaeum.local_aws.runtime.sandbox import BOOTSTRAP
from athenaeum.local_aws.template.read import Function

SCRIPT = Path(__file__).with_name("hosted.sh")


class Hosted:
    """An instance in the host's own environment; used as `Sandboxed` is."""

    kind = "host"

    def __init__(
        self, function: Function, *, folder: Path, task: Path, apis: str, key: AccessKey, log: IO[bytes]
    ) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.frozen = False
        self._timeout = function.timeout
        variables = dict(function.environment)
        self._streamed = variables.get("AWS_LWA_INVOKE_MODE", "").lower() == "response_stream"
        self._key = uuid.uuid4().hex
        self._folder = folder / self.id
        self._folder.mkdir(parents=True)
        (self._port,) = free_ports(1)
        environment = {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
            "HOME": os.environ.get("HOME", "/"),
            "LAMBDA_TASK_ROOT": str(task),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **key.environment,
            **variables,
            "ATHENAEUM_INDEX_DIR": str(self._folder / "index"),
            "TMPDIR": str(self._folder),
            "AWS_ENDPOINT_URL": apis,
            "AWS_LWA_PORT": str(self._port),
            "ATHENAEUM_INVOKE_KEY": self._key,
        }
        self._plain = "AWS_LAMBDA_EXEC_WRAPPER" not in variables
        served = [sys.executable, str(BOOTSTRAP), "serve", str(self._port), function.handler]
        run = ["/bin/sh", str(SCRIPT), *(served if self._plain else [str(task / function.handler)])]
        self._control = Control(run, environment=environment, log=log)
        try:
            await_port(self._port, self._control, seconds=60)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The control process; the server is below it."""
        return self._control.pid

    def invoke(self, event: bytes) -> bytes:
        """The server's answer, in the form the emulator gives."""
        wanted = json.loads(event)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            if self._plain:
                connection.request("POST", "/", body=event, headers={"X-Invoke-Key": self._key})
                return connection.getresponse().read()
            _send(connection, wanted)
            answer = connection.getresponse()
            body = answer.read()
        except TimeoutError as error:
            raise InvocationTimeoutError from error
        except (OSError, http.client.HTTPException) as error:
            raise InstanceDiedError(str(error)) from error
        finally:
            connection.close()
        many: dict[str, list[str]] = {}
        for key, value in answer.getheaders():
            many.setdefault(key, []).append(value)
        head = {"statusCode": answer.status, "multiValueHeaders": many}
        if self._streamed:
            return json.dumps(head).encode() + SEPARATOR + body
        return json.dumps({**head, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}).encode()

    def freeze(self) -> None:
        """Stop the server between invocations."""
        self._control.freeze()
        self.frozen = True

    def thaw(self) -> None:
        """Let it run again."""
        self._control.thaw()
        self.frozen = False

    def close(self) -> None:
        """End the server and remove its files."""
        self._control.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _send(connection: http.client.HTTPConnection, event: dict[str, object]) -> None:
    query = event.get("multiValueQueryStringParameters") or {}
    target = quote(str(event["path"])) + (f"?{urlencode(query, doseq=True)}" if query else "")  # type: ignore[arg-type]
    text = str(event.get("body") or "")
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    connection.putrequest(str(event["httpMethod"]), target, skip_host=True, skip_accept_encoding=True)
    for key, values in event["multiValueHeaders"].items():  # type: ignore[attr-defined]
        if key.lower() not in ("content-length", "transfer-encoding"):
            for value in values:
                connection.putheader(key, value)
    connection.putheader("x-amzn-request-context", json.dumps(event["requestContext"]))
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
