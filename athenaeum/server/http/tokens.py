"""Verifies bearer tokens (JWT, RFC 8725): signature, algorithm, issuer, audience and times. Knows nothing of routes.

The server uses it where no gateway stands in front, and `oauth_authorizer` in a gateway: one verification for both.
Keys come from the JWKS of the issuer and are kept by `keys`. Imports PyJWT when a token is first seen.
"""

import base64
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError

from athenaeum.errors import ConfigError, UnauthorizedError
from athenaeum.server.http.fetching import fetch_json
from athenaeum.server.http.keys import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: nothing here can be forged with what is public."""
MAX_TOKEN = 8_192
LEEWAY_SECONDS = 30
MIN_RSA_BITS = 2_048
TYPES = ("", "jwt", "at+jwt", "application/at+jwt")
"""Values of `typ`: a token that says it is something else (a logout or event token) is none for an endpoint."""
DISCOVERY = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
_MAX_KEYS = 100
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
    _keys: KeySet = field(init=False)

    def __post_init__(self) -> None:
        self._keys = KeySet(read=self._read, clock=self.clock)
        if not self.issuer or not self.audience:
            raise ConfigError(
                "OAuth needs both an issuer and an audience.", remedy="Set OAUTH_ISSUER and OAUTH_AUDIENCE."
            )

    def verify(self, header: str) -> dict[str, Any]:
        """The claims behind an Authorization header.

        Raises `UnauthorizedError` for anything else than a valid token, `IssuerUnavailableError` when none can be
        checked.
        """
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
            key = self._keys.key(str(head.get("kid", "")))
            if key is None:
                raise _invalid()
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

    def _read(self) -> dict[str, Any]:
        """The issuer's keys by their ids; without any that could be used, what was read is no set of keys."""
        import jwt

        usable: dict[str, Any] = {}
        for entry in self.fetch(self._address())["keys"][:_MAX_KEYS]:
            if entry.get("use", "sig") != "sig" or entry.get("kty") == "oct":
                continue
            try:
                key = jwt.PyJWK(entry)
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
            # A short RSA key can be factored: what it signs proves nothing.
            if getattr(key.key, "key_size", MIN_RSA_BITS) >= MIN_RSA_BITS or key.key_type != "RSA":
                usable[str(entry.get("kid", ""))] = key
        if not usable:
            raise ValueError("no usable key")
        return usable

    def _address(self) -> str:
        if self.jwks_url:
            return self.jwks_url
        try:
            found = self.fetch(self.issuer.rstrip("/") + DISCOVERY[0])
        except HTTPError:
            found = self.fetch(self.issuer.rstrip("/") + DISCOVERY[1])
        # Another issuer's document would bring another issuer's keys (RFC 8414, section 3.3).
        if str(found["issuer"]).rstrip("/") != self.issuer.rstrip("/"):
            raise ValueError("the discovery document is another issuer's")
        return str(found["jwks_uri"])


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
