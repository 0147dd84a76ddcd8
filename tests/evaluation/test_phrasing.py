"""Drafts read like something a reader would ask."""

from collections import Counter

import pytest

from athenaeum.evaluation.phrasing import question_from
from athenaeum.evaluation.suggest import suggest
from athenaeum.records import Page, Section

COMMON = Counter({"server": 9, "request": 9, "Request": 1, "FastAPI": 5, "Python": 7, "python": 2, "parameters": 3})


@pytest.mark.parametrize(
    ("heading", "title", "question"),
    [
        ("Deploy your own server", "", "how do I deploy my own server"),
        ("1. Install Python", "", "how do I install Python"),
        ("Request a new language", "", "how do I request a new language"),
        ("Request Parameters", "", "request parameters"),
        ("How search ranks", "", "how search ranks"),
        ("What is a Request?", "", "what is a request?"),
        ("What do I need", "", "what do I need"),
        ("Inputs", "The action", "action inputs"),
        ("Action inputs", "The action", "action inputs"),
        ("config_error", "Troubleshooting", "config_error"),
        ("FastAPI People", "", "FastAPI people"),
        ("---", "", "---"),
    ],
)
def test_a_heading_becomes_a_question(heading: str, title: str, question: str) -> None:
    assert question_from(heading, title=title, common=COMMON) == question


def page(path: str, text: str, *, language: str = "en", weight: float = 1.0) -> Page:
    headings = [line for line in text.split("\n") if line.startswith("#")]
    starts = [text.index(line) for line in headings]
    sections = tuple(
        Section(
            headings=(line.lstrip("# "),),
            level=len(line) - len(line.lstrip("#")),
            anchor=line.lstrip("# ").lower().replace(" ", "-"),
            start=start,
            end=end,
            start_line=1,
            end_line=1,
        )
        for line, start, end in zip(headings, starts, [*starts[1:], len(text)], strict=True)
    )
    lines = tuple(range(1, text.count("\n") + 2))
    return Page(path, path, sections[0].headings[0], "", text, lines, sections, language=language, weight=weight)


WORDS = "\n\nEnough words to stand for a section that somebody has written, and then some more of them.\n\n"


def test_an_identifier_is_asked_for_as_it_is_written_and_only_when_the_prose_names_it() -> None:
    text = f"# The app{WORDS}Call `createApp`.\n\n```js\ncreateApp(otherName)\notherName.x = createApp\n```\n"
    assert "createApp" in {one.text for one in suggest([page("app.md", text)])}
    assert "othername" not in {one.text.casefold() for one in suggest([page("app.md", text)])}


def test_headings_that_point_elsewhere_and_pages_weighed_down_are_not_asked_for() -> None:
    pages = [
        page("a.md", f"# Honey bees{WORDS}## The previous example{WORDS}## Overview{WORDS}## 0.5.2{WORDS}"),
        page("changes.md", f"# All the changes{WORDS}", weight=0.2),
        page("_draft.md", f"# Some draft page{WORDS}"),
    ]
    assert [one.text for one in suggest(pages)] == ["honey bees"]


def test_a_heading_in_another_language_stays_as_it_is() -> None:
    (draft,) = suggest([page("de.md", f"# Deinen Server verwenden{WORDS}", language="de")])
    assert draft.text == "Deinen Server verwenden"
