"""Whole server processes for tests: the entry as run.sh starts it, and a bucket behind it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from athenaeum.index.store.objects import Store
from athenaeum.index.store.s3 import open_store

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable


def write_docs(folder: Path, pages: dict[str, str]) -> Path:
    for path, text in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def process(
    *arguments: str, stdin: int | None = None, stdout: int = subprocess.PIPE, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    made = subprocess.Popen(
        [PYTHON, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | {"OPENAI_API_KEY": ""} | environment,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield made
    finally:
        if made.poll() is None:
            made.send_signal(signal.SIGTERM)
        if made.stdout is None or not made.stdout.closed:
            made.communicate(timeout=30)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def entry(**environment: str) -> Iterator[httpx.Client]:
    """The process entry as run.sh starts it."""
    with running_entry(**environment) as (_, client):
        yield client


@contextmanager
def running_entry(**environment: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """As `entry`, with the process. Its log goes nowhere: a pipe that nobody reads would stop it."""
    port = free_port()
    arguments = ("athenaeum.function", "athenaeum.mcp_server:app", "--host", "127.0.0.1", "--port", str(port))
    with (
        process(*arguments, "--no-access-log", stdout=subprocess.DEVNULL, **environment) as made,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        wait_for(lambda: client.get("/ready").status_code == 204)
        yield made, client


@contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[dict[str, str], Store]]:
    """A bucket on a real S3 API: the environment of a server that reads from it, and the store to publish to."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        import boto3

        name = f"docs-{port}"
        boto3.client("s3").create_bucket(Bucket=name)
        yield settings | {"ATHENAEUM_INDEX_BUCKET": name}, open_store(f"s3://{name}/index/")
    finally:
        server.stop()


def wait_for(done: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if done():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)
