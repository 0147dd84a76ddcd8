"""The report of a pull request on real repositories: losses are said; what is old, renamed or main's is not blamed."""

from pathlib import Path

import pytest
from action_runner import commit, git
from check_runner import Checked, changed, check

PAGES = {
    "index.md": "# Widgets\n\nWelcome to the book of widgets. ![logo](img/logo.png)\n\nSee [gone](gone.md).\n",
    "undo.md": (
        "# Undo\n\nMistakes happen to everyone who edits widgets.\n\n"
        "## Undo a wrong import\n\nPress undo twice and the wrong import is undone, row by row.\n\n"
        "The history of imports keeps the last twenty of them for a month.\n\n"
        "- The first press marks the rows of the import.\n- The second press removes the marked rows.\n\n"
        "## Redo\n\nPress redo to get the undone import back within the hour.\n\nSee [old](nowhere.md).\n"
    ),
    "colours.md": (
        "# Colours\n\nThe default colour of a widget is blue.\n\n## Palettes\n\n"
        "A palette holds sixteen colours, and each widget takes one of them.\n\n![chart](img/chart.png)\n"
    ),
    "guide/install.md": "# Install\n\nRun the installer and wait for the loud bell to ring.\n\n[broken](absent.md)\n",
}
QUESTIONS = """\
- question: how do I undo a wrong import
  expect: undo.md#undo-a-wrong-import
- question: what is the default colour of a widget
  expect: colours.md
- question: how many colours does a palette hold
  expect: colours.md#palettes
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "docs repository"
    for name, text in PAGES.items():
        (folder / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / name).write_text(text)
    (folder / "docs" / "img").mkdir()
    for name in ("logo", "chart"):
        (folder / "docs" / "img" / f"{name}.png").write_bytes(b"\x89PNG\r\n" + name.encode() * 40)
    (folder / ".athenaeum").mkdir()
    (folder / ".athenaeum" / "questions.yml").write_text(QUESTIONS)
    return folder


@pytest.fixture
def base(repository: Path) -> str:
    return commit(repository)


def edit(repository: Path, page: str, old: str, new: str) -> None:
    file = repository / "docs" / page
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def nothing_lost(done: Checked, repository: Path) -> None:
    assert done.code == 0, done.report
    assert done.headline.startswith("✅"), done.report
    for word in ("Lost to readers", "answer lost", "fell", "removed", "New broken links", "redirect"):
        assert word not in done.opened, done.report
    no_place_of_the_runner(done, repository)


def no_place_of_the_runner(done: Checked, repository: Path) -> None:
    assert str(repository.parent) not in done.report
    assert "athenaeum-" not in done.report.replace("athenaeum-deploy", "")


def test_a_renamed_heading_whose_section_is_still_first_lost_no_answer(repository: Path, base: str) -> None:
    edit(repository, "undo.md", "## Undo a wrong import", "## Taking an import back")
    done = changed(repository, base=base)
    nothing_lost(done, repository)
    assert "1 heading renamed" in done.report
    assert "`undo.md#undo-a-wrong-import` is `undo.md#taking-an-import-back` now" in done.report


def test_a_renamed_page_keeps_its_answers_and_its_old_broken_links(repository: Path, base: str) -> None:
    git(repository, "mv", "docs/undo.md", "docs/guide/undoing.md")
    done = changed(repository, base=base)
    nothing_lost(done, repository)
    assert "nothing is lost, 1 page renamed" in done.headline
    assert "`undo.md#undo-a-wrong-import` is `guide/undoing.md#undo-a-wrong-import` now" in done.report


def test_a_renamed_and_edited_page_is_followed(repository: Path, base: str) -> None:
    git(repository, "mv", "docs/undo.md", "docs/undoing.md")
    edit(repository, "undoing.md", "Mistakes happen to everyone", "Slips happen to everyone")
    edit(repository, "undoing.md", "## Undo a wrong import", "## Undo an import that went wrong")
    nothing_lost(changed(repository, base=base), repository)


def test_questions_that_are_renamed_with_their_page_gain_nothing(repository: Path, base: str) -> None:
    git(repository, "mv", "docs/undo.md", "docs/undoing.md")
    questions = repository / ".athenaeum" / "questions.yml"
    questions.write_text(QUESTIONS.replace("undo.md", "undoing.md"))
    done = changed(repository, base=base)
    nothing_lost(done, repository)
    assert "rose" not in done.report
    assert "judged" not in done.report


def test_a_renamed_docs_folder_is_compared_page_by_page(repository: Path, base: str) -> None:
    git(repository, "mv", "docs", "documentation")
    (repository / "athenaeum.yml").write_text("docs:\n  paths: [documentation]\n")
    done = changed(repository, base=base)
    nothing_lost(done, repository)
    assert "3 links were broken before" in done.report
    assert "pages added" not in done.report


def test_a_docs_folder_renamed_by_the_input_is_compared_too(repository: Path, base: str) -> None:
    git(repository, "mv", "docs", "documentation")
    done = changed(repository, base=base, INPUT_DOCS_PATH="documentation")
    nothing_lost(done, repository)
    assert "Compared with the merge base" in done.report
    assert "3 links were broken before" in done.report


def test_what_main_has_gained_meanwhile_is_not_the_pull_requests(repository: Path, base: str) -> None:
    edit(repository, "index.md", "Welcome", "A warm welcome")
    (repository / "docs" / "undo.md").unlink()
    main_now = commit(repository)
    git(repository, "checkout", "-q", "-B", "change", base)
    edit(repository, "colours.md", "blue.", "blue or green.")
    commit(repository)
    done = check(repository, base=main_now)
    nothing_lost(done, repository)
    assert "1 page changed" in done.report


def test_a_deleted_image_that_a_page_shows_is_a_loss(repository: Path, base: str) -> None:
    (repository / "docs" / "img" / "chart.png").unlink()
    done = changed(repository, base=base)
    assert done.headline == "⚠️ Docs check: 1 image lost"
    assert "Image `img/chart.png` is not there (deleted), and [`docs/colours.md:9`]" in done.opened


def test_five_deleted_paragraphs_are_listed_with_the_question_they_answered(repository: Path, base: str) -> None:
    page = repository / "docs" / "undo.md"
    text = page.read_text()
    first, last = text.index("Press undo twice"), text.index("## Redo")
    page.write_text(text[:first] + text[last:].replace("Press redo to get the undone import back within the hour.", ""))
    done = changed(repository, base=base)
    assert "5 paragraphs removed" in done.headline
    assert "4 paragraphs removed from [`docs/undo.md:7`]" in done.opened
    assert "Press undo twice and the wrong import is undone" in done.opened
    assert "**Answered** question 1, “how do I undo a wrong import”" in done.opened


def test_a_removed_section_is_listed_with_the_question_it_answered(repository: Path, base: str) -> None:
    page = repository / "docs" / "undo.md"
    text = page.read_text()
    page.write_text(text[: text.index("## Undo a wrong")] + text[text.index("## Redo") :])
    done = changed(repository, base=base)
    assert "1 section removed" in done.headline
    assert "Section “Undo › Undo a wrong import” removed from [`docs/undo.md:5`]" in done.opened
    assert "**Answered** question 1" in done.opened


def test_a_removed_page_is_listed(repository: Path, base: str) -> None:
    (repository / "docs" / "guide" / "install.md").unlink()
    done = changed(repository, base=base)
    assert "1 page removed" in done.headline
    assert "Page “Install” removed, [`docs/guide/install.md`]" in done.opened


def test_an_address_that_vanishes_without_a_redirect_is_listed(repository: Path) -> None:
    (repository / "mkdocs.yml").write_text("site_name: W\nsite_url: https://w.example/\n")
    base = commit(repository)
    git(repository, "mv", "docs/undo.md", "docs/undoing.md")
    done = changed(repository, base=base)
    assert done.headline == "⚠️ Docs check: 1 address without a redirect, 1 page renamed"
    assert "Address `/undo/` has no redirect: the page is at `/undoing/` now" in done.opened
    redirects = "plugins:\n  - redirects:\n      redirect_maps:\n        undo.md: undoing.md\n"
    (repository / "mkdocs.yml").write_text("site_name: W\nsite_url: https://w.example/\n" + redirects)
    nothing_lost(changed(repository, base=base), repository)


def test_a_change_of_no_docs_changes_nothing_for_readers(repository: Path, base: str) -> None:
    (repository / "main.py").write_text("print()\n")
    done = changed(repository, base=base)
    assert done.headline == "✅ Docs check: nothing changes for readers"


def test_a_repainted_image_changes_something_for_readers(repository: Path, base: str) -> None:
    (repository / "docs" / "img" / "chart.png").write_bytes(b"\x89PNG another")
    done = changed(repository, base=base)
    assert done.headline == "✅ Docs check: nothing is lost"
    assert "1 other file of the docs changed" in done.report


def test_a_pull_request_that_weakens_its_own_gate_shows_it(repository: Path) -> None:
    (repository / "athenaeum.yml").write_text("evaluation:\n  gate: fail\n  thresholds: {max_drop: 0.05}\n")
    base = commit(repository)
    (repository / "athenaeum.yml").write_text("evaluation:\n  gate: 'off'\n  thresholds: {max_drop: 0.9}\n")
    questions = QUESTIONS.split("- question: what")[1]
    (repository / ".athenaeum" / "questions.yml").write_text("- question: what" + questions)
    page = repository / "docs" / "undo.md"
    text = page.read_text()
    page.write_text(text[: text.index("## Undo a wrong")] + text[text.index("## Redo") :])
    done = changed(repository, base=base)
    assert "a weaker gate" in done.headline
    assert "gate goes from fail to off" in done.opened
    assert "max\\_drop goes from 0.05 to 0.9" in done.opened
    assert "no longer asked: how do I undo a wrong import" in done.opened
    assert "**Answered** a question no longer asked, “how do I undo a wrong import”" in done.opened


def test_a_merge_group_is_compared_with_its_base(repository: Path, base: str) -> None:
    git(repository, "checkout", "-q", "-B", "queue")
    edit(repository, "undo.md", "## Redo\n\nPress redo to get the undone import back within the hour.\n\n", "")
    commit(repository)
    done = check(repository, base=base, event="merge_group")
    assert "1 section removed" in done.headline
    assert "Compared with the merge base" in done.report


def test_a_line_target_follows_lines_that_are_put_above_it(repository: Path) -> None:
    questions = repository / ".athenaeum" / "questions.yml"
    questions.write_text("- question: how do I undo a wrong import\n  expect: undo.md:7-9\n")
    base = commit(repository)
    more = "".join(f"A note on widgets, the {number}th of them.\n\n" for number in range(160))
    edit(repository, "undo.md", "## Undo a wrong import", f"{more}## Undo a wrong import")
    done = changed(repository, base=base)
    nothing_lost(done, repository)


def test_a_page_that_is_only_left_out_is_listed_as_such(repository: Path, base: str) -> None:
    edit(repository, "guide/install.md", "# Install", "---\ndraft: true\n---\n# Install")
    done = changed(repository, base=base)
    assert "1 page removed" in done.headline
    assert "its file is there, but left out of the index" in done.opened


def test_only_new_notices_are_annotated(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (repository / "docs" / "undo.md").open("a") as file:
        file.write("\n```\nnever closed\n")
    base = commit(repository)
    git(repository, "mv", "docs/undo.md", "docs/undoing.md")
    with (repository / "docs" / "colours.md").open("a") as file:
        file.write("\n```\nnever closed\n")
    changed(repository, base=base)
    said = [line for line in capfd.readouterr().out.splitlines() if "Code fence is never closed" in line]
    assert [line.partition("file=")[2].partition(",")[0] for line in said] == ["docs/colours.md"]


def test_a_fork_reads_that_it_is_compared_without_the_live_release(repository: Path, base: str) -> None:
    edit(repository, "colours.md", "blue.", "green.")
    role = "arn:aws:iam::111122223333:role/reader"
    done = changed(repository, base=base, INPUT_ROLE_TO_ASSUME=role, INPUT_AWS_REGION="eu-west-1", INPUT_TARGET="aws")
    assert f"Compared with the merge base `{base[:12]}`, without the live release." in done.report
    assert "This job gets no OIDC token" in done.report
    assert "Merging embeds 1 of 8 texts" in done.report


def test_a_renamed_image_that_its_page_follows_is_no_loss_and_one_left_behind_is(repository: Path, base: str) -> None:
    git(repository, "mv", "docs/img/chart.png", "docs/img/palette.png")
    done = changed(repository, base=base)
    assert done.headline.startswith("⚠️ Docs check: 1 image lost")
    assert "(renamed to docs/img/palette.png)" in done.opened
    edit(repository, "colours.md", "img/chart.png", "img/palette.png")
    nothing_lost(changed(repository, base=base), repository)


def test_an_image_shown_from_a_static_folder_or_by_html_is_looked_for_there(repository: Path) -> None:
    (repository / "static" / "img").mkdir(parents=True)
    (repository / "static" / "img" / "shot.png").write_bytes(b"\x89PNG shot")
    edit(repository, "colours.md", "## Palettes", '<img src="/img/shot.png" alt="shot">\n\n## Palettes')
    base = commit(repository)
    (repository / "static" / "img" / "shot.png").unlink()
    done = changed(repository, base=base)
    assert done.headline == "⚠️ Docs check: 1 image lost"
    assert "Image `/img/shot.png` is not there (deleted)" in done.opened


def test_a_page_without_the_merge_base_in_its_clone_blames_nobody(repository: Path, base: str) -> None:
    edit(repository, "undo.md", "## Redo", "## Repeat")
    git(repository, "checkout", "-q", "-B", "change")
    commit(repository)
    done = check(repository, base="1" * 40)
    assert "fetch-depth: 0" in done.report
    assert "Lost to readers" not in done.report
    no_place_of_the_runner(done, repository)


def test_a_base_that_cannot_be_indexed_shows_no_place_of_the_runner(repository: Path) -> None:
    (repository / "athenaeum.yml").write_text("docs:\n  paths: [docs]\n  include: ['*.nothing']\n")
    base = commit(repository)
    (repository / "athenaeum.yml").unlink()
    done = changed(repository, base=base)
    assert done.code == 0
    assert "The merge base has no docs" in done.report
    no_place_of_the_runner(done, repository)


def test_a_link_that_a_rename_breaks_is_new_and_says_what_the_page_is_called_now(repository: Path) -> None:
    edit(repository, "colours.md", "# Colours", "# Colours\n\nSee [undo](undo.md#redo).")
    base = commit(repository)
    git(repository, "mv", "docs/undo.md", "docs/guide/undoing.md")
    done = changed(repository, base=base)
    assert done.headline == "⚠️ Docs check: 1 new broken link, 1 page renamed"
    assert "`undo.md#redo`: no such page or file; it is docs/guide/undoing.md now" in done.opened


def test_a_section_that_moves_to_another_page_keeps_its_answer(repository: Path, base: str) -> None:
    page = repository / "docs" / "undo.md"
    text = page.read_text()
    first, last = text.index("## Undo a wrong"), text.index("## Redo")
    page.write_text(text[:first] + text[last:])
    with (repository / "docs" / "colours.md").open("a") as file:
        file.write(f"\n{text[first:last]}")
    done = changed(repository, base=base)
    # It is found there, and what was second to it before may be first now.
    assert "lost" not in done.headline.lower()
    assert "removed" not in done.headline
    assert "`undo.md#undo-a-wrong-import` is `colours.md#undo-a-wrong-import` now" in done.report


def test_a_heading_that_goes_while_its_text_stays_is_listed_as_a_heading(repository: Path, base: str) -> None:
    edit(repository, "undo.md", "## Undo a wrong import\n\n", "")
    done = changed(repository, base=base)
    assert "1 heading removed" in done.headline
    assert "its text stands under Undo" in done.opened


def test_a_second_docs_folder_is_new_and_the_first_is_compared(repository: Path, base: str) -> None:
    (repository / "more").mkdir()
    (repository / "more" / "extra.md").write_text("# Extra\n\nWhat else there is to say about widgets.\n")
    questions = QUESTIONS.replace("undo.md", "docs/undo.md").replace("colours.md", "docs/colours.md")
    (repository / ".athenaeum" / "questions.yml").write_text(questions)
    done = changed(repository, base=base, INPUT_DOCS_PATH="docs\nmore")
    nothing_lost(done, repository)
    assert "1 page added" in done.headline
    assert "rose" not in done.headline


def test_a_working_directory_that_is_renamed_is_compared_too(repository: Path) -> None:
    (repository / "site").mkdir()
    for name in ("docs", ".athenaeum"):
        (repository / name).rename(repository / "site" / name)
    base = commit(repository)
    git(repository, "mv", "site", "website")
    done = changed(repository, base=base, INPUT_WORKING_DIRECTORY="website")
    nothing_lost(done, repository)
    assert "3 links were broken before" in done.report


def test_a_link_to_a_renamed_heading_says_what_its_anchor_is_now(repository: Path) -> None:
    edit(repository, "colours.md", "# Colours", "# Colours\n\nSee [undo](undo.md#redo).")
    base = commit(repository)
    edit(repository, "undo.md", "## Redo", "## Repeat")
    done = changed(repository, base=base)
    assert done.headline == "⚠️ Docs check: 1 new broken link"
    assert "`undo.md#redo`: undo.md has no anchor #&#8203;redo; it is #&#8203;repeat now" in done.opened
