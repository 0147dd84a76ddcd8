"""An address and the same address with a slash at its end are one: for every route, method, guard and token."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from llm_server import Llm
from sign_in import Memory, authorization_server
from token_attacks import AUDIENCE, ISSUER, Issuer, token

from athenaeum.server.http.tokens import TokenVerifier
from athenaeum.server.routes import ROUTES
from athenaeum.settings import ServerSettings

BODIES = {
    "/search": {"query": "launch"},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
    "/chat/completions": {"messages": [{"role": "user", "content": "How do I abort?"}]},
}
BODIES["/v1/chat/completions"] = BODIES["/chat/completions"]
ACCEPT = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
# What differs between two answers to the same request.
OWN = ("date", "x-request-id", "server-timing")
VARYING = re.compile(r'"(id|created|took_ms|search_ms)": ?("[^"]*"|[\d.]+)')


def shape(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    return answer.status_code, headers, VARYING.sub("", answer.text)


@pytest.mark.parametrize("route", [each for each in ROUTES if each.path != "/"], ids=lambda route: route.path)
def test_every_address_answers_the_same_with_a_slash_at_its_end(serve, route):
    client = serve().client
    path = route.path.replace("{path:path}", "guide/launch.md").replace("{name}", "style.css")
    query = "?q=launch" if route.path == "/search" else ""
    body = BODIES.get(route.path)
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"):
        sent = {"json": body} if method == "POST" and body else {}
        first, second = (client.request(method, f"{path}{slash}{query}", headers=ACCEPT, **sent) for slash in ("", "/"))
        assert shape(first) == shape(second), method
        assert not first.is_redirect
        if method in route.methods:
            # Nobody is asked for a token here.
            assert first.status_code in (200, 204) or "well-known" in route.path, (method, first.text)


def test_a_token_is_asked_for_with_and_without_the_slash(guarded):
    client = guarded().client
    for path, status in (("/search?q=launch", 401), ("/llms.txt", 401), ("/health", 200), ("/ready", 204)):
        address, _, query = path.partition("?")
        for slash in ("", "/"):
            assert client.get(f"{address}{slash}?{query}").status_code == status, (address, slash)
    for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"):
        assert client.get(path).json() == client.get(f"{path}/").json()


def test_two_slashes_are_no_address(serve):
    client = serve().client
    assert client.get("/llms.txt//").status_code == 404


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_an_agent_of_either_era_connects_to_both_forms(serve, mode, slash):
    from mcp import Client

    address = f"{serve().url}/mcp{slash}"

    async def talk() -> str:
        async with Client(address, mode=mode) as agent:
            found = await agent.call_tool("search", {"query": "abort the launch"})
            return str(found.structured_content["results"][0]["path"])

    assert asyncio.run(talk()) == "guide/launch.md"


@pytest.mark.parametrize("slash", ["", "/"])
def test_openais_client_asks_below_both_forms(serve, llm: Llm, slash):
    import openai

    settings = ServerSettings(
        chat_provider="openai", chat_model="test", chat_base_url=f"{llm.url}/v1", openai_api_key="k"
    )
    client = openai.OpenAI(base_url=f"{serve(settings).url}/v1{slash}", api_key="unused")
    answer = client.chat.completions.create(model="test", messages=[{"role": "user", "content": "How do I abort?"}])
    assert "red button" in (answer.choices[0].message.content or "")


@contextmanager
def stripping_proxy(upstream: str, prefix: str) -> Iterator[str]:
    """A proxy that serves `upstream` below `prefix`, which it takes away, as nginx does with a path in proxy_pass."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            if not self.path.startswith(prefix):
                self.send_error(404)
                return
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("content-length", "connection")}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = upstream + self.path.removeprefix(prefix)
            got = httpx.request(self.command, url, headers=headers, content=body, timeout=60)
            self.send_response(got.status_code)
            for name, value in got.headers.items():
                if name not in ("content-length", "transfer-encoding", "connection", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(got.content)))
            self.end_headers()
            self.wfile.write(got.content)

        do_GET = do_POST = do_DELETE = do_OPTIONS = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def guarded(serve: Callable[..., Any]) -> Callable[..., Any]:
    """`guarded(...)` starts a server that asks for tokens of the test's issuer."""
    settings = ServerSettings(oauth_issuer=ISSUER, oauth_audience=AUDIENCE)
    return lambda **how: serve(settings, verifier=TokenVerifier(ISSUER, AUDIENCE, fetch=Issuer()), **how)


@pytest.fixture
def below(guarded: Callable[..., Any]) -> Iterator[str]:
    """The address of a server that was started with `--root-path /x` and stands behind a proxy."""
    with stripping_proxy(guarded(root_path="/x").url, "/x") as address:
        yield address


def test_below_a_path_what_must_stay_open_is_open_and_the_rest_is_not(below):
    for path, status in (("/health", 200), ("/ready", 204), ("/search?q=launch", 401), ("/llms.txt", 401)):
        assert httpx.get(f"{below}{path}").status_code == status, path
    refused = httpx.post(f"{below}/mcp", json={})
    metadata = re.search(r'resource_metadata="([^"]+)"', refused.headers["www-authenticate"]).group(1)
    assert metadata == f"{below}/.well-known/oauth-protected-resource"
    assert httpx.get(metadata).json()["resource"] == f"{below}/mcp"
    assert httpx.get(metadata).json()["authorization_servers"] == [ISSUER]


def test_below_a_path_a_405_names_the_methods(below):
    headers = {"authorization": f"Bearer {token()}"}
    answer = httpx.delete(f"{below}/search", headers=headers)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_below_a_path_an_agent_with_a_token_is_served(below, mode):
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> str:
        async with (
            httpx2.AsyncClient(headers={"authorization": f"Bearer {token()}"}) as http,
            Client(streamable_http_client(f"{below}/mcp", http_client=http), mode=mode) as agent,
        ):
            found = await agent.call_tool("search", {"query": "abort the launch"})
            return str(found.structured_content["results"][0]["path"])

    assert asyncio.run(talk()) == "guide/launch.md"


def test_below_a_path_an_agent_signs_in_from_nothing(serve):
    import httpx2
    from mcp import Client
    from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared.auth import OAuthClientMetadata

    back: list[str] = []

    async def redirect(address: str) -> None:
        back.append(httpx.get(address).headers["location"])

    async def callback() -> AuthorizationCodeResult:
        query = dict(pair.split("=", 1) for pair in urlsplit(back[-1]).query.split("&"))
        return AuthorizationCodeResult(code=query["code"], state=query["state"], iss=unquote(query["iss"]))

    async def talk(address: str) -> str:
        about = OAuthClientMetadata(client_name="test", redirect_uris=["http://localhost:1/back"])
        sign_in = OAuthClientProvider(address, about, Memory(), redirect, callback)
        async with (
            httpx2.AsyncClient(auth=sign_in) as http,
            Client(streamable_http_client(address, http_client=http), mode="legacy") as agent,
        ):
            found = await agent.call_tool("search", {"query": "abort the launch"})
            return str(found.structured_content["results"][0]["path"])

    with authorization_server(lambda issuer: token(iss=issuer)) as issuer:
        settings = ServerSettings(oauth_issuer=issuer, oauth_audience=AUDIENCE)
        verifier = TokenVerifier(issuer, AUDIENCE, jwks_url=f"{issuer}/keys", fetch=Issuer())
        running = serve(settings, verifier=verifier, root_path="/x")
        with stripping_proxy(running.url, "/x") as address:
            assert asyncio.run(talk(f"{address}/mcp")) == "guide/launch.md"
    assert back
