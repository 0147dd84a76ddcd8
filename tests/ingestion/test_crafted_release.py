"""A release that somebody made to do harm, with hashes that agree, is refused or answers; it never takes the reader."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from athenaeum.errors import AthenaeumError, IndexBrokenError, ModelError
from athenaeum.index.format.pages import open_pages
from athenaeum.index.publishing.trial import rehearse
from athenaeum.index.release import open_release
from athenaeum.retrieval.searcher import open_searcher

sys.path.insert(0, str(Path(__file__).parent))
from crafted import rewritten

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="session")
def whole(tiny: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release as a build leaves it."""
    docs = tmp_path_factory.mktemp("crafted") / "docs"
    (docs / "guide").mkdir(parents=True)
    (docs / "index.md").write_text("# Start\n\nThe lion is in the forest. See [honey](guide/honey.md).\n")
    (docs / "guide" / "honey.md").write_text(
        "# Honey\n\nThe bear and the honey.\n\n## How do I install\n\nInstall the `Lion` index: `pip install lion`.\n"
    )
    (docs / "guide" / "stone.md").write_text("# Stone\n\n" + "The mountain and the valley in summer rain. " * 30)
    tiny.build(docs, docs.parent / "index")
    return docs.parent / "index"


@pytest.fixture
def index(whole: Path, tmp_path: Path) -> Path:
    """A copy to be harmed."""
    return Path(shutil.copytree(whole, tmp_path / "index"))


def release_of(index: Path) -> Path:
    return index / "releases" / json.loads((index / "current.json").read_text())["release"]


def refused(index: Path) -> AthenaeumError:
    """Make the hashes agree, and read it as a server does."""
    rewritten(index)
    with pytest.raises(AthenaeumError) as caught:
        use(index)
    return caught.value


def use(index: Path) -> None:
    searcher = open_searcher(index)
    try:
        searcher.search("the bear and the honey", limit=20)
        list(searcher.pages.pages())
    finally:
        searcher.close()


VIEW = (
    "DROP TABLE meta; CREATE VIEW meta AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT max(i) AS pages, 2 AS chunks FROM n"
)


@pytest.mark.parametrize(
    "script",
    [
        VIEW,
        "CREATE VIEW more AS SELECT * FROM pages",
        "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM meta; END",
        "CREATE VIRTUAL TABLE v USING fts5(x)",
        "CREATE INDEX i ON chunks (id)",
        "CREATE TABLE more (x)",
        "ALTER TABLE pages ADD COLUMN x",
        "ALTER TABLE chunks RENAME COLUMN id TO id2",
        "ALTER TABLE chunks ADD COLUMN x AS (zeroblob(1000000000))",
        "DROP TABLE chunks",
        "DELETE FROM meta",
        "INSERT INTO meta VALUES (3, 3)",
        "UPDATE meta SET pages = 1e300",
        "UPDATE meta SET chunks = 9223372036854775807, pages = 9223372036854775807",
        "UPDATE pages SET first = first + 1",
        "UPDATE pages SET count = 1000000000",
        "UPDATE pages SET weight = 9e999",
        "UPDATE pages SET path = 'index.md'",
        "UPDATE pages SET title = 5",
        "UPDATE chunks SET page = 77",
        "UPDATE chunks SET start = -5",
        "UPDATE chunks SET place = '[' || printf('%.*c', 100000, '[')",
        "UPDATE chunks SET place = '{}'",
        "UPDATE pages SET detail = x'00'",
        "UPDATE pages SET text = 7",
    ],
)
def test_a_pages_file_with_other_tables_or_values_is_refused(index: Path, script: str) -> None:
    base = sqlite3.connect(release_of(index) / "pages.sqlite")
    base.executescript(script)
    base.close()
    assert isinstance(refused(index), IndexBrokenError)


def update(index: Path, column: str, value: bytes) -> None:
    base = sqlite3.connect(release_of(index) / "pages.sqlite")
    base.execute(f"UPDATE pages SET {column} = ?", [value])
    base.commit()
    base.close()


