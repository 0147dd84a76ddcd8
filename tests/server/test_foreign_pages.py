"""`athenaeum serve` on a machine: nothing for pages of other sites, all for its own and those it names."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from foreign_page import open_window, try_everything
from processes import process, wait_for

from athenaeum.errors import UsageError
from athenaeum.server.routes import ROUTES
from athenaeum.settings import ServerSettings

PAID = {"OPENAI_API_KEY": "sk-test"}


@contextmanager
def served(index, *arguments: str, **environment: str) -> Iterator[str]:
    """The address of `athenaeum serve` with these flags."""
    command = ("athenaeum", "serve", "--index", str(index), "--port", "0", *arguments)
    # A pipe of its log that nobody reads would stop it.
    with process(*command, stdout=subprocess.DEVNULL, **environment) as running:
        told = []
        while "Serving on" not in (line := running.stderr.readline()):
            assert line, told
            told.append(line)
        address = re.search(r"http://[^ ,]+", line).group()
        wait_for(lambda: httpx.get(f"{address}/health").status_code == 200)
        yield address


@pytest.fixture(scope="module")
def address(index, llm_address) -> Iterator[str]:
    """A server with a paid provider, which is a server of the test's."""
    with served(index, "--llm-base-url", f"{llm_address}/v1", "--llm-model", "test", **PAID) as found:
        yield found


@pytest.fixture(scope="module")
def paid() -> Iterator[list[str]]:
    """What the language model was asked."""
    return []


@pytest.fixture(scope="module")
def llm_address(paid) -> Iterator[str]:
    from llm_server import run_llm

    with run_llm() as llm:
        paid.append(llm)
        yield llm.url


def ask(address: str, method: str = "GET", path: str = "/", *, content: bytes | None = None, **headers: str):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return CLIENT.request(method, f"{address}{path}", headers=sent, content=content)


CLIENT = httpx.Client(timeout=60)
"""One for all: a client of its own for each request would be most of the time."""
CHAT = json.dumps({"messages": [{"role": "user", "content": "How do I stop a launch?"}]})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/llms-full.txt", "x=y"),
        ("/search?q=launch", '{"query": "launch", "x": "="}'),
        ("/v1/chat/completions", CHAT),
        ("/mcp", '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'),
        ("/assets/style.css", "x=y"),
    ],
)
def test_a_page_of_another_site_gets_nothing_and_spends_nothing(address, browser, site, paid, path, body):
    before = len(paid[0].requests)
    found = try_everything(browser, site=site, target=address, path=path, body=body)
    assert len(found) > 20
    # A script or a style that is refused fails to load; what an answer says is never known.
    assert {name: got for name, got in found.items() if got not in ("failed", "opaque", "silent")} == {}
    assert len(paid[0].requests) == before


def test_a_window_that_another_site_opens_tells_it_nothing(address, browser, site):
    assert open_window(browser, site=site, address=f"{address}/llms-full.txt") == "failed"


def test_a_name_of_another_site_that_leads_here_is_refused(address, browser):
    page = browser.new_context().new_page()
    answer = page.goto(f"http://evil.test:{urlsplit(address).port}/llms-full.txt")
    assert answer.status == 421
    assert "Acme" not in page.content()
    page.context.close()


def test_the_servers_own_page_works_in_a_browser(address, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/")
    page.keyboard.type("abort")
    page.wait_for_selector(".result")
    page.keyboard.press("Control+Enter")
    page.locator("#talk").get_by_text("Press the red button").wait_for()
    context.close()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods[0]} {route.path}")
