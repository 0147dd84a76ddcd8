"""Tokens at a server without a gateway: really signed ones are let in, every known attack is refused."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from athenaeum.errors import ConfigError, UnauthorizedError
from athenaeum.server.tokens import MAX_TOKEN, TokenVerifier, fetch_json
from athenaeum.settings import ServerSettings

ISSUER, AUDIENCE = "https://login.example.org", "docs"
RSA, OTHER, EC, ED = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
)
PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
JWKS = {
    "keys": [
        {**json.loads(RSAAlgorithm.to_jwk(RSA.public_key())), "kid": "rsa", "alg": "RS256", "use": "sig"},
        {**json.loads(ECAlgorithm.to_jwk(EC.public_key())), "kid": "ec"},
        {**json.loads(OKPAlgorithm.to_jwk(ED.public_key())), "kid": "ed"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "made-up", "kid": "odd"},
    ]
}


class Issuer:
    """Answers for the issuer's documents, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def __call__(self, url: str):
        self.asked.append(url)
        if self.away:
            raise OSError("away")
        return {"jwks_uri": f"{ISSUER}/keys"} if url.endswith("openid-configuration") else JWKS


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def verifier(issuer) -> TokenVerifier:
    return TokenVerifier(ISSUER, AUDIENCE, fetch=issuer)


def claims(**more):
    now = int(time.time())
    made = {"iss": ISSUER, "aud": AUDIENCE, "sub": "someone", "exp": now + 600, "iat": now, "nbf": now} | more
    return {name: value for name, value in made.items() if value is not None}


def token(key=RSA, algorithm="RS256", kid="rsa", headers=None, **more) -> str:
    return jwt.encode(claims(**more), key, algorithm=algorithm, headers={"kid": kid} | (headers or {}))


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "made",
    [
        token(),
        token(EC, "ES256", "ec"),
        token(ED, "EdDSA", "ed"),
        token(aud=[AUDIENCE, "other"]),
    ],
)
def test_a_valid_token_is_let_in(verifier, made):
    assert verifier.verify(f"Bearer {made}")["sub"] == "someone"


def test_a_clock_that_is_a_little_off_is_forgiven(verifier):
    verifier.verify("Bearer " + token(exp=int(time.time()) - 5))


NOW = int(time.time())
ATTACKS = {
    "no token": "",
    "no scheme": token(),
    "basic": "Basic dXNlcjpwYXNz",
    "empty bearer": "Bearer ",
    "garbage": "Bearer garbage",
    "two parts": "Bearer a.b",
    "five parts": "Bearer a.b.c.d.e",
    "not base64": "Bearer !!!.???.***",
    "not ascii": "Bearer é.é.é",
    "too large": "Bearer " + token(padding="x" * MAX_TOKEN),
    "alg none": f"Bearer {part({'alg': 'none', 'kid': 'rsa'})}.{part(claims())}.",
    "alg None": f"Bearer {part({'alg': 'None', 'kid': 'rsa'})}.{part(claims())}.",
    "alg nOnE": f"Bearer {part({'alg': 'nOnE', 'kid': 'rsa'})}.{part(claims())}.",
    "no alg": f"Bearer {part({'kid': 'rsa'})}.{part(claims())}.x",
    "alg a list": f"Bearer {part({'alg': ['RS256'], 'kid': 'rsa'})}.{part(claims())}.x",
    "alg a number": f"Bearer {part({'alg': 5, 'kid': 'rsa'})}.{part(claims())}.x",
    "signature removed": "Bearer " + token().rsplit(".", 1)[0] + ".",
    "signature cut": "Bearer " + token()[:-8],
    "payload changed": "Bearer " + ".".join([token().split(".")[0], part(claims(sub="admin")), token().split(".")[2]]),
    "header changed": "Bearer " + ".".join([part({"alg": "RS512", "kid": "rsa"}), *token().split(".")[1:]]),
    "another key": "Bearer " + token(OTHER),
    "another key, own jwk in header": "Bearer "
    + token(OTHER, headers={"jwk": json.loads(RSAAlgorithm.to_jwk(OTHER.public_key()))}),
    "another key, jku in header": "Bearer " + token(OTHER, headers={"jku": "https://evil.example/keys"}),
    "another key, x5u in header": "Bearer " + token(OTHER, headers={"x5u": "https://evil.example/cert"}),
    "shared secret of the jwks": "Bearer " + token("secret" * 8, "HS256", "shared"),
    "hmac, no kid": "Bearer " + token("x" * 32, "HS256", ""),
    "algorithm other than the key's": "Bearer " + token(RSA, "RS512"),
    "pss with a key for RS256": "Bearer " + token(RSA, "PS256"),
    "ec key id, rsa signature": "Bearer " + token(RSA, "RS256", "ec"),
    "rsa key id, ec signature": "Bearer " + token(EC, "ES256", "rsa"),
    "unknown kid": "Bearer " + token(kid="made-up"),
    "kid with a path": "Bearer " + token(kid="../../../../dev/null"),
    "kid of sql": "Bearer " + token(kid="' OR 1=1 --"),
    "kid of an odd key": "Bearer " + token(kid="odd"),
    "no kid": f"Bearer {jwt.encode(claims(), RSA, algorithm='RS256')}",
    "kid a number": f"Bearer {part({'alg': 'RS256', 'kid': 7})}.{part(claims())}.x",
    "critical header": "Bearer " + token(headers={"crit": ["exp"]}),
    "expired": "Bearer " + token(exp=NOW - 3600),
    "no expiry": "Bearer " + token(exp=None),
    "expiry of zero": "Bearer " + token(exp=0),
    "not yet": "Bearer " + token(nbf=NOW + 3600),
    "issued in the future": "Bearer " + token(iat=NOW + 3600),
    "another issuer": "Bearer " + token(iss="https://evil.example"),
    "issuer with a slash more": "Bearer " + token(iss=ISSUER + "/"),
    "no issuer": "Bearer " + token(iss=None),
    "another audience": "Bearer " + token(aud="billing"),
    "audience as a prefix": "Bearer " + token(aud=AUDIENCE + "-other"),
    "no audience": "Bearer " + token(aud=None),
    "empty audience": "Bearer " + token(aud=[]),
    "claims are a list": f"Bearer {part({'alg': 'RS256', 'kid': 'rsa'})}.{part([1])}.x",
    "nested deeply": f"Bearer {part({'alg': 'RS256', 'kid': 'rsa'})}."
    + base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    + ".x",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(verifier, name):
    with pytest.raises(UnauthorizedError) as caught:
        verifier.verify(ATTACKS[name])
    assert caught.value.status == 401


def test_hmac_with_the_public_key_as_secret_is_refused(verifier):
    signing = f"{part({'alg': 'HS256', 'kid': 'rsa', 'typ': 'JWT'})}.{part(claims())}"
    import hashlib
    import hmac

    signature = base64.urlsafe_b64encode(hmac.new(PEM, signing.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    with pytest.raises(UnauthorizedError):
        verifier.verify(f"Bearer {signing}.{signature}")


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


def test_an_open_server_has_no_metadata(serve):
    assert serve().client.get("/.well-known/oauth-protected-resource").status_code == 404
