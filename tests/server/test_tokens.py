"""Tokens at a server without a gateway: really signed ones are let in, every known attack is refused."""

import contextlib
import http.server
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from athenaeum.errors import ConfigError, IssuerUnavailableError, UnauthorizedError
from athenaeum.server.http.fetching import MAX_BYTES, fetch_json
from athenaeum.server.http.tokens import TokenVerifier
from athenaeum.settings import ServerSettings

# Beside the tests, so that they share one matrix.
sys.path.insert(0, str(Path(__file__).parent))

from token_attacks import ATTACKS, AUDIENCE, EC, ED, ISSUER, JWKS, SENDABLE, Issuer, token

GOOD, BAD = f"Bearer {token()}", "Bearer x"


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def verifier(issuer) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, fetch=issuer)


@pytest.mark.parametrize(
    "made",
    [
        # Made when the test runs: a token made while tests are collected may have expired by then.
        token,
        lambda: token(EC, "ES256", "ec"),
        lambda: token(ED, "EdDSA", "ed"),
        lambda: token(aud=[AUDIENCE, "other"]),
        lambda: token(headers={"typ": "at+jwt"}),
        lambda: token(nbf=None, iat=None),
    ],
)
def test_a_valid_token_is_let_in(verifier, made):
    assert verifier.verify(f"Bearer {made()}")["sub"] == "someone"


def test_a_clock_that_is_a_little_off_is_forgiven(verifier):
    verifier.verify("Bearer " + token(exp=int(time.time()) - 5))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(verifier, name):
    with pytest.raises(UnauthorizedError) as caught:
        verifier.verify(ATTACKS[name])
    assert caught.value.status == 401


def test_a_flood_of_unknown_key_ids_asks_the_issuer_once_a_minute(issuer):
    now = [0.0]
    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks_url=f"{ISSUER}/keys", fetch=issuer, clock=lambda: now[0])
    for number in range(50):
        with pytest.raises(UnauthorizedError):
            verifier.verify("Bearer " + token(kid=f"made-up-{number}"))
    assert len(issuer.asked) == 1
    now[0] += 61
    with pytest.raises(UnauthorizedError):
        verifier.verify("Bearer " + token(kid="made-up"))
    assert len(issuer.asked) == 2


def test_known_keys_outlive_an_issuer_that_is_away_and_without_any_nobody_gets_in(issuer):
    now = [0.0]
    verifier = TokenVerifier(ISSUER, AUDIENCE, fetch=issuer, clock=lambda: now[0])
    verifier.verify("Bearer " + token())
    issuer.away = True
    now[0] += 4000
    verifier.verify("Bearer " + token())
    with pytest.raises(IssuerUnavailableError, match="keys cannot be read"):
        TokenVerifier(ISSUER, AUDIENCE, fetch=issuer).verify("Bearer " + token())


def test_an_issuer_that_fails_once_at_a_cold_start_locks_nobody_out(issuer):
    now = [0.0]
    verifier = TokenVerifier(ISSUER, AUDIENCE, fetch=issuer, clock=lambda: now[0])
    issuer.away = True
    with pytest.raises(IssuerUnavailableError) as caught:
        verifier.verify("Bearer " + token())
    assert caught.value.status == 503
    issuer.away = False
    now[0] += 1
    assert verifier.verify("Bearer " + token())["sub"] == "someone"


def test_an_issuer_that_stays_away_is_asked_less_and_less_often(issuer):
    now, tries = [0.0], []
    verifier = TokenVerifier(ISSUER, AUDIENCE, f"{ISSUER}/keys", fetch=issuer, clock=lambda: now[0])
    issuer.away = True
    for _ in range(600):
        before = len(issuer.asked)
        with pytest.raises(IssuerUnavailableError):
            verifier.verify("Bearer " + token())
        tries += [now[0]] * (len(issuer.asked) - before)
        now[0] += 0.5
    assert tries[:6] == [0, 1, 3, 7, 15, 31]
    assert len(tries) < 16


