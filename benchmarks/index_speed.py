"""How long `athenaeum index` takes as a process: first build, unchanged docs, one page changed.

On ../shared/corpora/fastapi when it is there. The encoder is prepared before, because its export happens once.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpora" / "fastapi" / "docs" / "en" / "docs"
ABSENT = 75
"""See run.py."""


def main() -> int:
    """Print the table."""
    if not CORPUS.is_dir():
        print(f"index_speed: {CORPUS.relative_to(ROOT.parent)} is not on this machine", file=sys.stderr)
        return ABSENT
    sys.path.insert(0, str(ROOT))
    from athenaeum.embeddings.prepare import prepare_encoder
    from athenaeum.settings import cache_dir

    prepare_encoder(cache=cache_dir())
    with tempfile.TemporaryDirectory() as place:
        docs, index = Path(place) / "docs", Path(place) / "index"
        shutil.copytree(CORPUS, docs)
        rows = [("first index of the FastAPI docs", 45.0, index_once(docs, index))]
        rows.append(("unchanged", 2.0, min(index_once(docs, index) for _ in range(3))))
        page = docs / "tutorial" / "body.md"
        changed = []
        for number in range(3):
            with page.open("a", encoding="utf-8") as file:
                file.write(f"\nOne more sentence, number {number}.\n")
            changed.append(index_once(docs, index))
        rows.append(("one page changed", 5.0, min(changed)))
        before = sum(1 for _ in docs.rglob("*.md"))
    print(f"## Index speed\n\n{before} pages on {len(os.sched_getaffinity(0))} cores, whole processes; ", end="")
    print(f"load average at the end {os.getloadavg()[0]:.1f}. CPU is user and system time of all threads.\n")
    print("| what | budget | measured | CPU | peak memory |\n| --- | --- | --- | --- | --- |")
    for what, budget, (wall, cpu, memory) in rows:
        print(f"| {what} | ≤ {budget:.0f} s | {wall:.1f} s | {cpu:.1f} s | {memory:.0f} MB |")
    return 0


def index_once(docs: Path, index: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of one `athenaeum index`."""
    command = [sys.executable, "-m", "athenaeum", "index", str(docs), "--output", str(index), "--json"]
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"athenaeum index ended with {process.returncode}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
