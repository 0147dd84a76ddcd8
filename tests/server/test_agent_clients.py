"""Agents' own programs against /mcp: the inspector on the command line and the conformance suite of the protocol."""

import json
import re
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "clients"
REVISIONS = ("2025-11-25", "2026-07-28")
# Beyond "nothing fails that the baseline does not name": that these ran, and how far. A check lost is a failure here.
HELD = {
    "2025-11-25": {
        "server-initialize": "2 passed, 0 failed",
        "tools-list": "3 passed, 0 failed",
        "tools-call-error": "2 passed, 0 failed",
        "dns-rebinding-protection": "2 passed, 0 failed",
    },
    "2026-07-28": {
        "server-stateless": "23 passed, 2 failed",
        "tools-list": "4 passed, 0 failed",
        "tools-call-error": "2 passed, 0 failed",
        "caching": "7 passed, 0 failed",
        "http-header-validation": "14 passed, 0 failed",
        "dns-rebinding-protection": "2 passed, 0 failed",
    },
}


def test_the_inspector_lists_and_calls_the_tools(serve, agent_program):
    address = f"{serve().url}/mcp"
    listed = agent_program("mcp-inspector", "--cli", address, "--transport", "http", "--method", "tools/list")
    assert listed.returncode == 0, listed.stderr
    assert [tool["name"] for tool in json.loads(listed.stdout)["tools"]] == ["search", "fetch"]
    called = agent_program(
        *("mcp-inspector", "--cli", address, "--transport", "http", "--method", "tools/call"),
        *("--tool-name", "search", "--tool-arg", "query=abort the launch"),
    )
    assert called.returncode == 0, called.stderr
    assert json.loads(called.stdout)["structuredContent"]["results"][0]["path"] == "guide/launch.md"


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_conformance_suite_passes_but_for_what_is_not_offered(serve, conformance, revision):
    results = conformance(f"{serve().url}/mcp", revision)
    assert results | HELD[revision] == results


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_exception_from_the_suite_cites_its_clause(revision):
    text = (CLIENTS / f"conformance-{revision}.yml").read_text(encoding="utf-8")
    cited, entries = "", 0
    for line in text.partition("server:\n")[2].splitlines():
        if line.startswith("  # "):
            cited += line
        elif line.startswith("  - "):
            entries += 1
            assert re.search(r"(basic|server|client)/[a-z/-]+", cited), line
            following = text.partition(f"{line}\n")[2]
            cited = cited if following.startswith("  - ") else ""
    assert entries
