"""Serving from the host environment, as on macOS: the same API, and a status that says so."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from guarded_stack import CUSTOM, guarded
from local_issuer import LocalIssuer
from local_stack import LAYER, LocalAws, ask, code_zip, processes_of, stack_template, until

from athenaeum.local_aws import client
from athenaeum.local_aws.runtime import sandbox


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    home = tmp_path_factory.mktemp("hosted") / "local aws"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(sandbox.RUNTIME, "host")
        client.up(home)
    yield LocalAws(home)
    client.down(home)
    assert processes_of(home) == []


def test_the_host_environment_serves_freezes_and_recovers(hosted: LocalAws) -> None:
    assert hosted.status["emulated"] is False
    assert hosted.status["mode"].startswith("host environment, because ")
    for streamed in (True, False):
        stack = hosted.deploy("Echo", stack_template(streamed=streamed), **{"code.zip": code_zip(), "layer.zip": LAYER})
        answer = ask(f"{stack['endpoint']}/a?q=1", method="POST", body="grüße".encode())
        assert (answer.status, answer.json["body"]) == (200, "grüße")
        assert answer.json["environment"]["BUCKET"] == stack["outputs"]["Bucket"]
    unauthorized = ask(f"{stack['endpoint']}/unauthorized")
    assert unauthorized.headers["x-amzn-Remapped-WWW-Authenticate"] == 'Bearer realm="x"'
    (instance,) = hosted.stack("Echo")["functions"][0]["instances"]
    assert (instance["kind"], instance["state"]) == ("host", "frozen")
    (held,) = psutil.Process(instance["pid"]).children()
    assert held.status() == psutil.STATUS_STOPPED
    assert ask(f"{stack['endpoint']}/crash").status == 502
    assert ask(f"{stack['endpoint']}/x").status == 200


def test_the_authorizer_is_asked_there_too(hosted: LocalAws, assets: dict[str, bytes], issuer: LocalIssuer) -> None:
    stack = hosted.deploy("Guarded", guarded(issuer.address, AtProxy=CUSTOM), **assets)
    where = f"{stack['endpoint']}/search"
    assert ask(where, headers={"Authorization": f"Bearer {issuer.token()}"}).status == 200
    assert ask(where, headers={"Authorization": f"Bearer {issuer.token(exp=1)}"}).status == 401
    hosted.delete("Guarded")


def test_a_killed_daemon_takes_a_hosted_server_along(
    tmp_path: Path, assets: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A daemon of its own: this one is not to serve another test.
    monkeypatch.setenv(sandbox.RUNTIME, "host")
    home = tmp_path / "local aws"
    client.up(home)
    own = LocalAws(home)
    stack = own.deploy("Echo", stack_template(), **assets)
    assert ask(f"{stack['endpoint']}/x").status == 200
    (instance,) = own.stack("Echo")["functions"][0]["instances"]
    (held,) = psutil.Process(instance["pid"]).children()
    psutil.Process(own.status["pid"]).kill()
    assert until(lambda: not held.is_running() or held.status() == psutil.STATUS_ZOMBIE)
    client.down(home)
