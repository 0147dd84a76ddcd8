"""The port that our own commands talk to: what runs, bring it in line with what is deployed, stop.

The token in the state file keeps other users out; web pages are kept out before it is looked at.
"""

import json
import secrets
import threading
from http.server import ThreadingHTTPServer
from typing import Any, Protocol

from athenaeum.errors import AthenaeumError
from athenaeum.local_aws.http.framing import AmbiguousError, StrictRequests, TooLargeError
from athenaeum.server.http.guard import NO_PAGES, check

_MOST_BODY = 1024


class Controlled(Protocol):
    """What can be asked of a daemon."""

    token: str

    def status(self) -> dict[str, Any]:
        """What runs."""

    def settle(self) -> None:
        """Serve what is deployed."""

    def end(self) -> None:
        """Stop."""

    def note(self, line: str) -> None:
        """One line to the log."""


def serve_control(daemon: Controlled) -> ThreadingHTTPServer:
    """Listen on a free port of the loopback interface; the server."""

    class Handler(StrictRequests):
        def do_POST(self) -> None:  # noqa: N802 - the base class's name
            try:
                check(self.headers.items(), door=NO_PAGES, method="POST")
                self.read_body(_MOST_BODY)
            except AthenaeumError as error:
                self._answer(error.status, {"message": str(error)})
                return
            except (AmbiguousError, TooLargeError):
                self._answer(400, {})
                return
            given = self.headers.get("Authorization", "").encode("latin-1", "replace")
            if not secrets.compare_digest(given, f"Bearer {daemon.token}".encode()):
                self._answer(403, {})
                return
            try:
                if self.path == "/settle":
                    daemon.settle()
                if self.path == "/down":
                    daemon.end()
                self._answer(200, daemon.status())
            except Exception as error:
                daemon.note(f"{self.path}: {type(error).__name__}: {error}")
                self._answer(500, {})

        def _answer(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.1,), name="control", daemon=True).start()
    return server
