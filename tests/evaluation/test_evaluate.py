"""Evaluation through the searcher that ships, and the command around it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from athenaeum.cli.main import main
from athenaeum.config import Config
from athenaeum.evaluation.questions import parse_questions
from athenaeum.evaluation.runner import evaluate
from athenaeum.evaluation.suggest import suggest, to_yaml
from athenaeum.ingestion.pipeline import build
from athenaeum.retrieval.searcher import Searcher, open_searcher

PAGES = {
    "bees.md": "# Bees\n\nBees make honey.\n\n## Hives\n\nA hive has frames.\n\n### Frames\n\nUse `make_frame()` "
    "twice: `make_frame()`.\n\n## Winter\n\nFeed them in autumn.\n",
    "birds.md": "# Birds\n\nThe heron stands in the river.\n\n## Nests\n\nA nest is built of twigs.\n",
    "fish.md": "# Fish\n\nTrout need cold water.\n\n## Summary\n\nCold water.\n",
}
QUESTIONS = """\
- question: how do I feed bees
  expect: bees.md#winter
- question: make_frame
  expect: [bees.md#Hives, "birds.md:1-3"]
- question: cold water
  expect: gone.md
"""


def make(folder: Path, pages: dict[str, str]) -> Path:
    docs = folder / "docs"
    docs.mkdir(parents=True)
    for name, text in pages.items():
        (docs / name).write_text(text, encoding="utf-8")
    build([docs], output=folder / "index", config=Config())
    return folder / "index"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("now"), PAGES)


@pytest.fixture(scope="module")
def searcher(index: Path) -> Iterator[Searcher]:
    opened = open_searcher(index)
    yield opened
    opened.close()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.yml"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


def test_ranks_are_those_of_the_first_hit_that_touches_the_expected_lines(searcher: Searcher) -> None:
    found = evaluate(searcher, parse_questions(QUESTIONS, file="q.yml"))
    winter, frame, gone = found.results
    assert winter.rank == 1
    # The section named by its heading reaches over its subsections.
    assert frame.ranks[0] == 1
    assert gone.rank == 0
    assert [str(target) for target in gone.unknown] == ["gone.md"]
    assert found.means["hit@1"].value == pytest.approx(2 / 3)


def test_the_command_prints_a_report_and_writes_it(
    index: Path, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "out" / "report.md"
    assert main(["evaluate", str(questions), "--index", str(index), "--report", str(report)]) == 0
    printed = capsys.readouterr().out
    assert printed == report.read_text(encoding="utf-8")
    assert "gone.md (not in the index)" in printed


def test_two_indexes_are_compared_and_the_gate_fails_on_a_fall(
    index: Path, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = make(tmp_path, {**PAGES, "bees.md": "# Bees\n\nBees make honey.\n"})
    arguments = ["evaluate", str(questions), "--index", str(worse), "--compare", str(index), "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"]["outcome"] == "failed"
    assert {"question": 1, "text": "how do I feed bees", "before": 1, "after": 0} in report["moves"]
    assert main([*arguments, "--gate", "fail"]) == 31


def test_a_comparison_follows_a_page_that_was_renamed(
    index: Path, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    renamed = make(tmp_path, {name.replace("bees.md", "insects.md"): text for name, text in PAGES.items()})
    assert main(["evaluate", str(questions), "--index", str(renamed), "--compare", str(index), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["moves"] == []
    assert report["verdict"]["outcome"] == "passed"


def test_a_mistake_in_the_file_ends_with_its_line(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("- question: a\n  expects: b.md\n", encoding="utf-8")
    assert main(["evaluate", str(bad), "--index", str(index)]) == 30
    assert f"{bad}:2:" in capsys.readouterr().err


def test_drafts_ask_for_what_one_page_alone_has(searcher: Searcher) -> None:
    drafts = suggest(searcher.pages.pages(), limit=20)
    asked = {draft.text: str(draft.targets[0]) for draft in drafts}
    assert asked["make_frame"] == "bees.md"
    assert asked["bees winter"] == "bees.md#winter"
    assert "Summary" not in asked


def test_drafts_can_be_read_back_and_are_spread_over_the_pages(searcher: Searcher) -> None:
    drafts = suggest(searcher.pages.pages(), limit=2)
    assert len({draft.targets[0].page for draft in drafts}) == 2
    again = parse_questions(to_yaml(drafts), file="drafts.yml")
    assert [(one.text, one.targets) for one in again] == [(one.text, one.targets) for one in drafts]


def test_the_command_drafts_questions(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--suggest", "--index", str(index), "--limit", "5"]) == 0
    assert parse_questions(capsys.readouterr().out, file="drafts.yml")
