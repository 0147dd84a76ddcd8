"""How long `athenaeum --help` takes as a process, which is what everybody waits for first."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
BUDGETS = {"--help": 80, "--version": 80, "index --help": 0, "search --help": 0}
"""Milliseconds; 0 for no budget."""


def main() -> int:
    """Print the table."""
    program = Path(sys.executable).with_name("athenaeum")
    if not program.exists():
        print("the athenaeum command is not installed beside this Python", file=sys.stderr)
        return 75
    print("## Command line\n")
    print(f"Whole processes, {RUNS} runs each.\n\n| command | budget | fastest | median |\n| --- | --- | --- | --- |")
    for arguments, budget in BUDGETS.items():
        times = []
        for _ in range(RUNS + 1):
            begun = time.perf_counter()
            subprocess.run([program, *arguments.split()], check=True, stdout=subprocess.DEVNULL)
            times.append(1000 * (time.perf_counter() - begun))
        # The first run may have had to write bytecode.
        rest = times[1:]
        told = f"≤ {budget} ms" if budget else "–"
        print(f"| `athenaeum {arguments}` | {told} | {min(rest):.0f} ms | {statistics.median(rest):.0f} ms |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
