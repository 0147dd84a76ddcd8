"""Tokens at a server without a gateway: really signed ones are let in, every known attack is refused."""

import sys
import time
from pathlib import Path

import pytest

from athenaeum.errors import ConfigError, UnauthorizedError
from athenaeum.server.tokens import TokenVerifier, fetch_json
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
    with pytest.raises(UnauthorizedError, match="keys cannot be read"):
        TokenVerifier(ISSUER, AUDIENCE, fetch=issuer).verify("Bearer " + token())


def test_keys_are_read_over_https_only():
    for address in ("http://login.example.org/keys", "file:///etc/passwd", "ftp://x/y"):
        with pytest.raises(ValueError):
            fetch_json(address)


def test_a_discovery_document_of_another_issuer_is_not_believed():
    def fetch(url: str):
        return {"issuer": "https://evil.example", "jwks_uri": f"{ISSUER}/keys"} if "well-known" in url else {}

    with pytest.raises(UnauthorizedError, match="keys cannot be read"):
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
