"""The command search: what it prints and how it refuses."""

import json
from pathlib import Path

import pytest

from athenaeum.cli.index.search import readable
from athenaeum.cli.main import main
from athenaeum.records import Hit

HIT = Hit(
    id="1",
    title="Hives",
    headings=("Hives", "Frames"),
    content="## Frames\n\n" + "A frame holds the comb. " * 20,
    path="bees.md",
    start_line=7,
    end_line=9,
    url="https://example.org/bees/#frames",
    permalink="",
    score=0.9,
)


def test_a_result_shows_rank_place_address_and_beginning() -> None:
    text = readable([HIT], width=60)
    assert text.splitlines()[:3] == [
        "1. Hives › Frames",
        "   bees.md:7-9",
        "   https://example.org/bees/#frames",
    ]
    assert "A frame holds the comb." in text
    assert text.endswith("…")
    assert max(map(len, text.splitlines())) <= 62


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from athenaeum.config import Config
    from athenaeum.ingestion.pipeline import build

    folder = tmp_path_factory.mktemp("site")
    (folder / "docs" / "old").mkdir(parents=True)
    (folder / "docs" / "bees.md").write_text("# Bees\n\nBees make honey in a hive.\n", encoding="utf-8")
    (folder / "docs" / "old" / "bees.md").write_text("# Bees, formerly\n\nBees made honey.\n", encoding="utf-8")
    build([folder / "docs"], output=folder / "index", config=Config())
    return folder / "index"


def test_words_need_no_quotes_and_json_has_the_shape_of_the_endpoint(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "honey", "in", "a", "hive", "--output", str(index), "--top-k", "1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["object"] == "list"
    assert answer["query"] == "honey in a hive"
    assert [hit["path"] for hit in answer["data"]] == ["bees.md"]
    assert set(answer["data"][0]) == {
        "id", "title", "headings", "content", "path", "start_line", "end_line", "url", "permalink", "score",
    }  # fmt: skip


def test_a_path_prefix_limits_the_results(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "honey", "--index", str(index), "--path-prefix", "old"]) == 0
    printed = capsys.readouterr().out
    assert "old/bees.md:1-3" in printed
    assert "\n   bees.md" not in printed


@pytest.mark.parametrize("arguments", [["  "], ["honey", "--top-k", "0"], ["honey", "--top-k", "51"]])
def test_an_empty_query_and_an_absurd_number_are_refused(
    arguments: list[str], index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", *arguments, "--output", str(index)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_an_absent_index_is_one_sentence_and_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "honey", "--output", str(tmp_path)]) == 20
    assert "athenaeum index" in capsys.readouterr().err