def test_a_token_of_an_unknown_key_is_refused_only_when_the_keys_could_be_read(issuer):
    now = [0.0]
    verifier = TokenVerifier(ISSUER, AUDIENCE, f"{ISSUER}/keys", fetch=issuer, clock=lambda: now[0])
    verifier.verify("Bearer " + token())
    issuer.away = True
    now[0] += 61
    with pytest.raises(IssuerUnavailableError):
        verifier.verify("Bearer " + token(kid="rotated"))
    verifier.verify("Bearer " + token())
    issuer.away = False
    now[0] += 61
    with pytest.raises(UnauthorizedError):
        verifier.verify("Bearer " + token(kid="rotated"))


@pytest.mark.parametrize(
    "keys", [{"keys": []}, {"keys": {}}, {}, [], None, "x", {"keys": [1]}, {"keys": [{"kty": "oct"}]}]
)
def test_what_is_no_set_of_keys_replaces_none(issuer, keys):
    now, listed = [0.0], [JWKS]
    verifier = TokenVerifier(
        ISSUER, AUDIENCE, jwks_url=f"{ISSUER}/keys", fetch=lambda _url: listed[0], clock=lambda: now[0]
    )
    verifier.verify("Bearer " + token())
    listed[0] = keys
    now[0] += 4_000
    verifier.verify("Bearer " + token())


def test_a_key_that_was_withdrawn_is_trusted_no_longer_than_an_hour(issuer):
    now, listed = [0.0], [JWKS]
    verifier = TokenVerifier(
        ISSUER, AUDIENCE, jwks_url=f"{ISSUER}/keys", fetch=lambda _url: listed[0], clock=lambda: now[0]
    )
    verifier.verify("Bearer " + token())
    listed[0] = {"keys": [key for key in JWKS["keys"] if key["kid"] == "ec"]}
    now[0] += 3_601
    with pytest.raises(UnauthorizedError):
        verifier.verify("Bearer " + token())


def test_while_one_waits_for_the_issuer_others_go_on_with_the_keys_they_know(issuer):
    now, entered, go = [0.0], threading.Event(), threading.Event()
    slow = [False]

    def fetch(_url: str):
        if slow[0]:
            entered.set()
            assert go.wait(60)
        return JWKS

    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks_url=f"{ISSUER}/keys", fetch=fetch, clock=lambda: now[0])
    verifier.verify("Bearer " + token())
    slow[0], now[0] = True, 4_000.0
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(verifier.verify, "Bearer " + token(kid="new"))
        assert entered.wait(60)
        for _ in range(20):
            verifier.verify("Bearer " + token())
        assert not held.done()
        go.set()
        assert isinstance(held.exception(60), UnauthorizedError)


def test_all_that_wait_for_the_first_keys_share_one_reading(issuer):
    asked, go = [], threading.Event()

    def fetch(url: str):
        asked.append(url)
        assert go.wait(60)
        return JWKS

    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks_url=f"{ISSUER}/keys", fetch=fetch)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(verifier.verify, "Bearer " + token()) for _ in range(8)]
        go.set()
        assert {each.result(60)["sub"] for each in waiting} == {"someone"}
    assert len(asked) == 1


class Peer(http.server.BaseHTTPRequestHandler):
    """Sends what its path asks for: a byte at a time, for ever, too much, or something else."""

    over = threading.Event()

    def do_GET(self) -> None:
        with contextlib.suppress(OSError):
            if self.path == "/headers":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                self._drip(b"x: y\r\n")
            elif self.path == "/body":
                self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
                self._drip(b" ")
            elif self.path == "/large":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (2 * MAX_BYTES))
            elif self.path == "/moved":
                self.wfile.write(b"HTTP/1.1 302 Found\r\nlocation: http://localhost:1/\r\n\r\n")
            elif self.path == "/noise":
                self.wfile.write(b"\x00\xff no protocol\r\n\r\n")
            else:
                self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    def _drip(self, part: bytes) -> None:
        while not Peer.over.wait(0.05):
            self.wfile.write(part)
            self.wfile.flush()

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def peer():
    """The address of a server that misbehaves."""
    Peer.over.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Peer.over.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/headers", "/body"])
def test_a_slow_drip_is_given_up_at_a_total_time(peer, path):
    began = time.monotonic()
    with pytest.raises(OSError):
        fetch_json(peer + path, seconds=0.5)
    # Nothing is measured but that it ended, though the peer is never silent.
    assert time.monotonic() - began < 30


