"""The page a pull request gets: worst first, exact, and safe whatever the pull request says."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from athenaeum.action.comparison.losses import KINDS, Loss
from athenaeum.action.measuring import Measured, Moved
from athenaeum.action.pull_request.changes import Changes, ChunkChanges, Contents, Place
from athenaeum.action.pull_request.check_report import CheckReport, annotations, render
from athenaeum.action.pull_request.comment import LIMIT
from athenaeum.action.pull_request.gate_changes import GateChange
from athenaeum.action.pull_request.report_lists import SHOWN
from athenaeum.documents.links.links import BrokenLink
from athenaeum.evaluation.comparison import moves
from athenaeum.evaluation.questions import Question, Target
from athenaeum.evaluation.runner import Evaluation, Result
from athenaeum.ingestion.plan import Plan
from athenaeum.records import Hit

NOTHING = Changes(before=Contents(), now=Contents(), pages=Plan(), chunks=ChunkChanges())
QUIET = CheckReport(changes=NOTHING, measured=Measured(), new_links=(), compared="the live release `r`")


def evaluation(*rows: tuple[str, int], page: str = "a.md") -> Evaluation:
    asked = [(Question(text, (Target(page),), line=line), rank) for line, (text, rank) in enumerate(rows, start=1)]
    return Evaluation("r", tuple(Result(question, (rank,), ()) for question, rank in asked))


def measured(
    before: Evaluation, now: Evaluation, *, first: Hit | None = None, reasons: tuple[str, ...] = ()
) -> Measured:
    moved = tuple(Moved(move, first) for move in moves(before, now))
    return Measured("q.yml", now, before, moved, reasons, "fail" if reasons else "pass")


def test_a_change_that_changes_nothing_says_so_in_its_headline() -> None:
    assert QUIET.nothing
    assert render(QUIET).startswith("### ✅ Docs check: nothing changes for readers\n")


def test_the_headline_names_what_is_worst_first() -> None:
    now = evaluation(("one", 4), ("two", 0), ("three", 1))
    report = replace(
        QUIET,
        measured=measured(evaluation(("one", 1), ("two", 1), ("three", 2)), now),
        links=(BrokenLink("a.md", 1, "x", "no such page"),),
        new_links=(BrokenLink("a.md", 1, "x", "no such page"),),
    )
    assert render(report).splitlines()[0] == (
        "### ⚠️ Docs check: 1 answer lost, 1 answer fell, 1 new broken link, 1 answer rose"
    )
    assert not report.nothing


def test_only_the_gate_makes_it_a_failure() -> None:
    before, now = evaluation(("one", 1)), evaluation(("one", 0))
    assert render(replace(QUIET, measured=measured(before, now))).startswith("### ⚠️")
    failed = render(replace(QUIET, measured=measured(before, now, reasons=("mrr fell by 1.000.",))))
    assert failed.startswith("### ❌")
    assert "**The gate fails.** mrr fell by 1.000." in failed


def test_what_was_broken_before_is_folded_away() -> None:
    old, new = BrokenLink("a.md", 1, "old", "no such page"), BrokenLink("a.md", 2, "new", "no such page")
    page = render(replace(QUIET, links=(old, new), new_links=(new,)))
    opened, _, folded = page.partition("<details>")
    assert "`new`" in opened
    assert "`old`" not in opened
    assert "`old`" in folded


def test_without_anything_to_compare_with_it_says_why_and_blames_nobody() -> None:
    link = BrokenLink("a.md", 1, "x", "no such page")
    page = render(replace(QUIET, compared="", note="Set fetch-depth: 0.", links=(link,), new_links=None))
    assert "Set fetch-depth: 0." in page
    assert "1 broken link" in page
    assert "new broken" not in page.lower()


def test_long_lists_are_counted_beyond_their_first_entries() -> None:
    links = tuple(BrokenLink("a.md", line, f"x{line}", "no such page") for line in range(1, 40))
    page = render(replace(QUIET, links=links, new_links=links))
    assert page.count("no such page") == SHOWN
    assert f"… and {39 - SHOWN} more" in page


def test_losses_come_before_what_is_only_broken_and_gains_after_it() -> None:
    losses = (
        Loss("page", "a.md", "A", "docs/a.md"),
        Loss("section", "b.md", "B › C", "docs/b.md", 4, 30, count=3, questions=((2, "where is it"),)),
        Loss("paragraph", "c.md", "D", "docs/c.md", 4, 9, count=5, note="Press undo"),
    )
    link = BrokenLink("e.md", 1, "x", "no such page")
    plan = Plan(added=("n.md",))
    report = replace(QUIET, changes=replace(NOTHING, losses=losses, pages=plan), links=(link,), new_links=(link,))
    page = render(report)
    assert page.splitlines()[0] == (
        "### ⚠️ Docs check: 1 page removed, 3 sections removed, 5 paragraphs removed, 1 new broken link, 1 page added"
    )
    assert "Section “B › C” removed from `docs/b.md:4`, with 2 sections below it. **Answered** question 2" in page
    assert page.index("**Lost to readers**") < page.index("**New broken links**") < page.index("<details>")
    assert not report.nothing


def test_the_largest_change_there_can_be_fits_into_one_comment() -> None:
    wide = "wört " * 100
    losses = tuple(
        Loss(kind, wide, wide, wide, 1, 2, 3, wide, wide, 4, ((1, wide), (2, wide), (3, wide)))
        for kind in KINDS
        for _ in range(2_000)
    )
    links = tuple(BrokenLink(wide, line, f"{wide}{line}", wide) for line in range(2_000))
    paths = tuple(f"{wide}{number}" for number in range(2_000))
    rows = tuple((f"{wide}{number}", 1) for number in range(200))
    before, now = evaluation(*rows), evaluation(*((text, 0) for text, _ in rows))
    report = replace(
        QUIET,
        changes=replace(
            NOTHING,
            losses=losses,
            pages=Plan(added=paths, renamed=tuple(zip(paths, paths, strict=True))),
            headings=tuple((path, path, path, path) for path in paths),
            files=paths,
        ),
        measured=measured(before, now),
        links=links,
        new_links=links[:1_000],
        gate=tuple(GateChange(f"{wide}{number}", weaker=True) for number in range(500)),
        note=wide,
        live=wide,
    )
    assert len(render(report)) < LIMIT


def test_annotations_stand_where_something_can_be_done() -> None:
    report = replace(
        QUIET,
        changes=replace(NOTHING, hidden=(Place("b.md", 4, "Removed 1 hidden character"),)),
        measured=measured(evaluation(("x", 2), ("one", 1)), evaluation(("x", 1), ("one", 3))),
        new_links=(BrokenLink("a.md", 7, "gone.md", "no such page"),),
    )
    told = [(level, place.file, place.line) for level, place in annotations(report)]
    assert told == [("warning", "q.yml", 2), ("notice", "q.yml", 1), ("warning", "a.md", 7), ("warning", "b.md", 4)]


hostile = st.text(min_size=1, max_size=40) | st.sampled_from(
    ["</details><h1>ok", "|x|\n# y", "`@octocat`", "[a](https://evil.example)", "<!-- ", "- [ ] x", "``|``"]
)


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, hostile)
def test_whatever_a_pull_request_says_the_page_keeps_its_shape(question: str, path: str, target: str) -> None:
    first = Hit("i", path, (path,), "", path, 1, 2, "", "https://github.com/a/b/blob/c/d.md?plain=1#L1-L2", 1.0)
    report = replace(
        QUIET,
        changes=replace(
            NOTHING,
            pages=Plan(added=(path,), renamed=((path, target),)),
            hidden=(Place(path, 1, question),),
            losses=tuple(
                Loss(kind, path, question, path, 1, 2, 3, target, now, 4, ((1, question), (0, target)))
                for kind in KINDS
                for now in ("", path)
            ),
            headings=((path, question, target, question), (path, target, path, question)),
            files=(target,),
        ),
        gate=(GateChange(question, weaker=True), GateChange(target, weaker=False)),
        live=target,
        note=question,
        measured=measured(evaluation((question, 1), page=path), evaluation((question, 4), page=path), first=first),
        links=(BrokenLink(path, 1, target, question),),
        new_links=(BrokenLink(path, 1, target, question),),
        repository="a/b",
        commit="c",
        base="c",
    )
    page = render(report)
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    kinds = [token.type for token in parsed]
    assert kinds.count("heading_open") == 1
    assert kinds.count("table_open") == 2
    assert kinds.count("tr_open") == 8
    blocks = "".join(token.content for token in parsed if token.type == "html_block")
    assert blocks.count("<details>") == blocks.count("</details>") == 4
    allowed = ("<br>", "<sub>", "</sub>", "<code>", "</code>")
    inline = [child for token in parsed for child in token.children or ()]
    assert all(child.content in allowed for child in inline if child.type == "html_inline")
    links = [child.attrs["href"] for child in inline if child.type == "link_open"]
    assert all(str(link).startswith("https://github.com/a/b/blob/c/") for link in links)
    text = "".join(child.content for child in inline if child.type == "text")
    assert not re.search(r"@[a-z]|www\.\w", text.replace("recall@5", ""))
