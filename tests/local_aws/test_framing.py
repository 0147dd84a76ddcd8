"""Where one request ends and the next begins is no matter of opinion: at the gateway, the APIs, the control port."""

import io
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_stack import LocalAws

from athenaeum.local_aws import places

HIDDEN = b"GET /prod/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def post(*headers: bytes, body: bytes = b"", line: bytes = b"POST /prod/x HTTP/1.1\r\n", host: bool = True) -> bytes:
    return line + (b"Host: localhost\r\n" if host else b"") + b"".join(headers) + b"\r\n" + body


AMBIGUOUS = {
    "two lengths": post(b"Content-Length: 0\r\n", b"Content-Length: %d\r\n" % len(HIDDEN), body=HIDDEN),
    "two lengths in one": post(b"Content-Length: 0, 44\r\n", body=HIDDEN),
    "the same length twice": post(b"Content-Length: 0\r\n", b"Content-Length: 0\r\n"),
    "a length and chunks": post(b"Content-Length: 4\r\n", CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "two encodings": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"),
    "another encoding": post(b"Transfer-Encoding: gzip, chunked\r\n", body=b"0\r\n\r\n"),
    "an encoding that only looks like chunks": post(b"Transfer-Encoding: xchunked\r\n", body=b"0\r\n\r\n"),
    "an encoding in HTTP/1.0": post(CHUNKED, body=b"0\r\n\r\n", line=b"POST /prod/x HTTP/1.0\r\n"),
    "a signed length": post(b"Content-Length: +0\r\n"),
    "a length with an underscore": post(b"Content-Length: 0_0\r\n"),
    "a negative length": post(b"Content-Length: -1\r\n"),
    "a negative chunk": post(CHUNKED, body=b"-1\r\nabc\r\n0\r\n\r\n"),
    "a chunk with a sign": post(CHUNKED, body=b"+3\r\nabc\r\n0\r\n\r\n"),
    "a chunk with a prefix": post(CHUNKED, body=b"0x3\r\nabc\r\n0\r\n\r\n"),
    "a chunk with a space": post(CHUNKED, body=b"3 \r\nabc\r\n0\r\n\r\n"),
    "a chunk that is longer than it says": post(CHUNKED, body=b"3\r\nabcd\r\n0\r\n\r\n"),
    "a chunk line that ends in a line feed": post(CHUNKED, body=b"3\nabc\r\n0\r\n\r\n"),
    "an end without its line": post(CHUNKED, body=b"0\r\nX: y\n\r\n"),
    "a folded header": post(b"X-Mine: a\r\n b\r\n"),
    "a folded length": post(b"Content-Length:\r\n 0\r\n"),
    "a space before the colon": post(b"Content-Length : 44\r\n", body=HIDDEN),
    "a bare line feed": post(b"X-Mine: a\nContent-Length: 44\r\n", body=HIDDEN),
    "line feeds alone": post(b"Content-Length: 0\r\n").replace(b"\r\n", b"\n"),
    "a bare carriage return": post(b"X-Mine: a\rContent-Length: 44\r\n", body=HIDDEN),
    "a zero byte": post(b"X-Mine: a\0\r\n"),
    "a header without a name": post(b": x\r\n"),
    "a header without a colon": post(b"X-Mine\r\n"),
    "no host": post(host=False),
    "two hosts": post(b"Host: evil.example\r\n"),
    "a whole address": post(line=b"POST http://evil.example/prod/x HTTP/1.1\r\n"),
    "no version": b"GET /prod/x\r\n\r\n",
    "a version to come": post(line=b"POST /prod/x HTTP/2.0\r\n"),
    "two spaces": post(line=b"POST  /prod/x HTTP/1.1\r\n"),
    "a tab": post(line=b"POST\t/prod/x HTTP/1.1\r\n"),
    "a hundred and one headers": post(*(b"X-%d: y\r\n" % n for n in range(101))),
}


def exchange(port: int, data: bytes) -> bytes:
    """All that comes back for `data`, until the other side ends the connection."""
    with socket.create_connection(("localhost", port), timeout=20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found


@pytest.fixture(scope="module")
def ports(aws: LocalAws, echo: dict[str, Any]) -> dict[str, int]:
    state = json.loads(places.state_file(aws.home).read_text())
    gateway = urlsplit(echo["endpoint"]).port
    assert gateway is not None
    return {"gateway": gateway, "APIs": state["apis"], "control": state["control"]}


@pytest.mark.parametrize("server", ["gateway", "APIs", "control"])
def test_what_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    ports: dict[str, int], server: str
) -> None:
    wrong = {}
    for name, data in AMBIGUOUS.items():
        answer = exchange(ports[server], data + HIDDEN)
        # The APIs look at a signature, the control port at its token, before a body: both end the connection then.
        refused = answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 403", b"HTTP/1.0 403"))
        if not refused or answer.count(b"HTTP/1.") != 1 or b'"path"' in answer:
            wrong[name] = answer[:200]
    assert wrong == {}


def test_the_gateway_answers_400_to_each_of_them(ports: dict[str, int]) -> None:
    statuses = {name: exchange(ports["gateway"], data)[9:12] for name, data in AMBIGUOUS.items()}
    assert statuses == dict.fromkeys(AMBIGUOUS, b"400")


def test_what_is_said_in_one_way_only_is_answered_and_the_connection_stays(ports: dict[str, int]) -> None:
    plain = [
        post(b"Content-Length: 3\r\n", body=b"abc"),
        post(CHUNKED, body=b"3;note=x\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\n"),
        post(b"transfer-encoding: Chunked\r\n", body=b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        post(b"X-Mine: gr\xc3\xbc\xc3\x9fe\r\n", b"X-Empty:\r\n", b"Content-Length: 3\r\n", body=b"abc"),
    ]
    answer = exchange(ports["gateway"], b"".join(plain))
    assert answer.count(b"HTTP/1.1 200") == len(plain)
    assert answer.count(b'"body": "abc"') == len(plain)


@given(sizes=st.lists(st.integers(1, 40), max_size=6), cut=st.integers(0, 200))
def test_a_chunked_body_is_read_whole_or_refused(sizes: list[int], cut: int) -> None:
    from athenaeum.local_aws.http.framing import AmbiguousError, read_chunks

    body = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in sizes) + b"0\r\n\r\n"
    assert read_chunks(io.BytesIO(body + b"next"), limit=1000) == b"x" * sum(sizes)
    if cut < len(body):
        with pytest.raises(AmbiguousError):
            read_chunks(io.BytesIO(body[:cut]), limit=1000)
