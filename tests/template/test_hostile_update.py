"""`athenaeum new --update` against records, links and settings that were made to harm."""

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



def attack(marker: Path) -> str:
    return f"{{{{ cycler.__init__.__globals__.os.popen('touch {marker}').read() }}}}"


def test_answers_of_a_record_are_data(now: Path, tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    record = json.loads((now / RECORD).read_text())
    record["answers"]["project_name"] = attack(marker)
    record["answers"]["_copy_without_render"] = attack(marker)
    (now / RECORD).write_text(json.dumps(record))
    update(committed(now), answers={})
    assert not marker.exists()
    assert json.loads((now / RECORD).read_text())["answers"]["project_name"] == attack(marker)


@pytest.mark.parametrize(
    "record",
    [
        "{",
        "[]",
        "[" * 50_000,
        '{"edition": "2", "answers": {}}',
        '{"edition": true, "answers": {}}',
        '{"edition": 0, "answers": {}}',
        '{"edition": -1, "answers": {}}',
        '{"edition": 2, "answers": {"stack_name": "9 lives"}}',
    ],
)
def test_a_record_that_cannot_be_used_is_refused_and_nothing_is_written(now: Path, record: str) -> None:
    (now / RECORD).write_text(record)
    before = tree(committed(now))
    with pytest.raises(ConfigError) as refused:
        update(now, answers={})
    assert refused.value.remedy
    assert tree(now) == before


def test_a_project_of_a_newer_template_is_refused(now: Path) -> None:
    record = json.loads((now / RECORD).read_text()) | {"edition": edition() + 1}
    (now / RECORD).write_text(json.dumps(record))
    with pytest.raises(UsageError, match="newer template"):
        update(committed(now), answers={})


def test_an_app_of_ones_own_is_not_taken_for_a_project(tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text("{}")
    (tmp_path / "app.py").write_text("import os\n\nprint(os.name)\n")
    with pytest.raises(UsageError, match="not a project of the template"):
        update(committed(tmp_path), answers={})
    assert not (tmp_path / RECORD).exists()


@pytest.mark.parametrize("folder", [".athenaeum", "tests"])
def test_nothing_is_written_through_a_link_that_leaves_the_project(first: Make, tmp_path: Path, folder: str) -> None:
    project = first()
    outside = tmp_path / "outside"
    outside.mkdir()
    if (project / folder).exists():
        git(project, "rm", "-r", "--quiet", folder)
    (project / folder).symlink_to(outside)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "link")
    before = tree(project)
    with pytest.raises(UsageError, match="link"):
        update(project, answers={})
    assert tree(project) == before
    assert list(outside.iterdir()) == []


def test_attributes_and_settings_of_the_user_do_not_run_or_convert(first: Make, tmp_path: Path, now: Path) -> None:
    project = first()
    marker = tmp_path / "pwned"
    (project / ".gitattributes").write_text("* filter=evil merge=evil text eol=crlf\n")
    git(project, "config", "filter.evil.smudge", f"touch {marker}")
    git(project, "add", ".gitattributes")
    git(project, "commit", "--quiet", "-m", "attributes")
    done = update(project, answers={}, force=True)
    assert done.conflicts == ()
    assert {path: data for path, data in tree(project).items() if path != ".gitattributes"} == tree(now)
    assert not marker.exists()


def test_a_project_in_a_folder_of_a_larger_repository_is_updated_there(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    template = edition_dir(1)
    project = rendering(whole, context=answered(ANSWERS, template=template), template=template)
    (whole / "other.txt").write_text("x\n")
    committed(whole)
    (whole / "other.txt").write_text("not committed, and none of the project\n")
    update(project, answers={})
    assert (whole / "other.txt").read_text() == "not committed, and none of the project\n"
    assert "template.json" in git(whole, "status", "--porcelain", "-uall")


def test_flags_of_an_update_mean_nothing_without_it(tmp_path: Path) -> None:
    for flag in ("--dry-run", "--force"):
        run = [sys.executable, "-m", "athenaeum", "new", str(tmp_path), flag]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        assert done.returncode == UsageError.exit_code
    assert list(tmp_path.iterdir()) == []
