"""A bare docs repository, and an emulated AWS."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Beside the tests, so that they can name its types.
sys.path.insert(0, str(Path(__file__).parent))

from onboarding_repository import REGION, Account, make_repository


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "my docs")


@pytest.fixture(scope="session")
def emulated() -> Iterator[str]:
    """The address of an emulated AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(emulated: str) -> Account:
    """An empty account, and the environment in which a command reaches it."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{emulated}/moto-api/reset", data=b""), timeout=30).close()
    environ = {
        "AWS_ENDPOINT_URL": emulated,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return Account(emulated, environ)
