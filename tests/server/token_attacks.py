"""Tokens that must be refused, really signed or really crafted: the one matrix for the server and the authorizer."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from athenaeum.server.http.tokens import MAX_TOKEN

ISSUER, AUDIENCE = "https://login.example.org", "docs"
RSA, OTHER, EC, ED = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
)
WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)
P384 = ec.generate_private_key(ec.SECP384R1())
PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
DER = RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
JWK = json.loads(RSAAlgorithm.to_jwk(RSA.public_key()))
JWKS = {
    "keys": [
        {**JWK, "kid": "rsa", "alg": "RS256", "use": "sig"},
        {**json.loads(ECAlgorithm.to_jwk(EC.public_key())), "kid": "ec"},
        {**json.loads(OKPAlgorithm.to_jwk(ED.public_key())), "kid": "ed"},
        {**json.loads(RSAAlgorithm.to_jwk(WEAK.public_key())), "kid": "weak", "alg": "RS256", "use": "sig"},
        {**json.loads(RSAAlgorithm.to_jwk(OTHER.public_key())), "kid": "encrypts", "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "made-up", "kid": "odd"},
        {"kty": "RSA", "n": "AQAB", "kid": "half"},
    ]
}
NOW = int(time.time())


class Issuer:
    """Answers for the issuer's documents, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def __call__(self, url: str) -> Any:
        self.asked.append(url)
        if self.away:
            raise OSError("away")
        return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"} if url.endswith("openid-configuration") else JWKS


def claims(**more: Any) -> dict[str, Any]:
    """What a valid token says; None takes a claim away."""
    now = int(time.time())
    # A day: some are made while tests are collected, and an attack must not be refused for its age instead.
    made = {"iss": ISSUER, "aud": AUDIENCE, "sub": "someone", "exp": now + 86_400, "iat": now, "nbf": now} | more
    return {name: value for name, value in made.items() if value is not None}


def token(
    key: Any = RSA, algorithm: str = "RS256", kid: str = "rsa", headers: dict[str, Any] | None = None, **more: Any
) -> str:
    """A token that `key` really signed."""
    return jwt.encode(claims(**more), key, algorithm=algorithm, headers={"kid": kid} | (headers or {}))


def part(value: Any) -> str:
    return encoded(json.dumps(value).encode())


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def crafted(header: Any, body: Any = None, *, key: Any = RSA) -> str:
    """A token with any header at all, signed as RS256 over exactly these bytes."""
    signing = f"{part(header)}.{part(claims() if body is None else body)}"
    return f"{signing}.{encoded(key.sign(signing.encode(), padding.PKCS1v15(), SHA256()))}"


def by_hmac(secret: bytes, **header: Any) -> str:
    """A token whose secret is something public."""
    signing = f"{part({'alg': 'HS256', 'kid': 'rsa', 'typ': 'JWT', **header})}.{part(claims())}"
    return f"{signing}.{encoded(hmac.new(secret, signing.encode(), hashlib.sha256).digest())}"


