"""Checks that need nothing but the endpoint's address: answers, errors, CORS, agents, streaming, auth, size limits."""

from athenaeum.operations.status import published_release
from athenaeum.operations.verification.asking import Reply, ask
from athenaeum.operations.verification.outcome import Outcome, Subject, failed, passed, skipped

_TOO_LARGE = 10 * 1024 * 1024 + 1
_ERROR_KEYS = {"message", "type", "param", "code"}


def health(subject: Subject) -> Outcome:
    """200, and the release that the bucket names."""
    reply = ask(subject.server.endpoint, "/health")
    body = reply.json if isinstance(reply.json, dict) else {}
    if reply.status != 200 or body.get("status") != "ok":
        return failed(f"/health answers {reply.status}, status {body.get('status', 'missing')!r}.")
    wanted = published_release(subject.place, subject.server)
    if wanted and body.get("release") != wanted:
        return failed(f"Release {body.get('release')} is served, and the bucket names {wanted}.")
    pages = f", {body['pages']} pages" if "pages" in body else ""
    return passed(f"Release {body.get('release')}{pages}.")


def search(subject: Subject) -> Outcome:
    """A search finds something, and says from which release."""
    reply = ask(
        subject.server.endpoint,
        "/search",
        method="POST",
        body={"query": "documentation", "limit": 1},
        token=subject.token,
    )
    if _refused(reply) and not subject.token:
        return skipped("The endpoint is behind auth; give --token to search.")
    body = reply.json if isinstance(reply.json, dict) else {}
    if reply.status != 200 or not body.get("data"):
        return failed(f"POST /search answers {reply.status} with {len(body.get('data') or ())} hits.")
    if reply.headers.get("athenaeum-release") != body.get("release"):
        return failed("The answer does not name its release in Athenaeum-Release.")
    return passed(f"{reply.last * 1000:.0f} ms for a search over the network.")


def errors(subject: Subject) -> Outcome:
    """Bad input gets the error object and nothing of the inside."""
    wrong = {
        "a wrong type": (
            ask(subject.server.endpoint, "/search", method="POST", body={"query": 5}, token=subject.token),
            400,
        ),
        "an unknown path": (ask(subject.server.endpoint, "/athenaeum-verify", token=subject.token), 404),
    }
    for what, (reply, status) in wrong.items():
        if _refused(reply) and not subject.token:
            return skipped("The endpoint is behind auth; give --token.")
        error = reply.json.get("error") if isinstance(reply.json, dict) else None
        if reply.status != status or not isinstance(error, dict) or set(error) != _ERROR_KEYS:
            return failed(f"To {what} it answers {reply.status} without the error object.")
        if b"Traceback" in reply.body or b"/var/task" in reply.body:
            return failed(f"To {what} it shows the inside of the server.")
    return passed("400 and 404, with the error object.")


def cors(subject: Subject) -> Outcome:
    """A browser's preflight needs no token."""
    # Its own, which every setting lets in: what is looked at here is whether a token is asked for.
    origin = "/".join(subject.server.endpoint.split("/")[:3])
    asked = {"origin": origin, "access-control-request-method": "POST"}
    reply = ask(subject.server.endpoint, "/search", method="OPTIONS", headers=asked)
    if reply.status not in (200, 204) or "POST" not in reply.headers.get("access-control-allow-methods", ""):
        return failed(f"OPTIONS /search answers {reply.status} without the methods a browser may use.")
    return passed(f"{reply.status}, no token asked for.")


def agents(subject: Subject) -> Outcome:
    """MCP answers a POST, and refuses the GET that would pin an instance."""
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "athenaeum-verify", "version": "1"},
        },
    }
    accept = {"accept": "application/json, text/event-stream"}
    reply = ask(subject.server.endpoint, "/mcp", method="POST", body=hello, headers=accept, token=subject.token)
    if _refused(reply) and not subject.token:
        return skipped("The endpoint is behind auth; give --token.")
    body = reply.json if isinstance(reply.json, dict) else {}
    if reply.status != 200 or "serverInfo" not in (body.get("result") or {}):
        return failed(f"POST /mcp answers {reply.status} without an MCP server's greeting.")
    pinned = ask(subject.server.endpoint, "/mcp", headers=accept, token=subject.token)
    if pinned.status != 405:
        return failed(f"GET /mcp answers {pinned.status}; a stream there would keep an instance busy.")
    return passed(f"{body['result']['serverInfo'].get('name', 'unnamed')}; GET is refused.")


def streaming(subject: Subject) -> Outcome:
    """A streamed answer comes as server-sent events, and nothing on the way gathers it up."""
    asked = {
        "model": "",
        "stream": True,
        "messages": [{"role": "user", "content": "What is this documentation about?"}],
    }
    reply = ask(subject.server.endpoint, "/chat/completions", method="POST", body=asked, token=subject.token)
    if _refused(reply) and not subject.token:
        return skipped("The endpoint is behind auth; give --token.")
    if reply.status != 200 or not reply.body.rstrip().endswith(b"data: [DONE]"):
        return failed(f"A streamed chat answers {reply.status} without its last event.")
    if "content-length" in reply.headers and not subject.emulated:
        return failed("The answer has a length: it was gathered up before it was sent, so streaming is off on the way.")
    return passed(f"First byte after {reply.first * 1000:.0f} ms, last after {reply.last * 1000:.0f} ms.")


def unauthorised(subject: Subject) -> Outcome:
    """Behind auth, a request without a token is refused with a challenge a client can follow; health stays open."""
    reply = ask(subject.server.endpoint, "/search?q=documentation")
    if subject.server.settings.oauth_issuer:
        return _challenged(subject, reply)
    if not _refused(reply):
        return skipped("Anyone may call this endpoint.")
    return passed(f"{reply.status} without credentials.")


def _challenged(subject: Subject, reply: Reply) -> Outcome:
    if not _refused(reply):
        return failed(f"The function has an issuer of tokens, and a request without one is answered {reply.status}.")
    if reply.status != 401:
        return failed(f"A request without a token is refused with {reply.status} in place of 401.")
    challenge = reply.headers.get("www-authenticate") or reply.headers.get("x-amzn-remapped-www-authenticate", "")
    if not challenge.lower().startswith("bearer"):
        return failed("The 401 has no WWW-Authenticate, so a client cannot find out where to get a token.")
    opened = ask(subject.server.endpoint, "/health")
    if opened.status != 200:
        return failed(f"/health is not open: {opened.status}.")
    renamed = "" if "www-authenticate" in reply.headers else ", renamed by API Gateway"
    return passed(f"401 with a challenge{renamed}; /health is open.")


def size_limit(subject: Subject) -> Outcome:
    """A request over ten megabytes is refused as too large, and not with a failure."""
    big = b'{"query":"' + b"a" * _TOO_LARGE + b'"}'
    reply = ask(subject.server.endpoint, "/search", method="POST", raw=big, token=subject.token)
    if reply.status not in (400, 413):
        return failed(f"A request of {len(big) / 1e6:.0f} MB is answered {reply.status}.")
    return passed(f"{reply.status} for {len(big) / 1e6:.0f} MB.")


def _refused(reply: Reply) -> bool:
    return reply.status in (401, 403)
