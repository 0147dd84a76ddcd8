"""Providers on the wire: documented protocols, retries, silence, broken streams; and no key in anything said."""

import binascii
import http.server
import json
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from athenaeum.chat.conversation import Turn
from athenaeum.chat.providers.base import Access, Ask, persist
from athenaeum.chat.providers.choose import choose_provider, open_provider
from athenaeum.errors import ConfigError, ProviderBusyError, ProviderError, ProviderKeyError, ProviderTimeoutError

ASK = Ask(
    question="Abort?",
    sources=(),
    messages=(Turn("system", "Rules."), Turn("assistant", "Hello."), Turn("user", "Abort?")),
    model="a-model",
    max_tokens=50,
    temperature=0.5,
)


def said(provider) -> tuple[str, object]:
    pieces = list(provider.stream(ASK))
    return "".join(piece.text for piece in pieces), pieces[-1]


def access(llm, path="", **more) -> Access:
    options = {"timeout": 1.0, "retries": 2, "environ": {}} | more
    return Access(base_url=f"{llm.url}{path}", api_key="sk-secret-123", **options)


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1"), ("ollama", "")])
def test_an_answer_arrives_with_its_reason_and_tokens(llm, name, path):
    text, last = said(open_provider(name, access(llm, path)))
    assert text == llm.answer
    assert (last.finish_reason, last.prompt_tokens, last.completion_tokens) == ("stop", 100, 20)


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1"), ("ollama", "")])
def test_a_rate_limit_is_tried_again_and_then_told(llm, name, path):
    llm.fault = "429 once"
    assert said(open_provider(name, access(llm, path)))[0] == llm.answer
    assert len(llm.requests) == 2
    llm.fault = "429"
    with pytest.raises(ProviderBusyError):
        said(open_provider(name, access(llm, path)))
    assert len(llm.requests) == 2 + 3


@pytest.mark.parametrize(
    ("name", "path", "fault", "kind"),
    [
        ("openai", "/v1", "401", ProviderKeyError),
        ("openai", "/v1", "404", ProviderError),
        ("openai", "/v1", "stall", ProviderTimeoutError),
        ("openai", "/v1", "silence", ProviderTimeoutError),
        ("openai", "/v1", "cut", ProviderError),
        ("openai", "/v1", "not json", ProviderError),
        ("openai", "/v1", "error event", ProviderError),
        ("ollama", "", "404", ProviderError),
        ("ollama", "", "500", ProviderError),
        ("ollama", "", "stall", ProviderTimeoutError),
        ("ollama", "", "cut", ProviderError),
        ("ollama", "", "not json", ProviderError),
        ("ollama", "", "not an object", ProviderError),
    ],
)
def test_faults_become_errors_without_the_providers_words(llm, name, path, fault, kind):
    llm.fault = fault
    with pytest.raises(kind) as caught:
        said(open_provider(name, access(llm, path, retries=0)))
    assert "sk-secret" not in str(caught.value) + repr(caught.value.__cause__)


@pytest.mark.parametrize("name", ["openai", "ollama"])
def test_an_address_nobody_listens_on_is_an_error(name):
    with pytest.raises(ProviderError):
        said(open_provider(name, Access(base_url="http://127.0.0.1:9/v1", api_key="k", retries=0, environ={})))


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1"), ("ollama", "")])
def test_a_silence_is_not_tried_again(llm, name, path):
    llm.fault = "stall"
    with pytest.raises(ProviderTimeoutError):
        said(open_provider(name, access(llm, path)))
    assert len(llm.requests) == 1


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1"), ("ollama", "")])
def test_a_drip_that_is_never_silent_ends_at_the_deadline(llm, name, path):
    llm.fault = "drip"
    began = time.monotonic()
    asked = replace(ASK, deadline=began + 0.5)
    with pytest.raises(ProviderTimeoutError):
        list(open_provider(name, access(llm, path, timeout=20)).stream(asked))
    # Far below the longest silence: nothing is measured here but that it ended.
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1"), ("ollama", "")])
def test_what_cannot_get_better_is_not_tried_again(llm, name, path):
    llm.fault = "404"
    with pytest.raises(ProviderError):
        said(open_provider(name, access(llm, path)))
    assert len(llm.requests) == 1


def test_pauses_grow_and_follow_the_provider_up_to_a_bound(monkeypatch):
    slept, told = [], iter([ValueError("a"), ValueError("b"), ValueError("c")])
    monkeypatch.setattr("athenaeum.chat.providers.base.time.sleep", slept.append)

    def begin():
        raise next(told)

    with pytest.raises(ValueError, match="c"):
        persist(begin, retries=2, pause=lambda _error: 0.0)
    assert 0.25 <= slept[0] <= 0.32
    assert 0.5 <= slept[1] <= 0.63
    for asked, again in [(2.0, True), (60.0, False), (None, False)]:
        slept.clear()
        told = iter([ValueError("a"), ValueError("b")])
        with pytest.raises(ValueError, match="b" if again else "a"):
            persist(begin, retries=1, pause=lambda _error, asked=asked: asked)
        assert slept == ([asked] if again else [])


def test_ollama_is_found_where_its_own_variable_says(llm):
    where = Access(environ={"OLLAMA_HOST": llm.url.removeprefix("http://")})
    assert said(open_provider("ollama", where))[0] == llm.answer
    assert llm.requests[0]["options"] == {"num_predict": 50, "temperature": 0.5}


