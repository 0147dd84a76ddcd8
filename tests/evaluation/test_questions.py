"""The questions file: every way to name a place, and errors that name the line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.errors import QuestionsError
from athenaeum.evaluation.questions import Question, Target, parse_questions, read_questions

EVERY_FORM = """\
questions:
  - question: where is it
    expect: guide/install.md
  - question: how is it removed
    expect:
      - guide/install.md#remove
      - {page: faq.md, lines: 40-52, grade: 1}
      - faq.md:7
  - question: "only here"
    expect: {page: ./guide/config.md, heading: Output folder}
    path_prefix: guide
"""


def test_every_way_to_name_a_place_is_read() -> None:
    assert parse_questions(EVERY_FORM, file="q.yml") == (
        Question("where is it", (Target("guide/install.md"),), line=2),
        Question(
            "how is it removed",
            (
                Target("guide/install.md", "remove"),
                Target("faq.md", "", (40, 52), 1),
                Target("faq.md", "", (7, 7)),
            ),
            line=4,
        ),
        Question("only here", (Target("guide/config.md", "Output folder"),), path_prefix="guide", line=9),
    )


def test_a_plain_list_is_enough() -> None:
    assert parse_questions("- {question: a, expect: b.md}\n", file="q.yml")[0].text == "a"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "no list"),
        ("questions: []\n", 1, "no list"),
        ("- question: a\n  expect: b.md\n- question: c\n", 3, "expects nothing"),
        ("- question: a\n  expect: []\n", 1, "expects nothing"),
        ("- question: a\n  expects: b.md\n", 2, "did you mean 'expect'"),
        ("- question: a\n  expect: {page: b.md, lines: 9-3}\n", 2, "range of lines"),
        ("- question: a\n  expect: {page: b.md, grade: 7}\n", 2, "grade"),
        ("- question: a\n  expect: ['#top']\n", 2, "no page"),
        ("- just text\n", 1, "names and values"),
        ("- question: [a]\n  expect: b.md\n", 1, "must be a text"),
        ("- question: a\n  expect: b.md\n  bad: [\n", 4, "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(QuestionsError) as caught:
        parse_questions(text, file="q.yml")
    assert says in caught.value.message
    assert (caught.value.file, caught.value.line) == ("q.yml", line)
    assert caught.value.remedy


def test_an_absent_or_unreadable_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match="no questions file"):
        read_questions(tmp_path / "none.yml")
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_questions(tmp_path / "binary.yml")


@given(st.text(max_size=120))
def test_any_text_is_questions_or_a_questions_error(text: str) -> None:
    try:
        assert parse_questions(text, file="q.yml")
    except QuestionsError as error:
        assert error.line  # noqa: PT017 - either outcome is right
