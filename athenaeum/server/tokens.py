"""Verifies bearer tokens (JWT, RFC 8725): signature, algorithm, issuer, audience and times. Knows nothing of routes.

The server uses it where no gateway stands in front; an authorizer in front can use the same. Keys come from the JWKS of
the issuer, are kept for an hour, and an unknown key id fetches them again at most once a minute, so that a flood of
made-up ids costs no flood of requests. Imports PyJWT when a token is first seen.
"""

import json
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
_KEEP_SECONDS = 3_600.0
_COOL_DOWN_SECONDS = 60.0
_TIMEOUT_SECONDS = 3.0
_MAX_ANSWER = 1 << 20

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
        if len(token) > MAX_TOKEN or token.count(".") != 2 or not token.isascii():
            raise _invalid()
        import jwt

        try:
            head = jwt.get_unverified_header(token)
            algorithm = head.get("alg")
            if algorithm not in ALGORITHMS or "crit" in head or not isinstance(head.get("kid", ""), str):
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
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
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
                    usable[str(entry.get("kid", ""))] = jwt.PyJWK(entry)
                except jwt.PyJWTError:
                    continue
            self._keys = usable
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Keys that are known go on being trusted; without any, nobody can be let in.
            if not self._keys:
                raise UnauthorizedError("The issuer's keys cannot be read, so no token can be checked.") from error

    def _address(self) -> str:
        if self.jwks_url:
            return self.jwks_url
        found = self.fetch(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        return str(found["jwks_uri"])


def fetch_json(url: str) -> Any:
    """A small JSON document over https, or http on this machine; `ValueError` for any other address."""
    place = urlsplit(url)
    local = place.hostname in ("localhost", "127.0.0.1", "::1")
    if place.scheme != "https" and not (place.scheme == "http" and local):
        raise ValueError("keys are read over https only")
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
        return json.loads(answer.read(_MAX_ANSWER))


def _invalid() -> UnauthorizedError:
    return UnauthorizedError("The bearer token is not valid here.")
