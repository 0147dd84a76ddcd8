"""A local server that behaves as GitHub's APIs do around the comments of a pull request and the order of commits.

From GitHub's documentation: pages of at most 100 with a `Link` header, 403 "Resource not accessible by integration" for
a token that may only read, 403 or 429 with `Retry-After` for secondary limits, `X-RateLimit-Remaining: 0` with a reset
time for the primary one, GraphQL's errors with status 200, and 403 on /user for a token of a job.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = {"login": "github-actions[bot]", "type": "Bot"}
COMMENTS = re.compile(r"/repos/acme/[\w-]+/issues/7/comments")
COMPARE = re.compile(r"/repos/acme/[\w-]+/compare/(\w+)\.\.\.(\w+)")
COMMENT = re.compile(r"/repos/acme/[\w-]+/issues/comments/(\d+)")


@dataclass
class Fault:
    """What happens to the next request whose method is `method` ("" for any): a status, or a cut connection.

    With `done`, the request has its effect although its answer is lost.
    """

    method: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = ""
    done: bool = False


@dataclass
class FakeGitHub:
    """The state of one pull request. `tokens` maps a token to "write", "read" or a person's login."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    minimised: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=lambda: {"job": "write", "fork": "read"})
    compared: dict[tuple[str, str], str] = field(default_factory=dict)
    """What the compare API says of two commits: GitHub's four words, or "none" for no common ancestor."""
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def add(self, body: str, *, user: dict[str, str] | None = None) -> dict[str, Any]:
        number = 1000 + len(self.comments)
        made = {"id": number, "node_id": f"IC_{number}", "body": body, "user": user or dict(BOT)}
        self.comments.append(made)
        return made

    def chatter(self, count: int) -> None:
        for number in range(count):
            self.add(f"comment {number}", user={"login": "reader", "type": "User"})

    @property
    def ours(self) -> list[dict[str, Any]]:
        return [one for one in self.comments if one["body"].startswith("<!-- athenaeum check")]

    @property
    def environment(self) -> dict[str, str]:
        """What the runner of a job would set."""
        return {"GITHUB_API_URL": self.url, "GITHUB_GRAPHQL_URL": f"{self.url}/graphql"}

    def answer(self, method: str, target: str, role: str, body: Any) -> tuple[int, dict[str, str], Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if not role:
            return 401, {}, {"message": "Bad credentials"}
        if path == "/user":
            if role in ("write", "read"):
                return 403, {}, {"message": "Resource not accessible by integration"}
            return 200, {}, {"login": role}
        if path == "/graphql":
            return self._graphql(role, body)
        if found := COMPARE.fullmatch(path):
            word = self.compared.get((found[1], found[2]), "")
            if word in ("ahead", "behind", "identical", "diverged"):
                return 200, {}, {"status": word, "ahead_by": 0, "behind_by": 0, "commits": [], "files": []}
            message = f"No common ancestor between {found[1]} and {found[2]}." if word == "none" else "Not Found"
            return 404, {}, {"message": message}
        if COMMENTS.fullmatch(path) and method == "GET":
            return self._page(query)
        if role == "read":
            return 403, {}, {"message": "Resource not accessible by integration"}
        if COMMENTS.fullmatch(path) and method == "POST":
            user = BOT if role == "write" else {"login": role, "type": "User"}
            return 201, {}, self.add(body["body"], user=dict(user))
        if (found := COMMENT.fullmatch(path)) and method == "PATCH":
            for one in self.comments:
                if one["id"] == int(found[1]):
                    one["body"] = body["body"]
                    return 200, {}, one
        return 404, {}, {"message": "Not Found"}

    def _page(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        size, page = min(int(query.get("per_page", ["30"])[0]), 100), int(query.get("page", ["1"])[0])
        first = (page - 1) * size
        links = {}
        if first + size < len(self.comments):
            following = f"{self.url}/repos/acme/docs/issues/7/comments?per_page={size}&page={page + 1}"
            links = {"Link": f'<{following}>; rel="next", <{self.url}/x>; rel="last"'}
        return 200, links, self.comments[first : first + size]

    def _graphql(self, role: str, body: Any) -> tuple[int, dict[str, str], Any]:
        if role == "read":
            message = "Resource not accessible by integration"
            return 200, {}, {"errors": [{"type": "FORBIDDEN", "message": message}]}
        node = body["variables"]["id"]
        if node not in {one["node_id"] for one in self.comments}:
            return 200, {}, {"errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]}
        if "unminimizeComment" in body["query"]:
            self.minimised.discard(node)
        else:
            self.minimised.add(node)
        return 200, {}, {"data": {}}


@contextmanager
def serve_github() -> Iterator[FakeGitHub]:
    state = FakeGitHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer_one(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            state.requests.append((self.command, self.path))
            role = state.tokens.get(self.headers.get("authorization", "").removeprefix("Bearer "), "")
            body = json.loads(data) if data else None
            fault = next((one for one in state.faults if one.method in ("", self.command)), None)
            if fault is None or fault.done:
                status, headers, answer = state.answer(self.command, self.path, role, body)
            if fault is not None:
                state.faults.remove(fault)
                if not fault.status:
                    self.close_connection = True
                    self.connection.close()
                    return
                status, headers, answer = fault.status, fault.headers, {"message": fault.message}
            sent = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self.answer_one()

        def do_POST(self) -> None:
            self.answer_one()

        def do_PATCH(self) -> None:
            self.answer_one()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
