"""Anything may be sent: the OpenAPI document holds for generated requests, and raw bytes never make a 5xx."""

import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def run_schemathesis(url: str, *, examples: int, seed: int, where: Path) -> str:
    ran = subprocess.run(
        [
            *(str(SCHEMATHESIS), "run", f"{url}/openapi.json", "--checks", CHECKS, "--seed", str(seed)),
            *("--max-examples", str(examples), "--phases", "examples,coverage,fuzzing", "--no-color"),
            # Warnings say that much was refused: a conversation without a question is, and no schema can say so.
            *("--suppress-health-check", "all", "--warnings", "off"),
        ],
        capture_output=True,
        text=True,
        timeout=3000,
        cwd=where,
        env=os.environ | {"COLUMNS": "200"},
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    return ran.stdout


def test_the_openapi_document_holds(serve, tmp_path):
    assert "No issues found" in run_schemathesis(serve().url, examples=8, seed=1, where=tmp_path)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_openapi_document_holds_over_ten_thousand_cases(serve, tmp_path):
    said = run_schemathesis(serve().url, examples=2500, seed=random.randrange(10**6), where=tmp_path)
    assert int(re.search(r"(\d+) generated", said).group(1)) >= 10_000


METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "BREW"]
PATHS = [
    "/",
    "/search",
    "/v1/chat/completions",
    "/mcp",
    "/pages/index.md",
    "/pages/" + "a" * 3000,
    "/?q=%ff%00",
    "//",
    "/%00",
]
HEADERS = [
    "content-type: application/json",
    "content-type: application/json; charset=utf-16",
    "content-type: \xff",
    "accept: application/json, text/event-stream",
    "mcp-protocol-version: 2026-07-28",
    "mcp-protocol-version: nonsense",
    "mcp-session-id: x",
    "if-none-match: \"x\", W/\"y\", *",
    "x-request-id: " + "i" * 500,
    "x-amzn-request-context: {\"path\": 1}",
    "origin: \x01",
    "authorization: Bearer " + "t" * 4000,
    "expect: 100-continue",
    "range: bytes=0-0",
    "accept-encoding: gzip, br",
]  # fmt: skip
BODIES = [
    b"",
    b"{}",
    b'{"query":"x"}',
    b'{"query":{"query":{}}}',
    b'{"messages":[{"role":"user","content":"x"}]}',
    b'{"messages":[{"role":"user","content":[{"type":"text","text":1}]}]}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":[]}}}',
    b'{"jsonrpc":"2.0","id":null,"method":"initialize","params":7}',
    b"[" * 3000,
    b"\x00" * 100,
    b"\xed\xa0\x80",
    b'{"query":"\\u0000\\ud83d\\ude00"}',
]


def raw_request(chance: random.Random) -> bytes:
    body = bytearray(chance.choice(BODIES))
    for _ in range(chance.choice([0, 0, 1, 5])):
        if body:
            body[chance.randrange(len(body))] = chance.randrange(256)
    lines = [f"{chance.choice(METHODS)} {chance.choice(PATHS)} HTTP/1.1", "host: localhost", "connection: close"]
    lines += chance.sample(HEADERS, chance.randrange(5))
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + bytes(body)


def answer_of(place, sent: bytes) -> bytes:
    with socket.create_connection((place.hostname, place.port), timeout=30) as raw:
        raw.sendall(sent)
        received = b""
        while part := raw.recv(65_536):
            received += part
    # An interim answer to `expect` comes before the real one.
    return received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")


def check_raw(running, *, cases: int, seed: int) -> None:
    place, chance = urlsplit(running.url), random.Random(seed)
    for number in range(cases):
        sent = raw_request(chance)
        received = answer_of(place, sent)
        status = int(received.split(b" ", 2)[1]) if received else 0
        assert 200 <= status < 500, (seed, number, sent, received[:300])
        assert b"Traceback" not in received


def test_raw_requests_never_fail_the_server(serve):
    check_raw(serve(), cases=300, seed=7)


@pytest.mark.long
def test_ten_thousand_raw_requests_never_fail_the_server(serve):
    check_raw(serve(), cases=10_000, seed=random.randrange(10**6))
