"""Projects to update, and the command that does it."""

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


ANSWERS: dict[str, object] = {
    "project_name": "Widget Manual",
    "site_url": "https://widgets.example",
    "memory_size": 1536,
}


def git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def committed(folder: Path) -> Path:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "mine")
    return folder


Make = Callable[..., Path]


def tree(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def command(project: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    run = [sys.executable, "-m", "athenaeum", "new", "--update", str(project), *flags]
    return subprocess.run(run, capture_output=True, text=True, check=False)


