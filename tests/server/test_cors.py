"""What pages of other origins may do."""

import pytest

from athenaeum.server.edge.middleware import ALLOWED_HEADERS


def preflight(client, headers: str):
    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    return client.options("/v1/chat/completions", headers={**asked, "access-control-request-headers": headers})


def test_a_preflight_allows_the_headers_that_a_client_brings_along(serve):
    wanted = "authorization, content-type, x-stainless-arch, x-stainless-retry-count"
    answer = preflight(serve().client, wanted)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == wanted


@pytest.mark.parametrize("headers", ["", "a" * 2_000, "x: y", "x\x7f"])
def test_what_are_no_header_names_are_not_sent_back(serve, headers):
    assert preflight(serve().client, headers).headers["access-control-allow-headers"] == ALLOWED_HEADERS
