"""Behind a stage, a base path or a proxy: every link the endpoint gives leads back to it."""

import json
import re

import pytest

DOMAIN = "abc123.execute-api.eu-west-1.amazonaws.com"


def gateway(full: str, *, domain: str = DOMAIN) -> dict[str, str]:
    context = {"path": full, "stage": "prod", "domainName": domain, "requestId": "gateway-request-1"}
    return {"x-amzn-request-context": json.dumps(context), "host": domain, "x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("full", "domain", "root"),
    [
        ("/prod/", DOMAIN, f"https://{DOMAIN}/prod"),
        ("/prod", DOMAIN, f"https://{DOMAIN}/prod"),
        ("/", "docs.example.org", "https://docs.example.org"),
        ("/api/v2/", "docs.example.org", "https://docs.example.org/api/v2"),
    ],
)
def test_page_assets_documents_and_lists_stay_below_the_prefix(serve, full, domain, root):
    client = serve(on_lambda=True).client
    prefix = root.split(domain)[1]

    def get(path: str):
        # The address of a stage is asked for as /prod and as /prod/; the path that reaches the server is / both times.
        asked = full if path == "/" else full.rstrip("/") + path
        answer = client.get(path, headers=gateway(asked, domain=domain))
        assert answer.status_code == 200, answer.text
        return answer

    page = get("/").text
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    own = [link for link in links if link.startswith("/")]
    assert own
    assert all(link.startswith(f"{prefix}/") for link in own)
    asset = next(link for link in own if "style.css" in link)
    assert get(asset.removeprefix(prefix)).headers["content-type"].startswith("text/css")
    assert f"{root}/mcp" in page
    assert get("/openapi.json").json()["servers"] == [{"url": root}]
    assert f"({root}/pages/index.md)" in get("/llms.txt").text
    assert f"{root}/search" in get("/docs").text
    assert get("/health").headers["x-request-id"] == "gateway-request-1"


@pytest.mark.parametrize(
    "told",
    [
        "not json",
        '{"path": 5}',
        '{"path": "/evil\\"><script>/", "requestId": "x"}',
        '{"path": "//evil.example/", "domainName": "evil.example"}',
        "[" * 5000,
    ],
)
def test_a_strange_request_context_changes_nothing(serve, told):
    client = serve(on_lambda=True).client
    page = client.get("/", headers={"x-amzn-request-context": told}).text
    assert 'action="/"' in page
    assert "evil" not in page


def test_without_a_gateway_forwarding_headers_are_not_believed(serve):
    # The scheme is the web server's own affair: it believes a proxy on the same machine.
    headers = gateway("/prod/") | {"host": "localhost:8000", "x-forwarded-proto": "http"}
    running = serve()
    page = running.client.get("/", headers=headers).text
    assert 'action="/"' in page
    assert "http://localhost:8000/mcp" in page


def test_a_hostile_host_header_does_not_reach_the_page(serve):
    page = serve().client.get("/", headers={"host": 'x"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text


def test_what_no_gateway_handed_over_is_held_to_the_door_of_a_laptop(serve):
    # The embedded AWS runs a function on a port that every page its owner visits can reach.
    client = serve(on_lambda=True).client
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "x-amzn-request-context"}
    for headers in (
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"host": "evil.example"},
    ):
        for method, path in (("GET", "/llms-full.txt"), ("POST", "/chat/completions"), ("OPTIONS", "/search")):
            assert client.request(method, path, headers={**headers, **wanted}).status_code in (403, 421)
    handed = gateway("/prod/llms.txt") | {"origin": "https://anyone.example", "sec-fetch-site": "cross-site"}
    answer = client.get("/llms.txt", headers=handed)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
