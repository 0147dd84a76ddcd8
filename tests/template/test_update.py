"""`athenaeum new --update`: what is new in the template reaches a project, and nothing of the user's is lost.

Projects are made by the first released template, kept as template/history/1, which left no record in them; by the one
that is shipped; and by `cookiecutter` from both.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from updates import ANSWERS, Make, command, committed, git, tree

from athenaeum import __version__
from athenaeum.action.target.project import answered, edition, edition_dir, render_project, rendering, template_dir
from athenaeum.errors import ConfigError, ConflictError, UsageError
from athenaeum.onboarding.merging import File, merged
from athenaeum.onboarding.origin import RECORD, origin_of
from athenaeum.onboarding.pins import agreed
from athenaeum.onboarding.updating import update

EDITIONS = {
    1: "8a9e7b1e096a72ac",  # 8b92245, the first that was released
    2: "a7b6f1a5f2e27553",
}
def digest(folder: Path) -> str:
    """Of the files that a project gets, and the variables."""
    inside = next(folder.glob("{{*"))
    files = [folder / "cookiecutter.json", *sorted(path for path in inside.rglob("*") if path.is_file())]
    hasher = hashlib.sha256()
    for path in files:
        hasher.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return hasher.hexdigest()[:16]


@pytest.mark.parametrize("number", EDITIONS)
def test_an_edition_stays_what_it_was(number: int) -> None:
    folder = edition_dir(number)
    assert folder is not None
    assert digest(folder) == EDITIONS[number], (
        f"The template changed. If edition {number} has been released, copy its files as of the release to "
        f"template/history/{number}, raise _edition, and add a line here; if not, correct this line."
    )


def test_every_edition_is_kept() -> None:
    assert list(EDITIONS) == list(range(1, edition() + 1))
    assert all(edition_dir(number) for number in EDITIONS)
    assert edition_dir(edition() + 1) is None




def test_a_project_of_the_first_template_becomes_one_of_the_shipped(first: Make, now: Path) -> None:
    project = first()
    assert not (project / RECORD).exists()
    assert origin_of(project).edition == 1
    done = update(project, answers={})
    assert tree(project) == tree(now)
    assert (done.conflicts, done.removed, done.kept) == ((), (), ())


def test_a_second_update_changes_nothing(first: Make) -> None:
    project = first()
    update(project, answers={})
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "update")
    done = command(project)
    assert (done.returncode, done.stdout.count("up to date")) == (0, 1), done.stderr
    assert git(project, "status", "--porcelain") == ""


def test_what_the_user_changed_added_and_removed_stays(first: Make) -> None:
    project = first(
        {
            "app.py": lambda text: text.replace("app.synth()", 'stack.add_metadata("mine", 1)\napp.synth()'),
            "athenaeum.yml": lambda text: text.replace("Widget Manual", "The Widget Book") + "chunking:\n  size: 300\n",
            "README.md": lambda text: text.replace("## Files", "## Who to ask\n\nAda.\n\n## Files"),
            "docs/index.md": lambda text: "# Mine\n",
            ".gitignore": lambda text: text + "node_modules/\n",
        }
    )
    (project / "docs" / "publishing.md").unlink()
    (project / "network.py").write_text("VPC = None\n")
    (project / "tests" / "test_stack.py").unlink()
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "more of mine")
    done = update(project, answers={})
    assert done.conflicts == ()
    assert 'stack.add_metadata("mine", 1)' in (project / "app.py").read_text()
    config = (project / "athenaeum.yml").read_text()
    assert "The Widget Book" in config
    assert "size: 300" in config
    assert 'stack: "WidgetManual"' in config, "what the template changed has come"
    readme = (project / "README.md").read_text()
    assert "Who to ask" in readme
    assert "## A newer template" in readme
    assert (project / "docs" / "index.md").read_text() == "# Mine\n"
    assert not (project / "docs" / "publishing.md").exists()
    assert not (project / "tests" / "test_stack.py").exists()
    assert (project / "network.py").read_text() == "VPC = None\n"
    assert (project / ".gitignore").read_text().endswith("node_modules/\n")


def test_a_file_that_the_user_renamed_is_updated_where_it_is_now(first: Make) -> None:
    project = first()
    git(project, "mv", ".github/workflows/docs-endpoint.yml", ".github/workflows/endpoint.yml")
    git(project, "commit", "--quiet", "-m", "rename")
    done = update(project, answers={})
    assert done.conflicts == ()
    assert "how to pin it" in (project / ".github" / "workflows" / "endpoint.yml").read_text()
    assert not (project / ".github" / "workflows" / "docs-endpoint.yml").exists()


def test_a_file_that_the_user_removed_stays_removed_and_is_named(first: Make) -> None:
    project = first()
    git(project, "rm", "--quiet", "README.md")
    git(project, "commit", "--quiet", "-m", "no readme")
    done = command(project)
    assert done.returncode == 0, done.stderr
    assert "stays removed, as you left it: README.md" in done.stdout
    assert not (project / "README.md").exists()


def test_the_same_line_changed_by_both_is_a_conflict_with_markers_and_the_rest_is_merged(first: Make) -> None:
    mine = "athenaeum/deploy@0123456789012345678901234567890123456789"
    workflow = ".github/workflows/docs-endpoint.yml"
    project = first({workflow: lambda text: text.replace("athenaeum/deploy@v1", mine)})
    done = command(project)
    assert done.returncode == ConflictError.exit_code, done.stdout + done.stderr
    assert f"conflict: {workflow}" in done.stdout
    text = (project / workflow).read_text()
    assert f"<<<<<<< HEAD\n      - uses: {mine}\n=======\n" in text
    assert f">>>>>>> athenaeum-{__version__}\n" in text
    assert (project / "tests" / "requirements.txt").is_file()
    # Repeated, with and without a commit: nothing is merged into markers.
    before = tree(project)
    assert "not committed" in command(project).stderr
    again = command(project, "--force")
    assert (again.returncode, "Conflicts of an earlier update" in again.stderr) == (UsageError.exit_code, True)
    assert tree(project) == before
    # Settled by the user.
    lines = [line for line in text.splitlines() if not line.startswith(("<<<<", "====", ">>>>")) and "@v1" not in line]
    (project / workflow).write_text("\n".join(lines) + "\n")
    settled = command(project, "--force")
    assert (settled.returncode, "up to date" in settled.stdout) == (0, True), settled.stderr


def test_a_file_of_the_users_where_the_template_adds_one_is_a_conflict_and_not_overwritten(first: Make) -> None:
    project = first()
    (project / "tests" / "requirements.txt").write_text("pytest==8.0\nmine\n")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "mine")
    done = update(project, answers={})
    assert done.conflicts == ("tests/requirements.txt",)
    text = (project / "tests" / "requirements.txt").read_text()
    assert "pytest==8.0\nmine\n" in text
    assert "pytest>=8\n" in text


def test_a_dry_run_shows_the_diff_and_writes_nothing(first: Make) -> None:
    project = first()
    before = tree(project)
    done = command(project, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "+      - uses: athenaeum/deploy@v1 # moves" in done.stdout
    assert "would change: .athenaeum/template.json" in done.stderr
    assert tree(project) == before
    # What it shows is what is done.
    subprocess.run(["git", "apply"], cwd=project, input=done.stdout, text=True, check=True)
    by_hand = tree(project)
    git(project, "checkout", "--", ".")
    git(project, "clean", "-fdq")
    update(project, answers={})
    assert tree(project) == by_hand


@pytest.mark.parametrize("how", ["changed", "new", "no git"])
def test_changes_that_git_does_not_have_are_not_mixed_with_an_update(first: Make, how: str) -> None:
    project = first()
    if how == "no git":
        subprocess.run(["rm", "-rf", project / ".git"], check=True)
    else:
        (project / ("app.py" if how == "changed" else "new.py")).write_text("mine\n" if how == "new" else "import os\n")
        if how == "changed":
            git(project, "checkout", "--", "app.py")
            (project / "README.md").write_text("mine\n")
    before = tree(project)
    refused = command(project)
    assert refused.returncode == UsageError.exit_code
    assert "--force" in refused.stderr
    assert tree(project) == before
    forced = command(project, "--force")
    assert forced.returncode in (0, ConflictError.exit_code), forced.stderr
    assert (project / RECORD).is_file()


def test_cut_short_before_its_record_an_update_is_repeated_and_ends_the_same(first: Make, now: Path) -> None:
    project = first()
    (project / "athenaeum.yml").write_bytes((now / "athenaeum.yml").read_bytes())
    (project / "README.md").write_bytes((now / "README.md").read_bytes())
    update(project, answers={}, force=True)
    assert tree(project) == tree(now)


def test_a_bot_that_raised_the_version_makes_no_conflict(first: Make) -> None:
    project = first({"requirements.txt": lambda text: text.replace("==0.1.0", "==0.0.9") + "boto3\n"})
    done = update(project, answers={})
    assert done.conflicts == ()
    assert (project / "requirements.txt").read_text() == f"athenaeum-deploy[deploy]=={__version__}\nboto3\n"


NEW = "athenaeum/deploy@" + 40 * "b" + " # v9.9.9"
OLD = "athenaeum/deploy@" + 40 * "a" + " # v1.0.0"


@pytest.mark.parametrize(
    ("mine", "template", "after"),
    [
        (OLD, NEW, NEW),
        ("athenaeum/deploy@v1.2.3", NEW, NEW),
        (OLD, "athenaeum/deploy@v1 # moves with every release", OLD),
        ("athenaeum/deploy@v1", NEW, "athenaeum/deploy@v1"),
    ],
)
def test_the_actions_pin_goes_on_with_the_releases_and_is_never_loosened(mine: str, template: str, after: str) -> None:
    # The package of a release has its own commit in every edition that it knows by that number.
    name, text = ".github/workflows/docs-endpoint.yml", "steps:\n  - uses: {}\n    id: athenaeum\n"
    base, ours, theirs = ({name: File(text.format(each).encode())} for each in (template, mine, template))
    base, theirs = agreed(base=base, ours=ours, theirs=theirs)
    done = merged(base=base, ours=ours, theirs=theirs, label="new")
    assert done.conflicts == ()
    assert done.tree[name].data.decode() == text.format(after)


def test_an_older_package_does_not_take_a_project_back(first: Make) -> None:
    project = first({"requirements.txt": lambda text: text.replace("==0.1.0", "==99.0.0")})
    before = tree(project)
    with pytest.raises(UsageError, match=r"99\.0\.0"):
        update(project, answers={})
    assert tree(project) == before


def test_an_answer_may_be_given_another_way(now: Path) -> None:
    project = committed(now)
    done = command(project, "--memory", "2048", "--name", "Widgets")
    assert done.returncode == 0, done.stderr
    config = (project / "athenaeum.yml").read_text()
    assert "memory: 2048" in config
    assert 'name: "Widgets"' in config
    assert json.loads((project / RECORD).read_text())["answers"]["memory_size"] == 2048


@pytest.mark.parametrize("number", EDITIONS)
def test_a_project_of_cookiecutter_is_updated_as_one_of_new(tmp_path: Path, number: int) -> None:
    cookiecutter = Path(sys.executable).with_name("cookiecutter")
    template = edition_dir(number)
    environment = {**os.environ, "HOME": str(tmp_path)}
    made = [cookiecutter, template, "--no-input", "-o", tmp_path / "made", "project_name=Widget Manual"]
    subprocess.run(made, check=True, env=environment)
    project = committed(tmp_path / "made" / "widget-manual")
    assert origin_of(project).recorded == (number > 1)
    update(project, answers={})
    assert tree(project) == tree(render_project(tmp_path / "now", answers={"project_name": "Widget Manual"}))


def test_windows_line_ends_of_the_user_make_no_conflict(first: Make) -> None:
    project = first()
    (project / "README.md").write_bytes((project / "README.md").read_bytes().replace(b"\n", b"\r\n"))
    git(project, "commit", "--quiet", "-am", "windows")
    done = update(project, answers={})
    assert done.conflicts == ()
    data = (project / "README.md").read_bytes()
    assert b"## A newer template\r\n" in data
    assert data.count(b"\n") == data.count(b"\r\n")




def test_the_shipped_template_has_the_number_of_its_record() -> None:
    variables = json.loads((template_dir() / "cookiecutter.json").read_text())
    assert variables["_edition"] == edition() == max(EDITIONS)
