"""A stack may hold several servers: `deploy` shows each, and publishes to none of them by guess."""

import pytest

from athenaeum.cli.stack.deploy import _serving, shown_servers
from athenaeum.deployment.deploy import DeployedStack, Deployment
from athenaeum.errors import StackNotFoundError, UsageError
from athenaeum.index.publishing.stack import servers_of


def outputs(server: str = "") -> dict[str, str]:
    """Of one server; the first has no prefix."""
    address = f"https://{server or 'first'}.example/prod"
    names = {"APIEndpoint": f"{address}/", "McpEndpoint": f"{address}/mcp", "IndexBucketName": f"b-{server}"}
    return {f"{server}{name}": value for name, value in names.items()}


def test_every_server_of_a_stack_is_shown_by_the_name_that_commands_take() -> None:
    lines = shown_servers(DeployedStack("Docs", {**outputs(), **outputs("Other")}))
    assert lines == [
        "Docs: https://first.example/prod",
        "  agents: https://first.example/prod/mcp",
        "  index: b-",
        "Docs/Other: https://Other.example/prod",
        "  agents: https://Other.example/prod/mcp",
        "  index: b-Other",
    ]
    assert shown_servers(DeployedStack("Network", {"VpcId": "vpc-1"})) == ["Network: no endpoint"]


def test_an_id_that_begins_as_another_keeps_its_own_outputs() -> None:
    found = servers_of({**outputs(), **outputs("A"), **outputs("AB"), "Mine": "x"})
    assert list(found) == ["", "A", "AB"]
    assert found["A"]["IndexBucketName"] == "b-A"
    assert found["AB"]["IndexBucketName"] == "b-AB"
    assert found[""]["Mine"] == "x"


def test_an_index_is_published_to_the_one_server_and_to_none_of_two() -> None:
    one, two = DeployedStack("Docs", outputs()), DeployedStack("Docs", {**outputs(), **outputs("Other")})
    assert _serving(Deployment("aws", (DeployedStack("Network"), one), 1.0)) is one
    with pytest.raises(UsageError, match="Docs, Docs/Other have an index each"):
        _serving(Deployment("aws", (two,), 1.0))
    with pytest.raises(StackNotFoundError):
        _serving(Deployment("aws", (DeployedStack("Network"),), 1.0))
