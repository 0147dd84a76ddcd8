"""After any sequence of edits the index is the one a clean build gives: same release, same hits, same order."""

import tempfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from athenaeum.index.release import open_release
from athenaeum.retrieval.searcher import open_searcher

PATHS = ["index.md", "a.md", "a/b.md", "a/c/index.mdx", "z/é 文.md", "notes.txt"]
PARAGRAPHS = [
    "The lion is in the forest of the mountain.",
    "How do I install the index? Build and deploy.",
    "## River\n\nThe otter and the heron fish in the river.",
    "## Winter\n\nRain, stone.\n\n### Deep\n\nA bear.",
    "```python\n# not a heading\nquery(vector, 3)\n```",
    "honey " * 120,
    "| a | b |\n| - | - |\n| lion | bear |",
    "<!-- hidden -->",
    "See [the winter of bears](a.md) and [the river](/index.md#winter), or [more](a/b.md#deep).",
    "",
]
QUERIES = [
    "otter heron river",
    "how do i install",
    "bear honey",
    "query(vector)",
    "winter",
    "winter of bears",
    "more of the river",
]

TEXTS = st.tuples(
    st.sampled_from(["", "# Title\n\n", "---\ntitle: Front\ndescription: of the forest\n---\n\n"]),
    st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=5),
).map(lambda parts: parts[0] + "\n\n".join(parts[1]))
EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PATHS), TEXTS),
    st.tuples(st.just("delete"), st.sampled_from(PATHS), st.just("")),
    st.tuples(st.just("move"), st.sampled_from(PATHS), st.sampled_from(PATHS)),
    st.tuples(st.just("size"), st.just(""), st.sampled_from(["150", "400", "1600"])),
)


def apply(docs: Path, edit: tuple[str, str, str]) -> None:
    what, path, value = edit
    file = docs / path
    if what == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value, encoding="utf-8")
    elif what == "delete":
        file.unlink(missing_ok=True)
    elif what == "move" and file.exists():
        (docs / value).parent.mkdir(parents=True, exist_ok=True)
        file.rename(docs / value)


def answers(output: Path) -> list[list[dict[str, Any]]]:
    with closing(open_searcher(output)) as searcher:
        return [[asdict(hit) for hit in searcher.search(query, limit=10)] for query in QUERIES]


def check(tiny: Any, rounds: list[list[tuple[str, str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        docs, out = Path(place) / "docs", Path(place) / "out"
        docs.mkdir()
        size = 400
        for number, edits in enumerate(rounds):
            (docs / "always.md").write_text("# Always\n\nThe page of the index.\n")
            for edit in edits:
                apply(docs, edit)
                size = int(edit[2]) if edit[0] == "size" else size
            config = tiny.config(chunking={"size": size, "overlap": 0})
            report = tiny.build(docs, out, config=config)
            clean = Path(place) / f"clean{number}"
            anew = tiny.build(docs, clean, config=config).release
            # File by file first: a difference then has a name.
            assert open_release(clean).manifest == open_release(out).manifest
            assert anew == report.release
            assert answers(out) == answers(clean)


SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(rounds=st.lists(st.lists(EDITS, min_size=1, max_size=5), min_size=2, max_size=4))
def test_incremental_builds_equal_clean_ones(tiny: Any, rounds: list[list[tuple[str, str, str]]]) -> None:
    check(tiny, rounds)


@pytest.mark.long
@settings(max_examples=400, deadline=None, suppress_health_check=SLOW)
@given(rounds=st.lists(st.lists(EDITS, min_size=1, max_size=8), min_size=2, max_size=8))
def test_many_incremental_builds_equal_clean_ones(tiny: Any, rounds: list[list[tuple[str, str, str]]]) -> None:
    check(tiny, rounds)
