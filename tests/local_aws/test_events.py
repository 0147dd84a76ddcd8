"""HTTP to a proxy event and an answer back to HTTP."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.local_aws.http.events import Request, buffered_response, proxy_event, refusal, streamed_response
from athenaeum.local_aws.names import SEPARATOR
from athenaeum.local_aws.template.api import Api, Match, Route

ROUTE = Route("/{proxy+}", "ANY", "f", streamed=True)


def _event(request: Request, *, binary: tuple[str, ...] = (), host: str = "localhost") -> dict[str, object]:
    api = Api("Api", "abc", "prod", (ROUTE,), binary, domain="docs.example.com")
    below = api.below(request.path, host=host)
    assert below is not None
    return proxy_event(request, api=api, found=Match(ROUTE, below, {"proxy": "x"}), account="123456789012")


def test_repeated_headers_and_parameters_keep_every_value_and_show_the_last() -> None:
    headers = [("Host", "localhost:8471"), ("X-A", "1"), ("X-A", "2")]
    event = _event(Request("GET", "/prod/x", "q=1&q=2&empty=", headers, b""))
    assert event["multiValueHeaders"]["X-A"] == ["1", "2"]  # type: ignore[index]
    assert event["headers"]["X-A"] == "2"  # type: ignore[index]
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "empty": [""]}
    assert event["queryStringParameters"] == {"q": "2", "empty": ""}
    assert event["headers"]["X-Forwarded-Port"] == "8471"  # type: ignore[index]


def test_the_stage_is_in_the_context_and_not_in_the_path() -> None:
    event = _event(Request("GET", "/prod/a%20b", "", [], b""))
    assert event["path"] == "/a b"
    assert event["requestContext"]["path"] == "/prod/a b"  # type: ignore[index]
    assert event["requestContext"]["stage"] == "prod"  # type: ignore[index]
    assert _event(Request("GET", "/prod", "", [], b""))["path"] == "/"


def test_at_a_domain_of_its_own_the_path_has_no_stage() -> None:
    for host in ("docs.example.com", "Docs.Example.com:8471"):
        event = _event(Request("GET", "/prod/x", "", [("Host", host)], b""), host=host)
        assert event["path"] == "/prod/x"
        assert event["requestContext"]["path"] == "/prod/x"  # type: ignore[index]
        assert event["requestContext"]["domainName"] == host  # type: ignore[index]


def test_only_declared_media_types_pass_as_binary() -> None:
    data = b"\x00\xff"
    kind = [("content-type", "image/png; x=1")]
    as_text = _event(Request("POST", "/prod/x", "", kind, data))
    assert (as_text["body"], as_text["isBase64Encoded"]) == ("\x00\ufffd", False)
    for declared in ("image/png", "*/*"):
        event = _event(Request("POST", "/prod/x", "", kind, data), binary=(declared,))
        assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(data).decode(), True)


@given(st.text(), st.integers(100, 599), st.binary())
def test_a_streamed_answer_gives_back_status_and_body(value: str, status: int, body: bytes) -> None:
    prelude = json.dumps({"statusCode": status, "headers": {"x-a": value}, "cookies": ["a=1"]}).encode()
    response = streamed_response(prelude + SEPARATOR + body)
    assert response is not None
    assert (response.status, response.body) == (status, body)
    assert response.headers == [("x-a", value), ("set-cookie", "a=1")]


@pytest.mark.parametrize("answer", [b"", b"{}", b"null", b"[1]" + SEPARATOR, b'{"errorType":"Runtime.ExitError"}'])
def test_what_is_no_answer_is_none(answer: bytes) -> None:
    assert streamed_response(answer) is None
    assert buffered_response(answer) is None


def test_a_buffered_answer_is_decoded_and_its_own_headers_renamed() -> None:
    head = {"statusCode": 401, "multiValueHeaders": {"WWW-Authenticate": ["Bearer"], "Server": ["uvicorn"]}}
    answer = {**head, "body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}
    response = buffered_response(json.dumps(answer).encode())
    assert response is not None
    assert response.body == b"\xff"
    assert response.headers == [("x-amzn-Remapped-WWW-Authenticate", "Bearer"), ("x-amzn-Remapped-Server", "uvicorn")]


def test_a_refusal_has_the_form_of_api_gateway() -> None:
    refused = refusal(413, "Request Too Long")
    assert json.loads(refused.body) == {"message": "Request Too Long"}
    assert ("x-amzn-ErrorType", "RequestTooLargeException") in refused.headers
