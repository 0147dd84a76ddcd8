"""Nothing that a page or a message says can become a workflow command or another output."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.action.step.escaping import cell
from athenaeum.action.step.outputs import ANNOTATION_LIMIT, SUMMARY_LIMIT, Workflow
from athenaeum.action.summary import write


def test_an_output_with_line_ends_stays_one_output(tmp_path: Path) -> None:
    file = tmp_path / "output"
    Workflow({"GITHUB_OUTPUT": str(file)}).output({"report": "a\nrelease=planted\nEOF"})
    lines = file.read_text().splitlines()
    name, mark = lines[0].split("<<")
    assert name == "report"
    assert lines[-1] == mark
    assert mark not in lines[1:-1]


def test_an_unknown_output_is_a_defect_not_a_silence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        Workflow({"GITHUB_OUTPUT": str(tmp_path / "o")}).output({"endpoint": "x"})


def test_a_message_cannot_start_a_command_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    Workflow({}).error("bad\n::set-output name=x::y", file="a,b:c\n.md", line=3)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert printed.startswith("::error title=Athenaeum,file=a%2Cb%3Ac%0A.md,line=3::bad%0A")


def test_annotations_stop_at_the_limit_of_github(capsys: pytest.CaptureFixture[str]) -> None:
    workflow = Workflow({})
    for n in range(ANNOTATION_LIMIT + 5):
        workflow.warning(f"number {n}")
    assert capsys.readouterr().out.count("::warning") == ANNOTATION_LIMIT


def test_a_summary_is_cut_at_the_limit_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    workflow = Workflow({"GITHUB_STEP_SUMMARY": str(file)})
    workflow.summary("ä" * SUMMARY_LIMIT)
    assert file.stat().st_size <= SUMMARY_LIMIT
    assert "1 MiB" in file.read_text(encoding="utf-8")


@given(st.text())
def test_text_in_a_table_cell_stays_text(text: str) -> None:
    shown = cell(text)
    assert "\n" not in shown
    assert "@" not in shown
    assert "<" not in shown
    assert "|" not in shown.replace("\\|", "")


def test_each_step_of_a_job_has_a_report_of_its_own(tmp_path: Path) -> None:
    first, second = (write(page, environ={"RUNNER_TEMP": str(tmp_path)}) for page in ("one", "two"))
    assert first != second
    assert (first.read_text(), second.read_text()) == ("one", "two")
    assert first.name.startswith("athenaeum-report-")
    assert first.suffix == ".md"
