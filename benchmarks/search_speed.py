"""Search speed and memory at 1,000, 10,000 and 100,000 chunks: real text recombined, one thread, the query encoded.

The passages of an index of real pages are dealt out anew to as many chunks as are wanted; each vector is turned a
little, so that no two are equal. Everything else is the product's own writing and reading.
"""

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from _sets import HERE, SHARED, WORK, built

from athenaeum.index.atomic import staging
from athenaeum.index.format.encoders import install_encoder
from athenaeum.index.format.lexical import write_lexical
from athenaeum.index.format.pages import open_pages, write_pages
from athenaeum.index.format.vectors import open_vectors, write_vectors
from athenaeum.index.layout import LEXICAL, PAGES, VECTORS
from athenaeum.index.release import commit_release, open_release
from athenaeum.records import Chunk, Mention, Page
from athenaeum.representation.pieces import lexical_documents

SIZES = (1_000, 10_000, 100_000)
BUDGETS = {1_000: (10, 25), 10_000: (10, 25), 100_000: (40, None)}
PER_PAGE = 10
ROUNDS = 300


def recombined(source: Path, count: int) -> Path:
    """An index of `count` chunks made of the chunks of `source`."""
    target = WORK / f"speed-{count}"
    if (target / "current.json").is_file():
        return target
    release = open_release(source)
    stored = open_vectors(release.vectors_file)
    chunks = list(open_pages(release.pages_file).all_chunks())
    rng = np.random.default_rng(count)
    drawn = rng.integers(0, len(chunks), size=count)
    pages = list(_pages([chunks[at] for at in drawn]))
    rows, counts = stored.rows_of_all(drawn)
    noise = rng.standard_normal((len(rows), stored.dimension)).astype(np.float32)
    matrix = stored.vectors(rows) + 0.2 * noise / np.sqrt(stored.dimension)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    with staging(target, "build") as folder:
        staged = folder / "release"
        staged.mkdir()
        write_pages(staged / PAGES, (page for page, _ in pages), (chunk for _, own in pages for chunk in own))
        # Other pages call a page as its chunks are headed.
        called = {page.path: [Mention("", " ".join(one.headings[-1:])) for one in own] for page, own in pages}
        write_lexical(
            staged / LEXICAL,
            (one for page, own in pages for one in lexical_documents(page, own, mentions=called[page.path])),
        )
        write_vectors(staged / VECTORS, matrix, np.repeat(np.arange(count), counts), stored.kinds[rows])
        install_encoder(target, release.encoder_dir)
        commit_release(
            target, staged, replace(release.manifest, chunks=count, pages=len(pages), vectors=len(rows), files={})
        )
    return target


def _pages(chunks: list[Chunk]) -> Iterator[tuple[Page, list[Chunk]]]:
    for number, first in enumerate(range(0, len(chunks), PER_PAGE)):
        path, text, own = f"page-{number:07}.md", "", []
        for ordinal, chunk in enumerate(chunks[first : first + PER_PAGE]):
            start = len(text)
            text += chunk.text + "\n\n"
            own.append(
                replace(
                    chunk, id=f"{path}-{ordinal}", path=path, ordinal=ordinal, start=start, end=start + len(chunk.text)
                )
            )
        lines = tuple(range(1, text.count("\n") + 2))
        title = own[0].title
        yield Page(path, path, title, "", text, lines, ()), [replace(chunk, title=title) for chunk in own]


def measure(index: Path) -> dict[str, float]:
    """Run in a process of its own: opening, warm searches with and without the encoder, and memory."""
    from athenaeum.evaluation.questions import read_questions
    from athenaeum.retrieval.searcher import open_searcher

    begun = time.perf_counter()
    searcher = open_searcher(index, verify=False)
    searcher.search("first question")
    cold = time.perf_counter() - begun
    queries = [question.text for question in read_questions(HERE / "questions" / "fastapi.yml")]
    for query in queries[:20]:
        searcher.search(query)
    times = []
    for at in range(ROUNDS):
        begun = time.perf_counter()
        searcher.search(queries[at % len(queries)])
        times.append(1000 * (time.perf_counter() - begun))
    rss = _peak_memory()
    searcher.close()
    asked = asyncio.run(_through_the_app(index, queries))
    return {
        "cold": 1000 * cold,
        "p50": statistics.median(times),
        "p99": _p99(times),
        "app_p50": statistics.median(asked),
        "app_p99": _p99(asked),
        "rss": rss,
    }


