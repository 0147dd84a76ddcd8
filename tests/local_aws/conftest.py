"""A running embedded AWS for this room's tests."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from athenaeum.local_aws import client
from athenaeum.local_aws.runtime import tools

# Beside the tests, so that they can name its types.
sys.path.insert(0, str(Path(__file__).parent))

from guarded_stack import authorizer_zip, verifying_layer
from local_issuer import LocalIssuer
from local_stack import LAYER, LocalAws, code_zip, stack_template


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """The embedded AWS with the real emulator and adapter, in a folder whose name has a space."""
    for name in (tools.EMULATOR, tools.ADAPTER):
        if tools.find(name) is None:
            reason = f"{name} is not installed; `make tools` installs it"
            if os.environ.get("CI"):
                pytest.fail(f"needed in CI: {reason}")
            pytest.skip(reason)
    home = tmp_path_factory.mktemp("aws") / "local aws"
    client.up(home)
    yield LocalAws(home)
    client.down(home)
    assert not (home / "work").exists()


@pytest.fixture(scope="session")
def echo(aws: LocalAws) -> dict[str, Any]:
    """The test function, deployed once as the stack `Echo`."""
    template = stack_template(EphemeralStorage={"Size": 64})
    return aws.deploy("Echo", template, **{"code.zip": code_zip(), "layer.zip": LAYER})


@pytest.fixture(scope="session")
def issuer() -> Iterator[LocalIssuer]:
    """An issuer of tokens on this machine."""
    issuer = LocalIssuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="session")
def assets() -> dict[str, bytes]:
    """What the guarded stack is deployed with."""
    return {
        "code.zip": code_zip(),
        "layer.zip": LAYER,
        "jwt.zip": verifying_layer(),
        "authorizer.zip": authorizer_zip(),
    }