def test_openai_itself_is_told_the_newer_name_of_the_bound_and_a_compatible_server_the_older(llm, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", f"{llm.url}/v1")
    itself, compatible = Access(api_key="k", environ={}), access(llm, "/v1")
    for where in (itself, compatible):
        said(open_provider("openai", where))
    bounds = [{name: value for name, value in asked.items() if "max" in name} for asked in llm.requests]
    assert bounds == [{"max_completion_tokens": 50}, {"max_tokens": 50}]


@pytest.mark.parametrize(("name", "path"), [("openai", "/v1"), ("ollama", "")])
def test_sampling_and_stops_are_passed_on(llm, name, path):
    list(open_provider(name, access(llm, path)).stream(replace(ASK, top_p=0.3, stop=("END", "STOP"))))
    asked = llm.requests[0].get("options", llm.requests[0])
    assert (asked["temperature"], asked["top_p"], asked["stop"]) == (0.5, 0.3, ["END", "STOP"])


def test_openai_without_a_key_says_what_to_set():
    with pytest.raises(ProviderKeyError, match="OPENAI_API_KEY"):
        said(open_provider("openai", Access(environ={})))


def test_the_provider_follows_from_what_is_set():
    assert choose_provider("", Access()) == "none"
    assert choose_provider("", Access(api_key="k")) == "openai"
    assert choose_provider("", Access(secret_arn="arn")) == "openai"
    assert choose_provider("bedrock", Access(api_key="k")) == "bedrock"
    with pytest.raises(ConfigError):
        choose_provider("claude", Access())


def test_an_access_shows_no_key():
    assert "sk-secret" not in repr(Access(api_key="sk-secret-123"))


def frame(kind: str, payload: dict, *, exception: bool = False) -> bytes:
    """One message of AWS's event stream encoding: lengths and two CRCs around headers and a JSON payload."""
    names = {":message-type": "exception" if exception else "event", ":content-type": "application/json"}
    names[":exception-type" if exception else ":event-type"] = kind
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in names.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    head = prelude + struct.pack(">I", binascii.crc32(prelude))
    whole = head + headers + body
    return whole + struct.pack(">I", binascii.crc32(whole))


@contextmanager
def bedrock(status: int, body: bytes, *, code: str = ""):
    asked: list[dict] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_args):
            pass

        def do_POST(self):
            asked.append({"path": self.path, **json.loads(self.rfile.read(int(self.headers["content-length"])))})
            self.send_response(status)
            self.send_header(
                "content-type", "application/vnd.amazon.eventstream" if status == 200 else "application/json"
            )
            self.send_header("content-length", str(len(body)))
            if code:
                self.send_header("x-amzn-errortype", code)
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Access(base_url=f"http://127.0.0.1:{server.server_port}", retries=0, timeout=5), asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def aws(monkeypatch):
    for name, value in {"ACCESS_KEY_ID": "AKIASECRET", "SECRET_ACCESS_KEY": "s", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


def test_bedrock_streams_through_boto3_in_its_own_encoding(aws):
    stream = b"".join(
        [
            frame("messageStart", {"role": "assistant"}),
            frame("contentBlockDelta", {"delta": {"text": "Press "}, "contentBlockIndex": 0}),
            frame("contentBlockDelta", {"delta": {"text": "it [1]."}, "contentBlockIndex": 0}),
            frame("messageStop", {"stopReason": "max_tokens"}),
            frame(
                "metadata",
                {"usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10}, "metrics": {"latencyMs": 1}},
            ),
        ]
    )
    with bedrock(200, stream) as (where, asked):
        text, last = said(open_provider("bedrock", where))
    assert text == "Press it [1]."
    assert (last.finish_reason, last.prompt_tokens, last.completion_tokens) == ("length", 7, 3)
    assert asked[0]["path"].endswith("/model/a-model/converse-stream")
    assert asked[0]["system"] == [{"text": "Rules."}]
    assert [message["role"] for message in asked[0]["messages"]] == ["user"]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "ThrottlingException", ProviderBusyError),
        (403, "AccessDeniedException", ProviderKeyError),
        (404, "ResourceNotFoundException", ProviderError),
        (400, "ValidationException", ProviderError),
        (408, "ModelTimeoutException", ProviderTimeoutError),
    ],
)
def test_bedrocks_errors_are_told_apart(aws, status, code, kind):
    body = json.dumps({"message": "AKIASECRET is bad"}).encode()
    with bedrock(status, body, code=code) as (where, _), pytest.raises(kind) as caught:
        said(open_provider("bedrock", where))
    assert "AKIASECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "tries"), [(429, "ThrottlingException", 3), (500, "InternalServerException", 3), (400, "X", 1)]
)
def test_bedrock_is_asked_again_only_where_a_pause_may_help(aws, status, code, tries):
    with bedrock(status, b'{"message": "no"}', code=code) as (where, asked), pytest.raises(ProviderError):
        said(open_provider("bedrock", replace(where, retries=2)))
    assert len(asked) == tries


def test_a_bedrock_stream_that_breaks_off_is_an_error(aws):
    part = frame("contentBlockDelta", {"delta": {"text": "Press "}, "contentBlockIndex": 0})
    with bedrock(200, part) as (where, _), pytest.raises(ProviderError, match="broke off"):
        said(open_provider("bedrock", where))
    throttled = part + frame("throttlingException", {"message": "slow down"}, exception=True)
    with bedrock(200, throttled) as (where, _), pytest.raises(ProviderBusyError):
        said(open_provider("bedrock", where))
