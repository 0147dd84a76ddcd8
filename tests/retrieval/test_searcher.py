"""What a search finds, in which order, and what it never does."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from athenaeum.errors import IndexNotFoundError
from athenaeum.index.release import open_release
from athenaeum.retrieval.searcher import Searcher, open_searcher


def first(searcher: Searcher, query: str) -> str:
    return searcher.search(query)[0].path


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("how do I install it", "guide/install.md"),
        ("where are the pages written", "guide/config.md"),
        ("output_dir", "guide/config.md"),
        ("--drafts", "reference/cli.md"),
        ("HN500", "reference/errors.md"),
        ("HTTP 422", "reference/errors.md"),
        ("afterWrite", "reference/hooks.md"),
        ("site-map-order", "reference/hooks.md"),
        ("--port", "reference/cli.md"),
        ("heron.toml", "guide/config.md"),
        ("deploy to vercel", "guide/deploy/vercel.md"),
        ("netlify", "guide/deploy/netlify.md"),
        ("live reload while editing", "reference/cli.md"),
        ("instalation", "guide/install.md"),
        ("netlfy", "guide/deploy/netlify.md"),
    ],
)
def test_questions_identifiers_siblings_and_slips_find_their_page_first(
    searcher: Searcher, query: str, path: str
) -> None:
    assert first(searcher, query) == path


@pytest.mark.parametrize(
    ("query", "wanted"), [("how to go live", "guide/deploy/aws.md"), ("TCP socket", "reference/cli.md")]
)
def test_a_place_is_found_by_what_other_pages_call_it(searcher: Searcher, query: str, wanted: str) -> None:
    hits = [hit for hit in searcher.search(query) if hit.path != "index.md"]
    assert hits[0].path == wanted


def test_what_links_to_a_section_call_it_counts_for_that_section(searcher: Searcher) -> None:
    hit = next(hit for hit in searcher.search("TCP socket") if hit.path != "index.md")
    assert "heron serve" in hit.content


def test_a_hit_names_the_lines_its_content_stands_on(searcher: Searcher, site: Path) -> None:
    for query in ("upgrade", "ignore_globs", "HN404", "heron serve"):
        for hit in searcher.search(query, limit=20):
            lines = (site / hit.path).read_text(encoding="utf-8").splitlines()
            assert "\n".join(lines[hit.start_line - 1 : hit.end_line]).strip() == hit.content.strip()


def test_a_hit_links_to_its_lines_at_the_indexed_commit(searcher: Searcher) -> None:
    hit = searcher.search("HN404")[0]
    assert hit.permalink.startswith(f"https://github.com/heron/docs/blob/{'a' * 40}/")
    assert f"#L{hit.start_line}" in hit.permalink


@pytest.mark.parametrize(
    ("prefix", "paths"),
    [
        ("guide/deploy", {"guide/deploy/aws.md", "guide/deploy/netlify.md", "guide/deploy/vercel.md"}),
        ("guide/deploy/", {"guide/deploy/aws.md", "guide/deploy/netlify.md", "guide/deploy/vercel.md"}),
        ("guide/deploy/aws.md", {"guide/deploy/aws.md"}),
        ("guide-old", {"guide-old/deploy.md"}),
        ("gui", set()),
        ("nowhere/at/all", set()),
    ],
)
def test_a_path_prefix_is_exact_at_any_depth(searcher: Searcher, prefix: str, paths: set[str]) -> None:
    found = {hit.path for hit in searcher.search("deploy the output folder", limit=50, path_prefix=prefix)}
    assert found == paths


def test_scores_lie_between_0_and_1_and_fall(searcher: Searcher) -> None:
    scores = [hit.score for hit in searcher.search("deploy", limit=50)]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_an_empty_query_finds_nothing(searcher: Searcher, query: str) -> None:
    assert searcher.search(query) == []


def test_a_limit_of_nothing_finds_nothing(searcher: Searcher) -> None:
    assert searcher.search("deploy", limit=0) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=120))
def test_any_query_is_answered_and_answered_alike(searcher: Searcher, query: str) -> None:
    assert searcher.search(query, limit=3) == searcher.search(query, limit=3)


@pytest.mark.parametrize("query", ['"', "a" * 100_000, "AND OR NOT", "🎉 " * 500, "\0", "../../etc/passwd", "x:y:z^2~"])
def test_strange_queries_are_answered(searcher: Searcher, query: str) -> None:
    assert len(searcher.search(query, limit=2)) <= 2


def test_two_searchers_and_many_threads_give_the_same_order(searcher: Searcher, built: Path) -> None:
    queries = ["deploy", "output folder", "install", "HN404", "port", "reload"]
    expected = [searcher.search(query) for query in queries]
    other = open_searcher(built)
    seen: list[bool] = []

    def ask() -> None:
        seen.append([other.search(query) for query in queries] == expected)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert seen == [True] * 6


def test_searching_writes_nothing_into_the_release(searcher: Searcher, built: Path) -> None:
    def files() -> list[tuple[str, int]]:
        folder = open_release(built, verify=False).dir
        return sorted((str(path.relative_to(folder)), path.stat().st_mtime_ns) for path in folder.rglob("*"))

    before = files()
    searcher.search("deploy")
    assert files() == before


def test_an_absent_index_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError):
        open_searcher(tmp_path)
