"""Which files a configuration may name: those of its repository, and none that is hidden.

athenaeum.yml is a file of the repository: a pull request that changes it must not make a build publish `.env`,
`.git/config` or `/etc/passwd`. What a person names on the command line or in a workflow is theirs to name.
"""

import os
from pathlib import Path

from athenaeum.git import git_root

OUTSIDE, HIDDEN = "is outside of the repository", "is hidden in the repository"


def place_problem(named: str, *, hidden: bool = False) -> str:
    """Why a path that a configuration names, relative to the working directory, cannot be meant; "" when it can.

    Links are followed. `hidden` says that it may stand in a hidden folder; in `.git` nothing may.
    """
    here = Path.cwd()
    border = git_root(here) or here.resolve()
    if "\0" in named or named.startswith("~"):
        return OUTSIDE
    place = Path(os.path.normpath(here / named))
    try:
        real = place.resolve()
    except (OSError, RuntimeError, ValueError):
        return OUTSIDE
    for one in (Path(os.path.normpath(here.resolve() / named)), real):
        if not one.is_relative_to(border):
            return OUTSIDE
        parts = [part.lower() for part in one.relative_to(border).parts]
        if ".git" in parts or (not hidden and any(part.startswith(".") for part in parts)):
            return HIDDEN
    return ""
