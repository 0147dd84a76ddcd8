"""GitHub's token endpoint and AWS STS as local servers that hold each other to what they sign and trust.

The token endpoint signs as GitHub does; STS verifies signature, times, audience and the role's trust policy, and
refuses with the codes and messages of the AWS STS API. Every request is kept.
"""

import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:acme/docs:ref:refs/heads/main"
BEARER = "request-token-of-this-job"


@dataclass
class Forge:
    """The runner's token endpoint. `status` other than 200 refuses; `skew` shifts the issuer's clock, in seconds."""

    subject: str = SUBJECT
    status: int = 200
    skew: int = 0
    key: Any = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    asked: list[str] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)

    def answer(self, path: str, headers: Any) -> tuple[int, bytes]:
        self.asked.append(path)
        if headers.get("Authorization") != f"Bearer {BEARER}":
            return 401, b"{}"
        if self.status != 200:
            return self.status, b"{}"
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        now = int(time.time()) + self.skew
        claims = {"iss": ISSUER, "aud": query["audience"][0], "sub": self.subject, "iat": now, "nbf": now - 300}
        token = jwt.encode({**claims, "exp": now + 300, "jti": str(len(self.issued))}, self.key, algorithm="RS256")
        self.issued.append(token)
        return 200, json.dumps({"count": 1, "value": token}).encode()


@dataclass
class Sts:
    """AWS STS with one identity provider ("" for none) and roles with their trust policies."""

    forge: Forge
    audiences: tuple[str, ...] | None = ("sts.amazonaws.com",)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    session_seconds: int = 3600
    failures: list[int] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, body: str) -> tuple[int, bytes]:
        said = {key: value[0] for key, value in urllib.parse.parse_qs(body).items()}
        self.asked.append(said)
        if self.failures:
            return self.failures.pop(0), b""
        try:
            self.verify(said["WebIdentityToken"], said["RoleArn"])
        except PermissionError as refused:
            code, message = refused.args
            text = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            return 403 if code == "AccessDenied" else 400, f"<ErrorResponse>{text}</ErrorResponse>".encode()
        number = len(self.asked)
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.session_seconds))
        keys = f"<AccessKeyId>ASIA{number:016d}</AccessKeyId><SecretAccessKey>secret-{number}</SecretAccessKey>"
        keys += f"<SessionToken>session-{number}</SessionToken><Expiration>{ends}</Expiration>"
        result = f"<AssumeRoleWithWebIdentityResult><Credentials>{keys}</Credentials></AssumeRoleWithWebIdentityResult>"
        return 200, f"<AssumeRoleWithWebIdentityResponse>{result}</AssumeRoleWithWebIdentityResponse>".encode()

    def verify(self, token: str, role: str) -> None:
        """Raise `PermissionError(code, message)` where AWS refuses."""
        if self.audiences is None:
            raise PermissionError(
                "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {ISSUER}"
            )
        options = {"verify_aud": False, "require": ["exp", "iat"]}
        try:
            said = jwt.decode(token, self.forge.key.public_key(), algorithms=["RS256"], options=options)
        except jwt.ExpiredSignatureError:
            raise PermissionError("ExpiredTokenException", "Token expired: current date/time must be before") from None
        except jwt.ImmatureSignatureError:
            raise PermissionError("InvalidIdentityToken", "Token is not yet valid") from None
        if said["aud"] not in self.audiences:
            raise PermissionError("InvalidIdentityToken", "Incorrect token audience")
        trust = self.roles.get(role, {"Statement": []})
        if not any(trusts(statement, said) for statement in trust["Statement"]):
            raise PermissionError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def trusts(statement: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Whether a statement of a trust policy admits the token: conditions as IAM evaluates StringEquals."""
    if statement["Effect"] != "Allow" or statement["Action"] != "sts:AssumeRoleWithWebIdentity":
        return False
    assert set(statement["Condition"]) == {"StringEquals"}
    for key, wanted in statement["Condition"]["StringEquals"].items():
        host, _, claim = key.rpartition(":")
        if f"https://{host}" != claims["iss"]:
            return False
        if claims.get(claim) not in ([wanted] if isinstance(wanted, str) else wanted):
            return False
    return True


@contextmanager
def serving(forge: Forge, sts: Sts) -> Iterator[str]:
    """Serve both: GET is the token endpoint, POST is STS."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(*forge.answer(self.path, self.headers))

        def do_POST(self) -> None:
            self.reply(*sts.answer(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
