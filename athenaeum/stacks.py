"""Which stack is meant, decided here for every mode of the action and every command that does not get a name.

The order is: a flag or an input, athenaeum.yml (with the environment applied), the names of repository and folder.
"""

from pathlib import Path, PurePosixPath

from athenaeum.config import Config, stack_name_in

LONGEST = 100
"""Letters of a name that is made here: CloudFormation allows 128, and an environment's name may follow."""


def stack_meant(config: Config, *, repository: str, folder: str = "", environment: str = "") -> str:
    """The name of the stack. `config` is that of `config_for`, and says the name or not.

    `repository` is OWNER/NAME or "", `folder` the one inside it that this endpoint is for, "" for the whole.
    """
    return config.deploy.stack or stack_name_in(named_after(repository, folder), environment)


def named_after(repository: str, folder: str = "") -> str:
    """The stack's name for a repository that configures none: an endpoint of a folder has a name of its own."""
    name = repository.rpartition("/")[2] or "docs"
    kept = _letters("-".join([name, *PurePosixPath(folder).parts])) or "docs"
    return f"athenaeum-{kept}"[:LONGEST].rstrip("-")


def folder_of(place: Path, *, root: Path | None) -> str:
    """Where `place` is inside the repository at `root`, in POSIX spelling; "" at the root and outside."""
    if root is None:
        return ""
    try:
        inside = place.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return ""
    return "" if inside == "." else inside


def _letters(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text).strip("-")
