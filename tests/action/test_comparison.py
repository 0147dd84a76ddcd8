"""What the comparison of two states of docs is made of, piece by piece."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from action_runner import commit, git

from athenaeum.action.comparison.diff import Diff, parse_status, read_diff
from athenaeum.action.comparison.media import Files, Place, image_losses, shown_files
from athenaeum.action.comparison.paragraphs import paragraphs, words_of
from athenaeum.action.pull_request.changes import Contents, trace
from athenaeum.action.pull_request.gate_changes import gate_changes
from athenaeum.config import Config, Evaluation, Thresholds
from athenaeum.documents.find.discovery import SourceFile
from athenaeum.documents.read.reading import parse_page
from athenaeum.documents.sites import Site
from athenaeum.evaluation.questions import Question, Target
from athenaeum.records import Page


def page(text: str, path: str = "a.md") -> Page:
    source = SourceFile(path, Path(f"/nowhere/docs/{path}"), f"docs/{path}", Path("/nowhere"))
    return parse_page(text.encode(), source=source, site=Site())


def lost(before: str, now: str) -> list[tuple[str, str, int]]:
    traced = trace(Contents(docs=(page(before),)), Contents(docs=(page(now),)), renamed={})
    return [(loss.kind, loss.what, loss.count) for loss in traced.losses()]


def test_items_rows_and_code_blocks_are_paragraphs_of_their_own() -> None:
    prose, table = "one two\nthree\n\n- item one\n- item two", "| a | b |\n| - | - |\n| c | d |"
    text = f"# A\n\n{prose}\n\n{table}\n\n```\nx\n\ny\n```\nafter\n"
    found = [(each.text.split("\n")[0], each.start_line, each.end_line) for each in paragraphs(page(text))]
    assert found == [
        ("one two", 3, 4),
        ("- item one", 6, 6),
        ("- item two", 7, 7),
        ("| a | b |", 9, 9),
        ("| c | d |", 11, 11),
        ("```", 13, 17),
        ("after", 18, 18),
    ]


def test_where_links_lead_and_what_images_show_is_no_part_of_the_words() -> None:
    assert words_of("See [the page](a/b.md) ![shot](x.png) now") == ("see", "the", "page", "now")
    assert words_of('<a href="x.md">Go</a>\n[ref]: other.md "t"') == words_of('<a href="y.md">Go</a>')


def test_edited_rewritten_and_moved_paragraphs_are_not_lost() -> None:
    before = (
        "# A\n\nPress the red button twice to stop the machine in time.\n\nAnother paragraph that stays as it is.\n"
    )
    assert lost(before, before.replace("red button twice", "green button twice")) == []
    rewritten = "# A\n\nA machine stops when its large lever is drawn down.\n\nAnother paragraph that stays as it is.\n"
    assert lost(before, rewritten) == []
    moved = "# A\n\nAnother paragraph that stays as it is.\n\nPress the red button twice to stop the machine in time.\n"
    assert lost(before, moved) == []


def test_a_paragraph_that_a_few_words_took_the_place_of_is_lost() -> None:
    before = (
        "# A\n\nPress the red button twice to stop the machine in time.\n\nAnother paragraph that stays as it is.\n"
    )
    now = "# A\n\nTo be written.\n\nAnother paragraph that stays as it is.\n"
    assert lost(before, now) == [("paragraph", "A", 1)]


def test_of_two_equal_paragraphs_the_one_that_goes_is_lost() -> None:
    twice = "# A\n\nSay it to everyone.\n\n## B\n\nSay it to everyone.\n\nMore of B to read here.\n"
    assert lost(twice, twice.replace("## B\n\nSay it to everyone.\n\n", "## B\n\n")) == [("paragraph", "A › B", 1)]


def test_a_section_counts_with_all_below_it_as_one_entry() -> None:
    below = "".join(f"### Part {name}\n\nWhat is said of part {name} and its use.\n\n" for name in ("one", "two"))
    whole = f"# A\n\nThe top of it all, with some words.\n\n## B\n\nThe words of B are not many.\n\n{below}"
    assert lost(whole, whole[: whole.index("## B")]) == [("section", "A › B", 3)]


def test_a_top_heading_under_another_name_is_followed_with_all_below_it() -> None:
    whole = "# A guide\n\n## First\n\nThe first of the words here.\n\n## Second\n\nThe second of the words.\n"
    assert lost(whole, whole.replace("# A guide", "# The guide")) == []


def test_names_of_git_are_read_with_whatever_they_hold() -> None:
    fields = ["M", "a b.md", "R087", "old\tname.md", "new\nname.md", "D", "gone.md", "A", "R100", ""]
    renamed, touched = parse_status(fields)
    assert renamed == {"old\tname.md": "new\nname.md"}
    assert touched == {"a b.md", "old\tname.md", "new\nname.md", "gone.md", "R100"}


def test_the_former_name_of_a_folder_is_where_most_of_its_files_were() -> None:
    renamed = {"docs/a.md": "book/a.md", "docs/x/b.md": "book/x/b.md", "other/c.md": "book/c.md"}
    assert Diff(renamed=renamed).former_root("book") == "docs"
    assert Diff(renamed=renamed).former_root("elsewhere") == ""


def test_the_diff_is_of_the_whole_repository_from_any_folder_in_it(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "docs" / "deep").mkdir(parents=True)
    (repository / "docs" / "a.md").write_text("words that stay the same\n" * 5)
    base = commit(repository)
    git(repository, "mv", "docs/a.md", "top.md")
    commit(repository)
    (repository / "docs" / "deep").mkdir(parents=True, exist_ok=True)
    diff = read_diff(base, folder=repository / "docs" / "deep")
    assert diff is not None
    assert dict(diff.renamed) == {"docs/a.md": "top.md"}
    assert read_diff("1" * 40, folder=repository) is None


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("![a](img/x.png)", "img/x.png"),
        ('![a](<my shots/x y.png> "t")', "my shots/x y.png"),
        ("![a](img/x%20y.png?raw=true#dark)", "img/x y.png"),
        ("![a][ref]\n\n[ref]: img/x.png", "img/x.png"),
        ('<img alt="a" src="/img/x.webp">', "/img/x.webp"),
        ("<img src={require('./x.png').default} />", "./x.png"),
        (".. image:: x.svg", "x.svg"),
        ("![[x.png]]", "x.png"),
        ("import shot from './x.png'", "./x.png"),
    ],
)
def test_a_media_file_is_found_in_whatever_markup_names_it(source: str, wanted: str) -> None:
    assert [shown.target for shown in shown_files(source)] == [wanted]


@pytest.mark.parametrize(
    "source", ["`x.png`", "```\nx.png\n```", "<!-- x.png -->", "![a](https://e.example/x.png)", "png"]
)
def test_what_is_no_file_of_the_docs_is_not_taken_for_one(source: str) -> None:
    assert shown_files(source) == ()


def test_an_image_of_the_same_name_elsewhere_does_not_stand_in_for_one_that_is_gone() -> None:
    shown = page("# A\n\n![a](img/x.png)\n")
    before = Files.of(["docs/img/x.png", "docs/other/img/x.png"])
    now = Files.of(["docs/other/img/x.png"])
    found = image_losses(
        [(shown, shown)],
        sources=lambda _page, _now: "![a](img/x.png)",
        before=before,
        now=now,
        renamed={},
        skipped={},
    )
    assert [(loss.what, loss.note) for loss in found] == [("img/x.png", "deleted")]
    assert Place("docs/img/x.png", beside=True).file in before.paths


def test_a_new_picture_in_the_place_of_an_old_one_is_no_loss() -> None:
    shown = page("# A\n")
    sources = {False: "![a](old.png)", True: "![a](new.png)"}
    files = Files.of(["docs/old.png"]), Files.of(["docs/new.png"])
    arguments = {"before": files[0], "now": files[1], "renamed": {}, "skipped": {}}
    assert image_losses([(shown, shown)], sources=lambda _, now: sources[now], **arguments) == []  # type: ignore[arg-type]


def test_what_makes_the_gate_weaker_is_kept_apart_from_what_makes_it_stricter() -> None:
    def config(gate: str, **thresholds: float) -> Config:
        return Config(evaluation=Evaluation(gate=gate, thresholds=Thresholds(**thresholds)))  # type: ignore[arg-type]

    asked = [Question("one", (Target("a.md"),)), Question("two", (Target("b.md"),))]
    now = [Question("one", (Target("c.md"),)), Question("three", (Target("b.md"),))]
    found = gate_changes(
        config("warn", recall=0.5, max_drop=0.1),
        config("fail", recall=0.4, max_drop=0.05),
        asked_before=asked,
        asked_now=now,
        follow=lambda question: question,
        workflow=".github/workflows/docs.yml",
    )
    assert {(change.text, change.weaker) for change in found} == {
        ("evaluation.gate goes from warn to fail", False),
        ("evaluation.thresholds.recall goes from 0.5 to 0.4", True),
        ("evaluation.thresholds.max_drop goes from 0.1 to 0.05", False),
        ("no longer asked: two", True),
        ("question 1 expects c.md in the place of a.md: one", True),
        ("1 question is new", False),
        ("The workflow that runs this check changes: .github/workflows/docs.yml", True),
    }
    followed = gate_changes(
        Config(), Config(), asked_before=asked[:1], asked_now=now[:1], follow=lambda _question: now[0]
    )
    assert followed == ()


HOSTILE: dict[str, Callable[[int], str]] = {
    "brackets": lambda size: "![" * size,
    "destinations": lambda size: "](" * size,
    "quotes": lambda size: "\"'" * size,
    "tags": lambda size: "<img" * size,
    "definitions": lambda size: "[a" * size + "]:",
    "items": lambda size: "- " * size,
    "rules": lambda size: "-" * size + "x",
    "headings": lambda size: "# a\n" * size,
    "one heading": lambda size: "# a\n\nsame words again and again\n\n" * size,
    "fences": lambda size: "```\n" * size,
    "media": lambda size: "a.png " * size,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_work_grows_with_the_text_and_not_faster(name: str) -> None:
    def cost(size: int) -> float:
        text = HOSTILE[name](size)
        old, new = page(text), page(f"{text}\n\nend")
        began = time.process_time()
        trace(Contents(docs=(old,)), Contents(docs=(new,)), renamed={}).losses()
        shown_files(text)
        return time.process_time() - began

    small, large = min(cost(500) for _ in range(3)), min(cost(4_000) for _ in range(2))
    # Eight times the text: a square would be 64 times the work. What takes a millisecond measures nothing.
    assert large < 24 * max(small, 0.004), (small, large)
