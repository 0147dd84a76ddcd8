"""How fast an endpoint is: cold start to the first answer, warm answers, load, memory. Prints budgets and figures.

The process is the one run.sh starts, on the FastAPI docs (1,700 sections), without Lambda's runtime and the adapter.
CPU seconds are what counts on a fraction of a core: at 0.6 of one, divide by 0.6.
"""

import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpora" / "fastapi" / "docs" / "en" / "docs"
ABSENT = 75
COLD_RUNS = 5
WARM = 300
QUESTIONS = (
    "how do I declare a request body",
    "upload a file",
    "background tasks",
    "dependency with yield",
    "default value of a query parameter",
    "oauth2 password bearer",
    "cors middleware",
    "websocket",
    "exclude unset fields of a response model",
    "path parameter from an enum",
)


@contextmanager
def started(index: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    """The process on one core; its port and the time it was started."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    command = [
        *pin,
        sys.executable,
        "-m",
        "uvicorn",
        "athenaeum.mcp_server:app",
        "--port",
        str(port),
        "--no-access-log",
    ]
    environment = os.environ | {"ATHENAEUM_INDEX_DIR": str(index), "ATHENAEUM_REFRESH_SECONDS": "3600"}
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.002)
        yield process, port, begun
    finally:
        process.terminate()
        process.wait()


def search(connection: http.client.HTTPConnection, query: str) -> float:
    """Seconds of one answer."""
    begun = time.perf_counter()
    body = json.dumps({"query": query})
    connection.request("POST", "/search", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"status {answer.status}")
    return time.perf_counter() - begun


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: subprocess.Popen[bytes]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


def load(port: int, workers: int) -> str:
    """Throughput and percentiles with `workers` callers that each ask again at once."""
    times: list[float] = []

    def ask(worker: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        mine = [search(connection, f"{QUESTIONS[n % 10]} {worker}.{n}") for n in range(WARM // workers)]
        times.extend(mine)

    begun = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(times) / (time.perf_counter() - begun)
    cuts = statistics.quantiles(times, n=100)
    return f"| {workers} | {rate:.0f} | {cuts[49] * 1000:.1f} | {cuts[98] * 1000:.1f} |"


def main() -> int:
    if not CORPUS.is_dir() or not sys.platform.startswith("linux"):
        print("The FastAPI docs are not on this machine.", file=sys.stderr)
        return ABSENT
    from _sets import built

    with tempfile.TemporaryDirectory() as folder:
        index = Path(shutil.copytree(built("fastapi", [CORPUS]), Path(folder) / "index"))
        firsts, cpus = [], []
        for _ in range(COLD_RUNS):
            with started(index) as (process, port, begun):
                search(http.client.HTTPConnection("127.0.0.1", port, timeout=60), QUESTIONS[0])
                firsts.append(time.perf_counter() - begun)
                cpus.append(cpu_seconds(process))
        with started(index) as (process, port, _):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            search(connection, QUESTIONS[0])
            before = cpu_seconds(process)
            for number in range(WARM):
                search(connection, f"{QUESTIONS[number % 10]} {number}")
            each = (cpu_seconds(process) - before) / WARM * 1000
            rows = [load(port, workers) for workers in (1, 8, 32)]
            memory = resident(process)
    print("## Endpoint\n")
    print(f"Cold start to the first answer, {COLD_RUNS} runs on a core (budget 0.8 s, the adapter included): ", end="")
    print(f"best {min(firsts):.2f} s, median {statistics.median(firsts):.2f} s; {min(cpus):.2f} CPU seconds.\n")
    print(f"A warm search takes {each:.1f} ms of CPU; the process holds {memory} MB.\n")
    print("| callers | answers/s | p50 ms | p99 ms |\n| --- | --- | --- | --- |")
    print("\n".join(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