def test_an_answer_is_bounded_and_stays_where_it_is(peer):
    assert fetch_json(peer + "/fine") == {}
    with pytest.raises(ValueError):
        fetch_json(peer + "/large")
    for path in ("/moved", "/noise"):
        with pytest.raises(OSError):
            fetch_json(peer + path)


def test_a_request_that_cannot_be_checked_is_answered_503_and_told_when_to_come_again(serve, verifier, issuer):
    issuer.away = True
    client = serve(ServerSettings(oauth_issuer=ISSUER, oauth_audience=AUDIENCE), verifier=verifier).client
    refused = client.get("/search?q=x", headers={"authorization": f"Bearer {token()}"})
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert "www-authenticate" not in refused.headers
    assert refused.json()["error"]["code"] == "issuer_unavailable"
    # What is no token at all is refused whatever the issuer does.
    assert client.get("/search?q=x").status_code == 401


def test_keys_are_read_over_https_only():
    for address in ("http://login.example.org/keys", "file:///etc/passwd", "ftp://x/y"):
        with pytest.raises(ValueError):
            fetch_json(address)


def test_a_discovery_document_of_another_issuer_is_not_believed():
    def fetch(url: str):
        return {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}/keys"} if "well-known" in url else {}

    with pytest.raises(IssuerUnavailableError, match="keys cannot be read"):
        TokenVerifier(ISSUER, AUDIENCE, fetch=fetch).verify("Bearer " + token())


def test_a_new_key_is_found_when_its_token_comes_after_the_cool_down(issuer):
    now = [0.0]
    known = {"keys": [key for key in JWKS["keys"] if key["kid"] != "ec"]}
    verifier = TokenVerifier(
        ISSUER, AUDIENCE, jwks_url=f"{ISSUER}/keys", fetch=lambda _url: known, clock=lambda: now[0]
    )
    verifier.verify("Bearer " + token())
    known = JWKS
    with pytest.raises(UnauthorizedError):
        verifier.verify("Bearer " + token(EC, "ES256", "ec"))
    now[0] += 61
    verifier.verify("Bearer " + token(EC, "ES256", "ec"))


def test_an_issuer_without_an_audience_is_a_mistake():
    with pytest.raises(ConfigError):
        TokenVerifier(ISSUER, "")


def test_the_server_asks_for_a_token_everywhere_but_where_it_must_not(serve, verifier):
    client = serve(ServerSettings(oauth_issuer=ISSUER, oauth_audience=AUDIENCE), verifier=verifier).client
    for method, path in [("POST", "/search"), ("GET", "/"), ("POST", "/mcp"), ("GET", "/llms.txt"), ("GET", "/nope")]:
        refused = client.request(method, path)
        assert refused.status_code == 401, path
        assert refused.json()["error"]["type"] == "authentication_error"
        assert "/.well-known/oauth-protected-resource" in refused.headers["www-authenticate"]
    assert client.get("/ready").status_code == 204
    assert client.get("/health").status_code == 200
    assert client.options("/search").status_code == 204
    told = client.get("/.well-known/oauth-protected-resource").json()
    assert told["authorization_servers"] == [ISSUER]
    allowed = client.post("/search", json={"query": "launch"}, headers={"authorization": f"Bearer {token()}"})
    assert allowed.status_code == 200


@pytest.mark.parametrize("name", SENDABLE)
def test_the_server_answers_an_attack_as_clients_expect(guarded, name):
    answer = guarded.post("/search", json={"query": "launch"}, headers={"authorization": ATTACKS[name]})
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["www-authenticate"].startswith("Bearer resource_metadata=")
    assert "launch" not in answer.text


@pytest.fixture
def guarded(serve, verifier):
    """A client of a server that asks for tokens."""
    return serve(ServerSettings(oauth_issuer=ISSUER, oauth_audience=AUDIENCE), verifier=verifier).client


def test_two_authorization_headers_are_none(guarded):
    for headers in ([GOOD, BAD], [BAD, GOOD], [GOOD, GOOD]):
        answer = guarded.get("/search?q=x", headers=[("authorization", value) for value in headers])
        assert answer.status_code == 401


def test_there_are_enough_attacks():
    assert len(ATTACKS) >= 90
    assert len(SENDABLE) >= 80


def test_an_open_server_has_no_metadata(serve):
    assert serve().client.get("/.well-known/oauth-protected-resource").status_code == 404