async def _through_the_app(index: Path, queries: list[str]) -> list[float]:
    """Milliseconds of `POST /search` inside the process: routing, validation, search, serialisation, log line."""
    from athenaeum.server.app import create_app
    from athenaeum.server.assembly import assemble
    from athenaeum.settings import ServerSettings

    with Path(os.devnull).open("w") as nowhere:
        app = create_app(assemble(ServerSettings(index_dir=str(index)), log_to=nowhere))
        async with app.router.lifespan_context(app):
            times = []
            for at in range(20 + ROUNDS):
                # No query twice: the answer would be remembered.
                body = json.dumps({"query": f"{queries[at % len(queries)]} {at}"}).encode()
                begun = time.perf_counter()
                await _post(app, body)
                times.append(1000 * (time.perf_counter() - begun))
    return times[20:]


async def _post(app: Any, body: bytes) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        **{"type": "http", "method": "POST", "path": "/search", "raw_path": b"/search", "query_string": b""},
        **{"headers": [(b"content-type", b"application/json"), (b"host", b"localhost")], "scheme": "http"},
        **{"server": ("localhost", 80), "client": ("localhost", 1), "root_path": "", "http_version": "1.1"},
        "asgi": {"version": "3.0"},
    }
    await app(scope, receive, send)
    assert sent[0]["status"] == 200, sent


def _p99(times: list[float]) -> float:
    return sorted(times)[int(0.99 * len(times))]


def _peak_memory() -> float:
    # Not getrusage: what it gives a child begins with its parent's peak.
    for line in Path("/proc/self/status").read_text().splitlines() if sys.platform == "linux" else ():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_process(index: Path) -> tuple[float, float]:
    """Wall time in seconds (best of five) and memory in MB of `athenaeum search`."""
    command = [sys.executable, "-m", "athenaeum", "search", "how do I declare a request body", "--output", index]
    walls, peaks = [], []
    for _ in range(5):
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        # Of this very process: of all children the largest would be the one that built the index.
        _, status, used = os.wait4(process.pid, 0)
        walls.append(time.perf_counter() - begun)
        peaks.append(used.ru_maxrss / 1024)
        assert status == 0, status
    return min(walls), max(peaks)


def main() -> int:
    """Print the table."""
    if len(sys.argv) == 3 and sys.argv[1] == "--measure":
        print(json.dumps(measure(Path(sys.argv[2]))))
        return 0
    real = SHARED / "corpora/fastapi/docs/en/docs"
    source = built("fastapi", [real]) if real.is_dir() else built("own-docs", [HERE.parent / "docs"])
    wall, memory = as_process(source)
    print("## Search speed\n")
    print(f"`athenaeum search` as a process: {wall:.2f} s (budget 0.8), {memory:.0f} MB (budget 220).\n")
    print("`POST /search` is measured inside the process of the server, from the request to the end of its answer.\n")
    print(
        "| chunks | vectors | size | open + first | p50 (budget) | p99 (budget) | `POST /search`: p50, p99 | memory |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in SIZES:
        index = recombined(source, count)
        manifest = open_release(index, verify=False).manifest
        done = subprocess.run(
            [sys.executable, __file__, "--measure", index], check=True, stdout=subprocess.PIPE, text=True
        )
        got = json.loads(done.stdout)
        p50, p99 = BUDGETS[count]
        print(
            f"| {count:,} | {manifest.vectors:,} | {manifest.size / 1e6:.0f} MB | {got['cold']:.0f} ms "
            f"| {got['p50']:.1f} ms ({p50}) | {got['p99']:.1f} ms ({p99 or '–'}) "
            f"| {got['app_p50']:.1f}, {got['app_p99']:.1f} ms | {got['rss']:.0f} MB |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
