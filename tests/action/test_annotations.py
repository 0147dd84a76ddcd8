"""Annotations name files as the checkout has them, and nothing that a pull request says acts on a log or a terminal."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from action_process import Step, run_step
from action_runner import commit, git
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.action.step.checkout_paths import checkout_path
from athenaeum.action.step.outputs import Log, Workflow

ESCAPES = ("\x1b[31mred", "\x1b]8;;https:evil\x07link", "\x9b31m", "gnp.\u202eexe", "del\x7f", "cr\rlf")


def acting(text: str) -> list[str]:
    """What of a text acts on a terminal."""
    turning = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return [
        mark
        for mark in text.replace("\r\n", "\n")
        if (unicodedata.category(mark) in ("Cc", "Cs") and mark not in "\n\t")
        or unicodedata.bidirectional(mark) in turning
    ]


def annotated(step: Step) -> list[tuple[str, str]]:
    """Level and place of every annotation."""
    return re.findall(r"^::(error|warning|notice) title=Athenaeum,(file=[^:]*)::", step.log, re.MULTILINE)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A docs repository whose site is in a folder of its own."""
    folder = tmp_path / "docs repository"
    (folder / "site" / "docs").mkdir(parents=True)
    (folder / "site" / "docs" / "index.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    (folder / "site" / ".athenaeum").mkdir()
    return folder


def check(folder: Path, **inputs: str) -> Step:
    """A pull request's check in the folder `site`."""
    head = commit(folder)
    request = {"number": 7, "head": {"sha": head}, "base": {"sha": git(folder, "rev-list", "--max-parents=0", "HEAD")}}
    event = {"repository": {"private": False}, "pull_request": request}
    return run_step(folder, "pull_request", event, sha=head, working_directory="site", **inputs)


def test_a_broken_configuration_is_annotated_where_the_checkout_has_it(repository: Path) -> None:
    (repository / "site" / "athenaeum.yml").write_text("docs: {paths: [docs]}\nchunkin:\n  size: 800\n")
    step = check(repository)
    assert step.code == 10, step.log
    assert annotated(step) == [("error", "file=site/athenaeum.yml,line=2")]
    assert "site/athenaeum.yml:2" in step.summary


def test_broken_questions_are_annotated_where_the_checkout_has_them(repository: Path) -> None:
    (repository / "site" / ".athenaeum" / "questions.yml").write_text("- question: what\n  wrong: a.md\n")
    step = check(repository)
    assert step.code == 30, step.log
    assert annotated(step) == [("error", "file=site/.athenaeum/questions.yml,line=2")]


def test_answers_thresholds_and_pages_are_annotated_where_the_checkout_has_them(repository: Path) -> None:
    questions = repository / "site" / ".athenaeum" / "questions.yml"
    questions.write_text("- question: what is the default colour of a widget\n  expect: index.md\n")
    commit(repository)
    (repository / "site" / "docs" / "index.md").write_text("# Gone\n\nSee [x](nowhere.md).\n")
    (repository / "site" / "docs" / "colours.md").write_text("# Colours\n\nThe default colour of a widget is red.\n")
    questions.write_text(questions.read_text().replace("index.md", "absent.md"))
    (repository / "site" / "athenaeum.yml").write_text("evaluation: {gate: warn, thresholds: {recall: 0.9}}\n")
    step = check(repository)
    places = {place.partition(",")[0] for _, place in annotated(step)}
    assert places >= {"file=site/docs/index.md", "file=site/.athenaeum/questions.yml"}, step.log
    assert not [place for place in places if not place.startswith("file=site/")], places


def test_names_outside_the_checkout_are_left_out(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository)
    monkeypatch.chdir(repository / "site")
    assert checkout_path("athenaeum.yml") == "site/athenaeum.yml"
    assert checkout_path("../x.yml") == "x.yml"
    assert checkout_path(str(repository.parent / "elsewhere.yml")) is None
    assert checkout_path("") is None
    assert checkout_path(None) is None


def test_without_git_the_workspace_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path / "site")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert checkout_path("athenaeum.yml") == "site/athenaeum.yml"


def test_escape_sequences_reach_neither_log_annotations_summary_outputs_nor_report(repository: Path) -> None:
    docs = repository / "site" / "docs"
    commit(repository)
    for escape in ESCAPES:
        (docs / f"{escape}.md").write_text(f"# {escape}\n\n[x](<gone {escape}.md>) and [y](gone.md)\n", newline="")
    asked = [{"question": f"what is {escape}", "expect": f"{escape}.md"} for escape in ESCAPES]
    (repository / "site" / ".athenaeum" / "questions.yml").write_text(json.dumps(asked))
    step = check(repository)
    assert step.code == 0, step.log
    for shown in (step.log, step.summary, step.outputs, step.report):
        assert shown
        assert acting(shown) == []
    assert "\\u001b" in step.log


def test_a_configuration_full_of_escape_sequences_is_refused_in_plain_text(repository: Path) -> None:
    (repository / "site" / "athenaeum.yml").write_text(json.dumps({f"docs{ESCAPES[0]}": ESCAPES[1]}))
    for inputs in ({}, {"stack_name": f"x{ESCAPES[1]}"}):
        step = check(repository, **inputs)
        assert step.code in (2, 10), step.log
        assert acting(step.log + step.summary) == []


@given(st.lists(st.text(st.sampled_from(":# []\n\r\t\x1berrowaning=x")), max_size=12))
def test_a_line_that_is_printed_in_pieces_is_no_command_either(pieces: list[str]) -> None:
    log = Log()
    shown = "".join(map(log, pieces))
    assert not [line for line in shown.splitlines() if line.strip().startswith("::")]
    assert "##[" not in shown
    assert acting(shown) == []
    assert len(shown.split("\n")) == len("".join(pieces).replace("\r\n", "\n").split("\n"))


def test_a_secret_is_masked_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Workflow({}).mask("a\x1bb")
    assert capsys.readouterr().out == "::add-mask::a\x1bb\n"
