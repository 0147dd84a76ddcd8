"""Verifies bearer tokens (JWT, RFC 8725): signature, algorithm, issuer, audience and times. Knows nothing of routes.

The server uses it where no gateway stands in front, and `oauth_authorizer` in a gateway: one verification for both.
Keys come from the JWKS of the issuer, are kept for an hour, and an unknown key id fetches them again at most once a
minute, so that a flood of made-up ids costs no flood of requests. Imports PyJWT when a token is first seen.
"""

import base64
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from athenaeum.errors import ConfigError, UnauthorizedError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: nothing here can be forged with what is public."""
MAX_TOKEN = 8_192
LEEWAY_SECONDS = 30
MIN_RSA_BITS = 2_048
TYPES = ("", "jwt", "at+jwt", "application/at+jwt")
"""Values of `typ`: a token that says it is something else (a logout or event token) is none for an endpoint."""
DISCOVERY = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
_KEEP_SECONDS = 3_600.0
_COOL_DOWN_SECONDS = 60.0
_TIMEOUT_SECONDS = 3.0
_MAX_ANSWER = 1 << 20
_PART = re.compile(r"[A-Za-z0-9_-]+")

Fetch = Callable[[str], Any]


@dataclass(slots=True)
class TokenVerifier:
    """Verifies tokens of one issuer for one audience. Safe from several threads."""

    issuer: str
    audience: str
    jwks_url: str = ""
    fetch: Fetch = field(default_factory=lambda: fetch_json)
    clock: Callable[[], float] = time.monotonic
    _keys: dict[str, Any] = field(default_factory=dict)
    _fetched: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ConfigError(
                "OAuth needs both an issuer and an audience.", remedy="Set OAUTH_ISSUER and OAUTH_AUDIENCE."
            )

    def verify(self, header: str) -> dict[str, Any]:
        """The claims behind an Authorization header; `UnauthorizedError` for anything else than a valid token."""
        scheme, _, token = header.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise UnauthorizedError("This endpoint asks for a bearer token.")
        if len(token) > MAX_TOKEN or not _is_canonical(token):
            raise _invalid()
        import jwt

        try:
            head = jwt.get_unverified_header(token)
            algorithm = head.get("alg")
            if algorithm not in ALGORITHMS or "crit" in head or not isinstance(head.get("kid", ""), str):
                raise _invalid()
            if str(head.get("typ", "")).lower() not in TYPES:
                raise _invalid()
            key = self._key(str(head.get("kid", "")))
            # The key's own algorithm wins: a token cannot have a key used in another way than its owner meant.
            allowed = [key.algorithm_name] if key.algorithm_name in ALGORITHMS else []
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=allowed,
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _invalid() from error
        return claims

    def _key(self, kid: str) -> Any:
        with self._lock:
            age = self.clock() - self._fetched
            if age > _KEEP_SECONDS or (kid not in self._keys and age > _COOL_DOWN_SECONDS):
                self._load()
            if not kid and len(self._keys) == 1:
                return next(iter(self._keys.values()))
            if kid not in self._keys:
                raise _invalid()
            return self._keys[kid]

    def _load(self) -> None:
        import jwt

        self._fetched = self.clock()
        try:
            listed = self.fetch(self._address())["keys"]
            usable = {}
            for entry in listed[:100]:
                if entry.get("use", "sig") != "sig" or entry.get("kty") == "oct":
                    continue
                try:
                    key = jwt.PyJWK(entry)
                except (jwt.PyJWTError, ValueError, TypeError):
                    continue
                # A short RSA key can be factored: what it signs proves nothing.
                if getattr(key.key, "key_size", MIN_RSA_BITS) >= MIN_RSA_BITS or key.key_type != "RSA":
                    usable[str(entry.get("kid", ""))] = key
            self._keys = usable
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Keys that are known go on being trusted; without any, nobody can be let in.
            if not self._keys:
                raise UnauthorizedError("The issuer's keys cannot be read, so no token can be checked.") from error

    def _address(self) -> str:
        if self.jwks_url:
            return self.jwks_url
        try:
            found = self.fetch(self.issuer.rstrip("/") + DISCOVERY[0])
        except urllib.error.HTTPError:
            found = self.fetch(self.issuer.rstrip("/") + DISCOVERY[1])
        # Another issuer's document would bring another issuer's keys (RFC 8414, section 3.3).
        if str(found["issuer"]).rstrip("/") != self.issuer.rstrip("/"):
            raise ValueError("the discovery document is another issuer's")
        return str(found["jwks_uri"])


def fetch_json(url: str) -> Any:
    """A small JSON document over https, or http on this machine; `ValueError` for any other address."""
    place = urlsplit(url)
    local = place.hostname in ("localhost", "127.0.0.1", "::1")
    if place.scheme != "https" and not (place.scheme == "http" and local):
        raise ValueError("keys are read over https only")
    with _opener().open(url, timeout=_TIMEOUT_SECONDS) as answer:
        return json.loads(answer.read(_MAX_ANSWER))


def _opener() -> urllib.request.OpenerDirector:
    class Unmoved(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **_kw: Any) -> None:
            """None: a redirection could lead from https to anywhere, and is an error instead."""

    return urllib.request.build_opener(Unmoved)


def _is_canonical(token: str) -> bool:
    """Three parts, each the one spelling of its bytes: decoders that skip what they do not know hide changes."""
    parts = token.split(".")
    return len(parts) == 3 and all(_PART.fullmatch(part) and _respelled(part) == part for part in parts)


def _respelled(part: str) -> str:
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return ""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _invalid() -> UnauthorizedError:
    return UnauthorizedError("The bearer token is not valid here.")
