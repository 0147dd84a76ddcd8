"""An authorization server that signs everybody in, and an MCP client's memory: for the test of the whole way in."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit


@contextmanager
def authorization_server(token: Callable[[str], str]) -> Iterator[str]:
    """The issuer's address. `token(issuer)` is what a client gets in the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            issuer = f"http://{self.headers['Host']}"
            if place.path.startswith("/.well-known/"):
                self.answer(
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "registration_endpoint": f"{issuer}/register",
                        "response_types_supported": ["code"],
                        "code_challenge_methods_supported": ["S256"],
                    }
                )
                return
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            self.send_response(302)
            back = urlencode({"code": "a-code", "state": asked["state"], "iss": issuer})
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/register":
                self.answer({**json.loads(body), "client_id": "agent"}, 201)
                return
            made = token(f"http://{self.headers['Host']}")
            self.answer({"access_token": made, "token_type": "Bearer", "expires_in": 3600})

        def answer(self, said: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Memory:
    """What an MCP client keeps of its sign-in."""

    def __init__(self) -> None:
        self.tokens: Any = None
        self.info: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.info

    async def set_client_info(self, client_info: Any) -> None:
        self.info = client_info
