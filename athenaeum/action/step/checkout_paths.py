"""Names of files as annotations need them: relative to the checkout, whatever folder the run works in."""

import os
from pathlib import Path

from athenaeum.git import git_root


def checkout_path(file: str | None) -> str | None:
    """The path in its checkout of a file that is named from the working directory; None where there is none.

    A job names its configuration and its questions from `working-directory`. Outside git the workspace of the job
    counts as the checkout.
    """
    if not file:
        return None
    place = Path(os.path.abspath(file))  # noqa: PTH100 - a link keeps its name
    here = Path.cwd()
    root = git_root(here) or Path(os.environ.get("GITHUB_WORKSPACE") or here).resolve()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else None
