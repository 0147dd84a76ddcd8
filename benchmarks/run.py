"""Run every benchmark and write benchmarks/RESULTS.md: `make bench`, or `python benchmarks/run.py search_speed`.

Each benchmark is a script of its own that prints Markdown: budgets beside what was measured. A benchmark whose data is
not on this machine says so and is left out of the results.
"""

import argparse
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
ABSENT = 75
"""Exit code of a benchmark that lacks its data (EX_TEMPFAIL of sysexits.h)."""


def main() -> int:
    names = sorted(path.stem for path in HERE.glob("*.py") if path.name != Path(__file__).name and path.stem[0] != "_")
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("only", nargs="*", choices=[*names, []], help="benchmarks to run; default: all")
    chosen = parser.parse_args().only or names
    parts = [f"# Benchmarks\n\nPython {platform.python_version()}, {platform.machine()}, {platform.system()}.\n"]
    failed = []
    for name in chosen:
        print(f"== {name}", file=sys.stderr, flush=True)
        begun = time.monotonic()
        done = subprocess.run([sys.executable, HERE / f"{name}.py"], stdout=subprocess.PIPE, text=True, check=False)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        if done.returncode not in (0, ABSENT):
            failed.append(name)
        elif done.returncode == 0:
            parts.append(f"{done.stdout.strip()}\n\n`{name}` took {time.monotonic() - begun:.0f} s.\n")
    if chosen == names and not failed:
        RESULTS.write_text("\n".join(parts), encoding="utf-8")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
