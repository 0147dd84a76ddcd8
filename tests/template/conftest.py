"""Projects as the first template and the shipped one made them."""

import sys
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum import __version__
from athenaeum.action.target.project import answered, edition, edition_dir, render_project, rendering, template_dir
from athenaeum.errors import ConfigError, ConflictError, UsageError
from athenaeum.onboarding.merging import File, merged
from athenaeum.onboarding.origin import RECORD, origin_of
from athenaeum.onboarding.pins import agreed
from athenaeum.onboarding.updating import update


sys.path.insert(0, str(Path(__file__).parent))
from updates import ANSWERS, Make, committed


@pytest.fixture
def first(tmp_path: Path) -> Make:
    """A project as the first template made it; `edit` maps paths to functions of their text."""

    def make(edit: dict[str, Callable[[str], str]] | None = None, **answers: object) -> Path:
        folder = tmp_path / "first"
        folder.mkdir()
        template = edition_dir(1)
        project = rendering(folder, context=answered({**ANSWERS, **answers}, template=template), template=template)
        for path, change in (edit or {}).items():
            (project / path).write_text(change((project / path).read_text()))
        return committed(project)

    return make


@pytest.fixture
def now(tmp_path: Path) -> Path:
    """What the shipped template makes of the same answers."""
    return render_project(tmp_path / "now", answers=ANSWERS)