def peak_mb(index: Path) -> float:
    """The memory of a process that reads the index, in MB; it must refuse it."""
    script = (
        "import re, sys; from pathlib import Path\n"
        "from athenaeum.index.format.pages import open_pages; from athenaeum.errors import IndexBrokenError\n"
        "try: list(open_pages(Path(sys.argv[1])).pages()); sys.exit('read')\n"
        "except IndexBrokenError: pass\n"
        # Not ru_maxrss: a process inherits what its parent had when it was started.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(release_of(index) / "pages.sqlite")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    return float(done.stdout)


@pytest.mark.parametrize("column", ["text", "detail"])
def test_a_page_that_inflates_to_gigabytes_is_refused_in_little_memory(index: Path, column: str) -> None:
    stream, block = zlib.compressobj(9), bytes(1 << 20)
    bomb = b"".join([*(stream.compress(block) for _ in range(600)), stream.flush()])
    assert len(bomb) < 1_000_000
    update(index, column, bomb)
    assert peak_mb(index) < 250


def test_a_page_that_counts_a_billion_lines_is_refused_in_little_memory(index: Path) -> None:
    base = sqlite3.connect(release_of(index) / "pages.sqlite")
    ((detail,),) = base.execute("SELECT detail FROM pages WHERE page = 1")
    base.close()
    found = json.loads(zlib.decompress(detail))
    found["lines"] = [[1, 10**9]]
    update(index, "detail", zlib.compress(json.dumps(found).encode()))
    assert peak_mb(index) < 250


def test_a_file_whose_pages_point_at_each_other_ends(index: Path) -> None:
    """An interior page of the tree whose children are all the same: sixteen levels of them never end."""
    path = release_of(index) / "pages.sqlite"
    base = sqlite3.connect(path)
    base.execute("PRAGMA writable_schema=ON")
    ((size,),) = base.execute("PRAGMA page_size")
    ((root,),) = base.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'pages'")
    base.close()
    data = bytearray(path.read_bytes())
    count = len(data) // size
    cells = 200
    for level in range(12):
        child = count + level + 2 if level < 11 else root
        page = bytearray(size)
        page[0:1] = b"\x05"
        page[3:5] = cells.to_bytes(2, "big")
        start = size - 5 * cells
        page[5:7] = start.to_bytes(2, "big")
        page[8:12] = child.to_bytes(4, "big")
        for cell in range(cells):
            at = start + 5 * cell
            page[12 + 2 * cell : 14 + 2 * cell] = at.to_bytes(2, "big")
            page[at : at + 4] = child.to_bytes(4, "big")
            page[at + 4] = cell & 0x7F
        data += page
    # The old root moves behind; in its place stands the first of them.
    data += data[(root - 1) * size : root * size]
    moved = len(data) // size
    last = count + 11
    page = data[last * size : (last + 1) * size]
    for at in [8, *(size - 5 * cells + 5 * cell for cell in range(cells))]:
        page[at : at + 4] = moved.to_bytes(4, "big")
    data[last * size : (last + 1) * size] = page
    data[(root - 1) * size : root * size] = data[count * size : (count + 1) * size]
    data[28:32] = (len(data) // size).to_bytes(4, "big")
    path.write_bytes(data)
    assert isinstance(refused(index), IndexBrokenError)


@pytest.mark.parametrize(
    "harm",
    [
        "owners beyond the chunks",
        "owners below zero",
        "owners out of order",
        "another dimension",
        "huge",
        "text",
        "nan",
    ],
)
def test_a_vectors_file_that_does_not_go_with_the_pages_is_refused(index: Path, harm: str) -> None:
    path = release_of(index) / "vectors.faiss"
    magic, header, rest = path.read_bytes().split(b"\n", 2)
    found = json.loads(header)
    count, dimension = found["count"], found["dimension"]
    owners = np.frombuffer(rest[: 4 * count], dtype="<i4").copy()
    if harm == "owners beyond the chunks":
        owners[-1] = 10**6
    elif harm == "owners below zero":
        owners[0] = -(2**31)
    elif harm == "owners out of order":
        owners[0] = owners[-1]
    elif harm == "another dimension":
        found |= {"dimension": dimension // 2}
        rest = rest[: 5 * count] + rest[5 * count :][: count * dimension // 2]
    elif harm == "huge":
        found |= {"count": 10**18}
    elif harm == "text":
        found |= {"count": "1e309"}
    raw = json.dumps(found).replace(str(count), "1e999" if harm == "nan" else str(count)).encode()
    path.write_bytes(b"\n".join([magic, raw, owners.tobytes() + rest[4 * count :]]))
    assert isinstance(refused(index), IndexBrokenError)


@pytest.mark.parametrize(
    "change",
    [
        lambda meta: meta["segments"][0].update(max_doc=2**32 - 1),
        lambda meta: meta["segments"][0].update(deletes={"num_deleted_docs": 9, "opstamp": 1}),
        lambda meta: meta["segments"][0].update(segment_id="../../../../etc/passwd"),
        lambda meta: meta.update(segments=meta["segments"] * 50),
        lambda meta: meta["schema"][0].update(name="other"),
        lambda meta: meta["schema"][0]["options"]["indexing"].update(tokenizer="raw"),
        lambda meta: meta["schema"][0].update(type="json_object"),
        lambda meta: meta["schema"].append(meta["schema"][0]),
    ],
)
def test_a_hostile_description_of_the_lexical_files_is_refused(index: Path, change: Callable[[Any], object]) -> None:
    path = release_of(index) / "lexical" / "meta.json"
    meta = json.loads(path.read_text())
    change(meta)
    path.write_text(json.dumps(meta))
    assert isinstance(refused(index), IndexBrokenError)


@pytest.mark.parametrize("words", [b"lion\n", b"lion many\n", b"lion " + b"9" * 5000 + b"\n", b"\xff\xfe 1\n"])
def test_a_hostile_list_of_words_is_refused_when_it_is_needed(index: Path, words: bytes) -> None:
    (release_of(index) / "lexical" / "words.txt").write_bytes(words)
    rewritten(index)
    searcher = open_searcher(index)
    try:
        assert searcher.search("lion")
        with pytest.raises(IndexBrokenError):
            searcher.search("lionn in the forestt")
    finally:
        searcher.close()


@pytest.mark.parametrize("place", ["../secret", "{outside}", "/dev/zero", "link", "pipe"])
def test_a_model_whose_weights_lie_elsewhere_is_refused(index: Path, tmp_path: Path, place: str) -> None:
    import onnx
    from onnx.external_data_helper import set_external_data

    release = open_release(index)
    model = onnx.load(release.encoder_dir / "model.onnx")
    weight = next(each for each in model.graph.initializer if each.name == "table")
    (release.encoder_dir.parent / "secret").write_bytes(bytes(weight.raw_data))
    (release.encoder_dir / "link").symlink_to(release.encoder_dir.parent / "secret")
    os.mkfifo(release.encoder_dir / "pipe")
    set_external_data(weight, location=place.format(outside=release.encoder_dir.parent / "secret"))
    weight.ClearField("raw_data")
    (release.encoder_dir / "model.onnx").write_bytes(model.SerializeToString())
    from athenaeum.embeddings.encoder import open_encoder

    with pytest.raises(ModelError):
        open_encoder(release.encoder_dir)


def test_a_link_of_a_page_is_of_the_web_or_nothing(index: Path) -> None:
    base = sqlite3.connect(release_of(index) / "pages.sqlite")
    ((detail,),) = base.execute("SELECT detail FROM pages WHERE page = 1")
    base.close()
    found = json.loads(zlib.decompress(detail)) | {"url": "javascript:alert(1)", "lines": []}
    update(index, "detail", zlib.compress(json.dumps(found).encode()))
    pages = open_pages(release_of(index) / "pages.sqlite")
    assert [page.url for page in pages.pages()] == ["", "", ""]
    pages.close()


def test_what_would_end_the_process_is_refused_by_a_trial_in_another(index: Path) -> None:
    """A store of documents that states an offset of sixty gigabytes; the checksum of the file says that it is right."""
    lexical = release_of(index) / "lexical"
    rehearse(lexical)
    (path,) = lexical.glob("*.store")
    data = path.read_bytes()
    path.write_bytes(data[:17] + b"\x7f" * 8 + data[17:])
    with pytest.raises(IndexBrokenError):
        rehearse(lexical)


SEED = re.compile(r"seed (\d+) (.*)")


def fuzz(whole: Path, work: Path, *, first: int, last: int) -> dict[str, int]:
    """Try the seeds; what ended the process must be refused by the trial. What came of each, counted."""
    came: dict[str, int] = {}
    at = first
    while at < last:
        command = [
            sys.executable,
            str(Path(__file__).with_name("crafted.py")),
            str(whole),
            str(work),
            str(at),
            str(last),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)
        tried = SEED.findall(done.stdout)
        assert tried, done.stderr[-2000:]
        for _, outcome in tried:
            word = outcome.rpartition(":")[0].rpartition(" ")[2] or "ended"
            came[word] = came.get(word, 0) + 1
        seed = int(tried[-1][0])
        assert done.returncode <= 0, f"seed {seed}: {done.stdout[-3000:]}"
        if done.returncode < 0:
            assert done.returncode != -14, f"seed {seed} hangs"
            print(f"seed {seed} ended the process: {done.stderr[:200]}")
            with pytest.raises(IndexBrokenError):
                rehearse(release_of(work / "index") / "lexical")
        at = seed + 1
    return came


def test_mutated_releases_are_refused_or_answer(whole: Path, tmp_path: Path) -> None:
    came = fuzz(whole, tmp_path, first=0, last=200)
    print(came)
    assert came["refused"] > 50
    assert came["answered"] > 5


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_mutated_releases_are_refused_or_answer(whole: Path, tmp_path: Path) -> None:
    print(fuzz(whole, tmp_path, first=1000, last=6000))
