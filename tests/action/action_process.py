"""The action as the process that a job's step starts, without a runner around it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """What one step left: its exit code, its log, its summary, its outputs and its report."""

    code: int
    log: str
    summary: str
    outputs: str
    report: str


def run_step(folder: Path, event: str, payload: object = None, *, sha: str = "", **inputs: str) -> Step:
    """Run the action in the checkout `folder` as a job of `event` on AWS would, without credentials."""
    out = folder.parent / "job"
    out.mkdir(exist_ok=True)
    for file in out.iterdir():
        file.unlink()
    (out / "event.json").write_text(json.dumps(payload or {"repository": {"private": False}}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(out / "event.json"),
        "GITHUB_REPOSITORY": "acme/docs",
        "GITHUB_SHA": sha,
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_STEP_SUMMARY": str(out / "summary"),
        "GITHUB_OUTPUT": str(out / "output"),
        "RUNNER_TEMP": str(out),
        **{"INPUT_TARGET": "aws", "INPUT_PUBLIC": "true"},
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }
    command = [sys.executable, "-P", "-m", "athenaeum.action"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    report = next((file.name for file in out.glob("athenaeum-report*")), "none")
    names = ("summary", "output", report)
    read = [(out / name).read_text(encoding="utf-8") if (out / name).exists() else "" for name in names]
    return Step(done.returncode, (done.stdout + done.stderr).decode("utf-8"), *read)
