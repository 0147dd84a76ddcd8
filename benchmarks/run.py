"""Run every benchmark and write benchmarks/RESULTS.md: `make bench`, or `python benchmarks/run.py search_speed`.

Each benchmark is a script of its own, in a process of its own, that prints Markdown: budgets beside what was measured.
One that cannot run here says why in the results; one that fails does not keep the others from being written.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "RESULTS.md"
ABSENT = 75
"""Exit code of a benchmark that lacks its data (EX_TEMPFAIL of sysexits.h)."""
PARTS = (
    "command_line",
    "index_speed",
    "links",
    "retrieval",
    "search_speed",
    "endpoint",
    "bundle_size",
    "cold_start",
    "merge",
)
"""In this order: `endpoint` and `search_speed` go on with an index that `retrieval` made."""
LONGEST = 1800
"""Seconds after which a benchmark is given up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one benchmark printed; `problem` says why there is nothing, `failed` whether that is a defect."""

    name: str
    text: str
    seconds: float
    problem: str = ""
    failed: bool = False

    def markdown(self) -> str:
        """Its part of the results."""
        if self.problem:
            return f"## {self.name}\n\n{'Failed' if self.failed else 'Not measured here'}: {self.problem}\n"
        return f"{self.text.strip()}\n\n`{self.name}` took {self.seconds:.0f} s.\n"


def main() -> int:
    """Run what was asked for; 1 when any of it failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("only", nargs="*", choices=[*PARTS, []], help="benchmarks to run; default: all, and write them")
    asked = parser.parse_args().only
    before = os.getloadavg()[0]
    outcomes = [measured(name) for name in asked or PARTS]
    if not asked:
        RESULTS.write_text("\n".join([header(before), *(one.markdown() for one in outcomes)]), encoding="utf-8")
        print(f"written: {RESULTS.relative_to(ROOT)}", file=sys.stderr)
    for one in outcomes:
        if one.problem:
            print(f"{one.name}: {one.problem}", file=sys.stderr)
    return int(any(one.failed for one in outcomes))


def measured(name: str) -> Outcome:
    """Run one benchmark, showing its output as soon as it is there."""
    print(f"== {name}", file=sys.stderr, flush=True)
    # As on a machine that is used: bytecode is there, where containers often forbid to write it.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    begun = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, HERE / f"{name}.py"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=ROOT,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return Outcome(name, "", LONGEST, f"it did not end within {LONGEST} s.", failed=True)
    seconds = time.monotonic() - begun
    sys.stderr.write(done.stderr)
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    if done.returncode == 0:
        return Outcome(name, done.stdout, seconds)
    # No path of this machine may get into the results.
    said = [line.replace(str(ROOT), ".") for line in done.stderr.strip().splitlines() if line.strip()]
    told = said[-1].removeprefix(f"{name}: ") if said else f"it ended with {done.returncode}"
    return Outcome(name, done.stdout, seconds, f"{told.rstrip('.')}.", failed=done.returncode != ABSENT)


def header(load: float) -> str:
    """What was measured, and on what."""
    commit = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude", "*"],
        capture_output=True,
        text=True,
        check=False,
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`: what was measured, beside the budget it is held to.\n\n"
        f"Commit {commit.stdout.strip() or 'unknown'}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {cores} cores{processor()}, load average {load:.1f} at the start.\n"
    )


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f" of {name}" if name else ""


if __name__ == "__main__":
    sys.exit(main())