def test_every_address_looks_at_the_name_and_the_origin(address, route):
    path = route.path.replace("{path:path}", "index.md").replace("{name}", "style.css")
    port = urlsplit(address).port
    for method in {*route.methods, "OPTIONS", "HEAD"}:
        for host in (
            "evil.example",
            f"evil.example:{port}",
            f"localhost.evil.example:{port}",
            "127.0.0.1.evil.example",
        ):
            assert ask(address, method, path, host=host).status_code == 421, (method, host)
        for refused in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://localhost:4000"},
            {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"},
            {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"},
            {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
            {"sec_fetch_site": "nonsense"},
        ):
            answer = ask(address, method, path, **refused)
            assert answer.status_code == 403, (method, refused)
            assert not [name for name in answer.headers if name.startswith("access-control-")], (method, refused)


def test_a_form_of_another_site_is_refused_whatever_it_sends(address):
    navigation = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert ask(address, "POST", "/search", content=b"{}", **navigation).status_code == 403
    # A link that a person follows opens, and no page reads it.
    assert ask(address, "GET", "/?q=launch", **navigation).status_code == 200


def test_the_refusal_names_the_flag_and_the_flag_lets_in(index, address):
    refused = ask(address, path="/search?q=launch", origin="http://localhost:4000")
    assert "athenaeum serve --allow-origin http://localhost:4000" in refused.json()["error"]["message"]
    refused = ask(address, path="/search?q=launch", host="docs.internal:8000")
    assert "athenaeum serve --allow-host docs.internal" in refused.json()["error"]["message"]
    flags = ("--allow-origin", "http://localhost:4000/guide/", "--allow-host", "docs.internal")
    with served(index, *flags, **PAID) as opened:
        allowed = ask(opened, path="/search?q=launch", origin="http://localhost:4000", host="docs.internal:8000")
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == "http://localhost:4000"
        assert ask(opened, path="/search?q=launch", origin="http://localhost:4001").status_code == 403
        assert ask(opened, path="/search?q=launch", host="other.internal:8000").status_code == 421
        wanted = {"access_control_request_method": "POST", "access_control_request_headers": "content-type"}
        preflight = ask(opened, "OPTIONS", "/search", origin="http://localhost:4000", **wanted)
        assert preflight.headers["access-control-allow-origin"] == "http://localhost:4000"


def test_the_page_of_an_origin_that_is_named_can_use_it(index, browser, site):
    with served(index, "--allow-origin", site) as opened:
        found = try_everything(browser, site=site, target=opened, path="/search?q=launch", body='{"query": "launch"}')
        assert found["read"].startswith('200 {"object":"list"')
        assert found["post application/json"].startswith("200 ")


def run(index, *arguments: str, **environment: str) -> tuple[int, str]:
    command = ("athenaeum", "serve", "--index", str(index), "--port", "0", *arguments)
    with process(*command, **environment) as running:
        _, told = running.communicate(timeout=60)
    return running.returncode, told


def test_paid_chat_is_never_open_to_every_origin(index):
    for arguments, environment in (
        (("--allow-origin", "*"), PAID),
        (("--allow-origin", "*", "--llm-provider", "bedrock"), {}),
        ((), {**PAID, "ATHENAEUM_CORS_ORIGINS": "*"}),
    ):
        code, told = run(index, *arguments, **environment)
        assert code == 2
        assert "Chat costs money here" in told
    from athenaeum.server.edge.self_hosted import guard

    for wrong in ("localhost:4000", "ftp://x", "https://", "http://x:port", "null"):
        with pytest.raises(UsageError, match="is no origin"):
            guard(ServerSettings(), origins=[wrong])
    with served(index, "--allow-origin", "*") as opened:
        answer = ask(opened, path="/search?q=launch", origin="https://anyone.example")
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert ask(opened, path="/search?q=launch", host="evil.example").status_code == 421


def test_paid_chat_has_a_budget_unless_it_was_set(index, llm_address):
    flags = ("--llm-base-url", f"{llm_address}/v1", "--llm-model", "test")
    command = ("athenaeum", "serve", "--index", str(index), "--port", "0", *flags)
    for environment, line in (({}, "200,000 tokens a day"), ({"ATHENAEUM_CHAT_DAILY_TOKENS": "1000"}, "1,000 tokens")):
        with process(*command, **PAID, **environment) as running:
            assert line in running.stderr.readline()
            running.stderr.readline()
    with served(index, *flags, **PAID, ATHENAEUM_CHAT_DAILY_TOKENS="1") as opened:
        answer = ask(opened, "POST", "/chat/completions", content=CHAT.encode(), content_type="application/json")
        assert answer.status_code == 429


def test_forwarding_headers_are_believed_of_a_named_proxy_alone(index):
    forwarded = {"x_forwarded_proto": "https", "x_forwarded_for": "203.0.113.9", "forwarded": "proto=https;host=evil"}
    document = {"host": "localhost:8000", **forwarded, "x_forwarded_host": "evil.example"}
    # What uvicorn reads of the environment decides nothing either.
    with served(index, FORWARDED_ALLOW_IPS="*") as opened:
        assert ask(opened, path="/openapi.json", **document).json()["servers"] == [{"url": "http://localhost:8000"}]
    with served(index, "--proxy", "127.0.0.1") as opened:
        assert ask(opened, path="/openapi.json", **document).json()["servers"] == [{"url": "https://localhost:8000"}]
    with served(index, "--proxy", "10.0.0.1") as opened:
        assert ask(opened, path="/openapi.json", **document).json()["servers"] == [{"url": "http://localhost:8000"}]


def test_on_all_addresses_literal_ones_are_answered_and_names_must_be_allowed(index):
    command = ("athenaeum", "serve", "--index", str(index), "--port", "0", "--host", "0.0.0.0")
    with process(*command) as running:
        assert "--allow-host NAME" in running.stderr.readline()
        port = re.search(r":(\d+) ", running.stderr.readline()).group(1)
        opened = f"http://127.0.0.1:{port}"
        for host, status in (("192.0.2.7:8000", 200), ("[2001:db8::1]:8000", 200), ("localhost", 200), ("laptop", 421)):
            assert ask(opened, path="/ready", host=host).status_code in (status, 204 if status == 200 else status), host


def test_two_hosts_and_two_origins_are_refused(address):
    place = urlsplit(address)
    for extra in (b"Host: localhost\r\nHost: evil.example\r\n", b"Host: localhost\r\nOrigin: null\r\nOrigin: null\r\n"):
        with socket.create_connection((place.hostname, place.port), timeout=10) as raw:
            raw.sendall(b"GET /llms.txt HTTP/1.1\r\n" + extra + b"Connection: close\r\n\r\n")
            answer = raw.recv(65536)
        assert re.match(rb"HTTP/1.1 (400|403|421) ", answer), extra


def test_the_printed_address_answers_below_a_path_too(index):
    # The path is what a proxy adds; a slash more or less around it says nothing.
    for path in ("/x", "x/", "/x/"):
        with served(index, "--root-path", path) as opened:
            assert ask(opened, path="/openapi.json").json()["servers"] == [{"url": f"{opened}/x"}]
            assert ask(opened, "PUT", "/search").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert run(index, "--root-path", "/x y")[0] == 2


def test_programs_that_fetch_as_browsers_do_are_let_in(address):
    # Node's own fetch names a mode and no site.
    assert ask(address, path="/search?q=launch", sec_fetch_mode="cors").status_code == 200
    assert ask(address, path="/health").headers["cross-origin-resource-policy"] == "same-origin"