def _last_bits_changed(made: str) -> str:
    """The same bytes in another spelling: the unused bits of the last letter are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return made[:-1] + alphabet[alphabet.index(made[-1]) ^ 1]


def _cut(made: str, *, at: int, put: str) -> str:
    return made[:at] + put + made[at:]


GOOD = token()
HEAD, BODY, SIGNATURE = GOOD.split(".")
OWN = json.loads(RSAAlgorithm.to_jwk(OTHER.public_key()))

ATTACKS: dict[str, str] = {
    # No token, or none that could be one.
    "no token": "",
    "no scheme": GOOD,
    "basic": "Basic dXNlcjpwYXNz",
    "another scheme": f"DPoP {GOOD}",
    "empty bearer": "Bearer ",
    "bearer without a space": f"Bearer{GOOD}",
    "garbage": "Bearer garbage",
    "two parts": "Bearer a.b",
    "five parts, an encrypted token": "Bearer a.b.c.d.e",
    "only dots": "Bearer ..",
    "two tokens": f"Bearer {GOOD} {GOOD}",
    "two tokens with a comma": f"Bearer {GOOD}, Bearer {GOOD}",
    "not base64": "Bearer !!!.???.***",
    "not ascii": "Bearer é.é.é",
    "letters that look alike": f"Bearer {HEAD}.{BODY[:-1]}а.{SIGNATURE}",
    "full-width dot": f"Bearer {HEAD}．{BODY}．{SIGNATURE}",
    "a null byte": f"Bearer {GOOD}\x00",
    "a line break inside": f"Bearer {HEAD}.\n{BODY}.{SIGNATURE}",
    "too large": "Bearer " + token(padding="x" * MAX_TOKEN),
    "much too large": "Bearer " + "a" * 1_000_000 + ".b.c",
    "nested deeply": f"Bearer {part({'alg': 'RS256', 'kid': 'rsa'})}.{encoded(b'[' * 3000)}.x",
    # No signature.
    "alg none": f"Bearer {part({'alg': 'none', 'kid': 'rsa'})}.{part(claims())}.",
    "alg none with a signature": f"Bearer {part({'alg': 'none', 'kid': 'rsa'})}.{part(claims())}.{SIGNATURE}",
    "alg None": f"Bearer {part({'alg': 'None', 'kid': 'rsa'})}.{part(claims())}.x",
    "alg nOnE": f"Bearer {part({'alg': 'nOnE', 'kid': 'rsa'})}.{part(claims())}.x",
    "alg with a space": f"Bearer {crafted({'alg': 'RS256 ', 'kid': 'rsa'})}",
    "no alg": f"Bearer {crafted({'kid': 'rsa'})}",
    "alg null": f"Bearer {crafted({'alg': None, 'kid': 'rsa'})}",
    "alg a list": f"Bearer {crafted({'alg': ['RS256'], 'kid': 'rsa'})}",
    "alg a number": f"Bearer {crafted({'alg': 5, 'kid': 'rsa'})}",
    "signature removed": f"Bearer {HEAD}.{BODY}.",
    "signature cut": f"Bearer {GOOD[:-8]}",
    "signature of zeros": f"Bearer {HEAD}.{BODY}.{encoded(bytes(256))}",
    "elliptic signature of zeros": f"Bearer {token(EC, 'ES256', 'ec').rsplit('.', 1)[0]}.{encoded(bytes(64))}",
    "signature of another token": f"Bearer {HEAD}.{BODY}.{token(sub='x').split('.')[2]}",
    # Changed after signing.
    "payload changed": f"Bearer {HEAD}.{part(claims(sub='admin'))}.{SIGNATURE}",
    "header changed": f"Bearer {part({'alg': 'RS512', 'kid': 'rsa'})}.{BODY}.{SIGNATURE}",
    "padding added": f"Bearer {HEAD}.{BODY}.{SIGNATURE}==",
    "another alphabet": f"Bearer {HEAD}.{BODY}.{SIGNATURE.replace('-', '+').replace('_', '/')}+",
    "a letter that decoders skip": f"Bearer {_cut(GOOD, at=len(GOOD) - 20, put='!')}",
    "the same bytes spelt otherwise": f"Bearer {_last_bits_changed(GOOD)}",
    # Keys that are not the issuer's.
    "another key": "Bearer " + token(OTHER),
    "own jwk in header": "Bearer " + token(OTHER, headers={"jwk": OWN}),
    "own jwk, and its kid": "Bearer " + token(OTHER, kid="mine", headers={"jwk": {**OWN, "kid": "mine"}}),
    "jku in header": "Bearer " + token(OTHER, headers={"jku": "https://evil.example/keys"}),
    "jku of the issuer's host": "Bearer " + token(OTHER, headers={"jku": f"{ISSUER}.evil.example/keys"}),
    "x5u in header": "Bearer " + token(OTHER, headers={"x5u": "https://evil.example/cert"}),
    "x5c in header": "Bearer " + token(OTHER, headers={"x5c": [base64.b64encode(DER).decode()]}),
    "a key that encrypts": "Bearer " + token(OTHER, kid="encrypts"),
    "a short rsa key of the issuer": f"Bearer {crafted({'alg': 'RS256', 'kid': 'weak'}, key=WEAK)}",
    "half a key": "Bearer " + token(kid="half"),
    "another curve": "Bearer " + token(P384, "ES384", "ec"),
    # Keys used for what they are not for.
    "the shared secret in the jwks": "Bearer " + token("secret" * 8, "HS256", "shared"),
    "hmac, no kid": "Bearer " + token("x" * 32, "HS256", ""),
    "hmac with the public key in PEM": f"Bearer {by_hmac(PEM)}",
    "hmac with the public key in PEM, no kid": f"Bearer {by_hmac(PEM, kid='')}",
    "hmac with the public key in DER": f"Bearer {by_hmac(DER)}",
    "hmac with the modulus": f"Bearer {by_hmac(str(JWK['n']).encode())}",
    "hmac with an empty secret": f"Bearer {by_hmac(b'')}",
    "hs512 with the public key": f"Bearer {by_hmac(PEM, alg='HS512')}",
    "algorithm other than the key's": "Bearer " + token(RSA, "RS512"),
    "pss with a key for RS256": "Bearer " + token(RSA, "PS256"),
    "ec key id, rsa signature": "Bearer " + token(RSA, "RS256", "ec"),
    "rsa key id, ec signature": "Bearer " + token(EC, "ES256", "rsa"),
    "rsa key id, eddsa signature": "Bearer " + token(ED, "EdDSA", "rsa"),
    # Key ids.
    "unknown kid": "Bearer " + token(kid="made-up"),
    "kid with a path": "Bearer " + token(kid="../../../../dev/null"),
    "kid of sql": "Bearer " + token(kid="' OR 1=1 --"),
    "kid of a shell": "Bearer " + token(kid="rsa; cat /etc/passwd"),
    "kid in other letters": "Bearer " + token(kid="RSA"),
    "kid of an odd key": "Bearer " + token(kid="odd"),
    "no kid": f"Bearer {jwt.encode(claims(), RSA, algorithm='RS256')}",
    "kid a number": f"Bearer {crafted({'alg': 'RS256', 'kid': 7})}",
    "kid a list": f"Bearer {crafted({'alg': 'RS256', 'kid': ['rsa']})}",
    # Headers that ask for something.
    "critical header": "Bearer " + token(headers={"crit": ["exp"]}),
    "critical header that is empty": "Bearer " + token(headers={"crit": []}),
    "a detached payload": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa', 'b64': False, 'crit': ['b64']})}",
    "a logout token": "Bearer " + token(headers={"typ": "logout+jwt"}),
    "an event token": "Bearer " + token(headers={"typ": "secevent+jwt"}),
    "header a list": f"Bearer {crafted(['RS256'])}",
    # Claims.
    "expired": "Bearer " + token(exp=NOW - 3600),
    "expired beyond the leeway": "Bearer " + token(exp=NOW - 60),
    "no expiry": "Bearer " + token(exp=None),
    "expiry of zero": "Bearer " + token(exp=0),
    "expiry in words": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa'}, claims(exp='never'))}",
    "expiry without end": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa'}, claims(exp=float('inf')))}",
    "expiry that is no number": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa'}, claims(exp=float('nan')))}",
    "not yet": "Bearer " + token(nbf=NOW + 3600),
    "issued in the future": "Bearer " + token(iat=NOW + 3600),
    "another issuer": "Bearer " + token(iss="https://evil.example"),
    "issuer with a slash more": "Bearer " + token(iss=ISSUER + "/"),
    "issuer as a prefix": "Bearer " + token(iss=ISSUER + ".evil.example"),
    "issuer in other letters": "Bearer " + token(iss=ISSUER.upper()),
    "no issuer": "Bearer " + token(iss=None),
    "another audience": "Bearer " + token(aud="billing"),
    "audience as a prefix": "Bearer " + token(aud=AUDIENCE + "-other"),
    "no audience": "Bearer " + token(aud=None),
    "empty audience": "Bearer " + token(aud=[]),
    "audience a mapping": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa'}, claims(aud={AUDIENCE: 1}))}",
    "claims are a list": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa'}, [1])}",
    "claims are text": f"Bearer {crafted({'alg': 'RS256', 'kid': 'rsa'}, 'claims')}",
}
SENDABLE = {
    name: header
    for name, header in ATTACKS.items()
    if header.isascii() and header.isprintable() and header == header.strip() and len(header) < 16_000
}
"""Those that an HTTP client can send and an HTTP server reads."""
