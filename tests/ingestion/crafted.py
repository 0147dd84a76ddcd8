"""Crafted releases: mutates a real one, makes its hashes agree again, and reads it as a server does. Runs as a process.

    python crafted.py INDEX WORK FIRST LAST

Prints each seed before it is tried and what came of it after. Anything but hits or an error of ours is a failure.
"""

import contextlib
import hashlib
import json
import random
import resource
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

SECONDS = 20
MEMORY = 6 << 30
QUERIES = ("bear honey", "how do i install the index", "lionn forrest", "`Lion` river/stone --otter", "")


def rewritten(index: Path) -> None:
    """Make manifest, id and pointer agree with the files as they are now."""
    pointer = json.loads((index / "current.json").read_text())
    old = index / "releases" / pointer["release"]
    raw = (old / "manifest.json").read_bytes()
    try:
        manifest = json.loads(raw)
        manifest["files"] = {
            path.relative_to(old).as_posix(): entry(path)
            for path in sorted(old.rglob("*"))
            if path.is_file() and path.name != "manifest.json"
        }
        (folder,) = (index / "encoders").iterdir()
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            card = json.loads((folder / "encoder.json").read_bytes())
            card["files"] = {name: entry(folder / name) for name in card["files"]}
            (folder / "encoder.json").write_text(json.dumps(card))
        manifest["encoder"] = {"files": {path.name: entry(path) for path in folder.iterdir()}}
        raw = json.dumps(manifest, sort_keys=True, indent=1).encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    (old / "manifest.json").write_bytes(raw)
    pointer["release"] = hashlib.sha256(raw).hexdigest()[:20]
    old.rename(index / "releases" / pointer["release"])
    (index / "current.json").write_text(json.dumps(pointer))


def entry(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


EXTREMES: tuple[Any, ...] = (
    *(0, -1, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1, 10**30, 1e308, -0.0, "", "x" * 5000, "../../x", "\x00", None, True),
    *([], {}, [[[[]]]], {"a": {"a": {}}}, "javascript:alert(1)", float("nan"), float("inf")),
)


def mutate_json(data: bytes, draw: random.Random) -> bytes:
    value = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, inner in list(items):
            places.append((node, key))
            walk(inner)

    walk(value)
    for _ in range(draw.randint(1, 3)):
        node, key = draw.choice(places)
        with contextlib.suppress(KeyError, IndexError):
            if draw.random() < 0.2:
                del node[key]
            else:
                node[key] = draw.choice(EXTREMES)
    return json.dumps(value).encode()


def mutate_bytes(data: bytes, draw: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(made) + 1)
        kind = draw.randrange(7)
        if kind == 0:
            made[at : at + 1] = bytes([draw.randrange(256)])
        elif kind == 1:
            width = draw.choice((1, 2, 4, 8))
            number = draw.choice((0, 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), draw.getrandbits(8 * width)))
            made[at : at + width] = number.to_bytes(width, draw.choice(("little", "big")))
        elif kind == 2:
            del made[at:]
        elif kind == 3:
            made[at:at] = draw.randbytes(draw.choice((1, 16, 5000)))
        elif kind == 4:
            size = draw.choice((4, 64, 2048))
            source = draw.randrange(len(made) + 1)
            made[at : at + size] = made[source : source + size]
        elif kind == 5:
            made[at : at + draw.choice((4, 512))] = bytes(draw.choice((4, 512)))
        else:
            del made[at : at + draw.choice((1, 7, 300))]
    return bytes(made)


def mutate_tables(path: Path, draw: random.Random) -> None:
    values = [
        *(each for each in EXTREMES if isinstance(each, int | float | str)),
        b"",
        b"\xff" * 99,
        draw.randbytes(64),
    ]
    values = [each for each in values if not isinstance(each, int) or abs(each) < 2**63]
    tables = {
        "pages": ("path", "title", "digest", "weight", "first", "count", "text", "detail"),
        "chunks": ("page", "id", "place", "start", "stop", "start_line", "end_line"),
        "meta": ("pages", "chunks"),
    }
    base = sqlite3.connect(path)
    for _ in range(draw.randint(1, 2)):
        table = draw.choice(list(tables))
        column = draw.choice(tables[table])
        with contextlib.suppress(sqlite3.Error):
            if draw.random() < 0.2:
                base.execute(f"DELETE FROM {table} WHERE rowid = {draw.randint(1, 4)}")
            else:
                base.execute(
                    f"UPDATE {table} SET {column} = ? WHERE rowid > {draw.randint(-1, 4)}", [draw.choice(values)]
                )
    base.commit()
    base.close()


def mutate(index: Path, draw: random.Random) -> str:
    """Change one file of the index; its name."""
    files = sorted(path for path in index.rglob("*") if path.is_file() and ".work" not in path.parts)
    path = draw.choice(files)
    if path.suffix == ".sqlite" and draw.random() < 0.6:
        mutate_tables(path, draw)
        return path.name
    data = path.read_bytes()
    as_json = path.suffix == ".json" and draw.random() < 0.7
    path.write_bytes(mutate_json(data, draw) if as_json else mutate_bytes(data, draw))
    return path.name


def read(index: Path) -> str:
    """Open and use the index as a server does; what came of it."""
    from athenaeum.errors import AthenaeumError
    from athenaeum.retrieval.searcher import open_searcher

    try:
        searcher = open_searcher(index)
    except AthenaeumError as error:
        return f"refused: {type(error).__name__}"
    try:
        found = 0
        for query in QUERIES:
            hits = searcher.search(query, limit=20)
            json.dumps(
                [(hit.url, hit.content, hit.score, hit.headings, hit.permalink) for hit in hits], allow_nan=False
            )
            found += len(hits)
        searcher.search("lion", limit=5, path_prefix="guide/")
        for page in searcher.pages.pages():
            searcher.pages.chunks_of(page.path)
        searcher.pages.find("nothing")
        return f"answered: {found} hits"
    except AthenaeumError as error:
        return f"failed: {type(error).__name__}"
    finally:
        searcher.close()


def run(index: Path, work: Path, seeds: range, change: Callable[[Path, random.Random], str] = mutate) -> None:
    """Try the seeds one by one; ends the process at the first that comes to anything else."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for seed in seeds:
        copy = work / "index"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(index, copy)
        print(f"seed {seed}", end=" ", flush=True)
        name = change(copy, random.Random(seed))
        with contextlib.suppress(ValueError, KeyError, OSError, TypeError, UnicodeDecodeError, RecursionError):
            rewritten(copy)
        signal.alarm(SECONDS)
        try:
            came = read(copy)
        except BaseException:
            print(f"{name} CRASHED\n{traceback.format_exc()}", flush=True)
            sys.exit(1)
        signal.alarm(0)
        print(f"{name} {came}", flush=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), range(int(sys.argv[3]), int(sys.argv[4])))
