"""An embedded AWS for what is deployed with the real `cdk`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from athenaeum.local_aws import client
from athenaeum.local_aws.runtime import tools


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, give_up: Callable[[str], None]) -> Iterator[Path]:
    """The home of an embedded AWS of this module's own; it goes away at the end, and is started by what deploys."""
    for name in (tools.EMULATOR, tools.ADAPTER):
        if tools.find(name) is None:
            give_up(f"{name} is not installed; `make tools` installs it")
    home = tmp_path_factory.mktemp("local")
    yield home
    client.down(home)
