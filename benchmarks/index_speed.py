"""How long `athenaeum index` takes as a process: first build, unchanged docs, one page changed.

On ../shared/corpora/fastapi when it is there, which the budgets are for, else on this repository's docs. The encoder is
prepared before, because its export happens once.
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
OWN = ROOT / "docs"


def main() -> int:
    """Print the table."""
    from athenaeum.embeddings.prepare import prepare_encoder
    from athenaeum.settings import cache_dir

    prepare_encoder(cache=cache_dir())
    corpus, page = (CORPUS, "tutorial/body.md") if CORPUS.is_dir() else (OWN, "index.md")
    with tempfile.TemporaryDirectory() as place:
        docs, index = Path(place) / "docs", Path(place) / "index"
        warm_up(Path(place) / "first")
        shutil.copytree(corpus, docs)
        rows = [("first index", 45.0, index_once(docs, index))]
        rows.append(("unchanged", 2.0, min(index_once(docs, index) for _ in range(3))))
        changed = []
        for number in range(3):
            with (docs / page).open("a", encoding="utf-8") as file:
                file.write(f"\nOne more sentence, number {number}.\n")
            changed.append(index_once(docs, index))
        rows.append(("one page changed", 5.0, min(changed)))
        count = sum(1 for _ in docs.rglob("*.md"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    whose = "FastAPI docs" if corpus == CORPUS else "own docs, as the corpus of the budgets is not on this machine"
    print(f"## Index speed\n\n{count} pages ({whose}) on {cores} cores, whole processes; the fastest of three, but for")
    print(f"the first index. Load average at the end {os.getloadavg()[0]:.1f}. CPU is that of all threads.")
    print("\n| what | budget | measured | CPU | peak memory |\n| --- | --- | --- | --- | --- |")
    for what, budget, (wall, cpu, memory) in rows:
        told = f"≤ {budget:.0f} s" if corpus == CORPUS else "–"
        print(f"| {what} | {told} | {wall:.1f} s | {cpu:.1f} s | {memory:.0f} MB |")
    return 0


def warm_up(place: Path) -> None:
    """Index one page, so that bytecode is there, as on a machine that has run the program before."""
    place.mkdir()
    (place / "page.md").write_text("# A page\n\nWords.\n", encoding="utf-8")
    index_once(place, place / "index")


def index_once(docs: Path, index: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of one `athenaeum index`."""
    command = [sys.executable, "-m", "athenaeum", "index", str(docs), "--output", str(index), "--json"]
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"athenaeum index ended with {process.returncode}")
    return (
        time.monotonic() - begun,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024),
    )


if __name__ == "__main__":
    sys.exit(main())
