"""The process that holds an instance: orders on its standard input, one-word answers on its standard output.

Its input closes when we close it or when we are killed, and then it ends everything it holds.
"""

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO


class InstanceDiedError(Exception):
    """The function's processes ended, or did not start."""


class InvocationTimeoutError(Exception):
    """The function did not answer within its timeout."""


class Control:
    """A running control process (`sandbox.sh` or `hosted.sh`)."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], log: IO[bytes]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own scripts
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=dict(environment),
            start_new_session=True,  # Ctrl-C in a terminal is for the daemon to handle.
        )
        try:
            self._expect("started")
        except InstanceDiedError:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The control process; what it holds is below it."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the control process still runs."""
        return self._process.poll() is None

    def freeze(self) -> None:
        """Stop every process of the function, as Lambda does between invocations."""
        self._order("freeze", "frozen")

    def thaw(self) -> None:
        """Let them run again."""
        self._order("thaw", "thawed")

    def close(self) -> None:
        """End all that is held."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _order(self, order: str, answer: str) -> None:
        try:
            if self._process.stdin is None:
                raise InstanceDiedError(order)
            self._process.stdin.write(f"{order}\n".encode())
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise InstanceDiedError(order) from error
        self._expect(answer)

    def _expect(self, answer: str) -> None:
        line = self._process.stdout.readline() if self._process.stdout else b""
        if line.strip().decode(errors="replace") != answer:
            raise InstanceDiedError(f"expected {answer!r}, got {line!r}")
