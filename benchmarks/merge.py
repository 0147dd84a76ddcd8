"""How long a merge takes that changes only docs: the action's step as a runner runs it, on the embedded AWS.

The first run deploys the stack and fills the tool cache; then a page is changed and committed, and the step run again.
"From the build's start to live" is all of it but the set-up of the environment and the look at what is live.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from athenaeum.local_aws.runtime import tools
from athenaeum.settings import cache_dir

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpora" / "fastapi" / "docs" / "en" / "docs"
ABSENT = 75
MERGES = 3
STEP, LIVE = 40.0, 15.0
"""Seconds allowed for the whole step, and from the build's start to live."""
_PHASE = re.compile(r"^([a-z][a-z ]*): (\d+\.\d) s$", re.MULTILINE)
_BEFORE = "prepare"


def main() -> int:
    """Print the table."""
    if tools.find(tools.EMULATOR) is None or tools.find(tools.ADAPTER) is None:
        print("the runtime emulator or the web adapter is not installed (`make tools`)", file=sys.stderr)
        return ABSENT
    real = CORPUS.is_dir()
    with tempfile.TemporaryDirectory() as folder:
        repository, home = Path(folder) / "docs-repository", Path(folder) / "local"
        shutil.copytree(CORPUS if real else ROOT / "docs", repository / "docs", ignore=shutil.ignore_patterns("*.py"))
        environment = _environment(Path(folder), repository, home)
        try:
            _step(repository, environment)
            page = repository / "docs" / ("tutorial/body.md" if real else "index.md")
            rows = []
            for number in range(MERGES):
                with page.open("a", encoding="utf-8") as file:
                    file.write(f"\nOne more sentence, number {number}.\n")
                rows.append(_step(repository, environment))
        finally:
            down = [sys.executable, "-m", "athenaeum", "local", "down"]
            subprocess.run(down, env=environment, check=False, stdout=subprocess.DEVNULL)
    whole, phases = min(rows, key=lambda row: row[0])
    live = sum(seconds for name, seconds in phases.items() if name != _BEFORE)
    print("## A merge that changes only docs\n")
    print(
        f"One page of {'the FastAPI docs' if real else 'our own docs'} changed, the fastest of {MERGES} merges. ",
        end="",
    )
    print(f"Load average at the end {os.getloadavg()[0]:.1f}.\n\n| what | budget | measured |\n| --- | --- | --- |")
    print(f"| whole step, tool cache warm | ≤ {STEP:.0f} s | {whole:.1f} s |")
    print(f"| build start → live | ≤ {LIVE:.0f} s | {live:.1f} s |")
    for name, seconds in phases.items():
        print(f"| of the step: {name} | | {seconds:.1f} s |")
    return 0


def _environment(folder: Path, repository: Path, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
    return kept | {
        "ATHENAEUM_CHECKOUT": str(ROOT),
        "ATHENAEUM_CACHE_DIR": str(cache_dir()),
        "ATHENAEUM_LOCAL_DIR": str(home),
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REPOSITORY": "acme/docs",
        "GITHUB_WORKSPACE": str(repository),
        "GITHUB_OUTPUT": str(folder / "outputs.txt"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "RUNNER_TEMP": str(folder),
        "INPUT_TARGET": "local",
    }


def _step(repository: Path, environment: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Commit, and run the step: seconds of the whole and of each phase."""
    git = ["git", "-c", "user.name=Docs", "-c", "user.email=docs@example.com", "-C", str(repository)]
    if not (repository / ".git").exists():
        subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Change the docs"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    begun = time.perf_counter()
    done = subprocess.run(
        ["bash", ROOT / "athenaeum" / "action" / "run.sh"],
        cwd=repository,
        env=environment | {"GITHUB_SHA": commit},
        capture_output=True,
        text=True,
        check=False,
    )
    whole = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"merge: the step ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}")
    return whole, {name: float(seconds) for name, seconds in _PHASE.findall(done.stdout)}


if __name__ == "__main__":
    sys.exit(main())
