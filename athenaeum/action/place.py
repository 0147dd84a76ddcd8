"""Where a job keeps environments and caches: what runs for a pull request has a place of its own.

A runner that keeps its tool cache serves many jobs. One that deploys starts from what it finds there, so a job for a
pull request, which anyone can open, reads that place and never writes to it. Nothing but the standard library and
`sealed`: `requirements/install.py` asks here before anything is installed.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum import sealed

MERGED = ("push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "workflow_call", "")
"""Events for which only those who may write to the repository decide what runs; "" is a run outside a forge."""
CHECKS = "checks"
"""The folder of a cache that is for every other event."""
_USERS_FILES = (
    ("GIT_CONFIG_GLOBAL", ".gitconfig"),
    ("AWS_CONFIG_FILE", ".aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """`cache` is this job's; `read` is one it may only read, `downloads` where installers keep what they fetched.

    `variables` are those of the job that must change; `note` says what could not be used.
    """

    cache: Path
    read: Path | None
    downloads: Path | None
    variables: Mapping[str, str]
    note: str = ""

    def environment(self) -> dict[str, str]:
        """What the action's process is told of this place."""
        return {
            **self.variables,
            "ATHENAEUM_CACHE_DIR": str(self.cache),
            "ATHENAEUM_READ_CACHE_DIR": str(self.read or ""),
            sealed.DOWNLOADS: str(self.downloads or ""),
        }


def job_place(environ: Mapping[str, str] = os.environ) -> Place:
    """The place of this job: the first folder that can be written, a subfolder of it for a pull request."""
    home = sealed.usable_home(environ)
    shared, note = _shared(environ, home=home)
    merged = environ.get("GITHUB_EVENT_NAME", "") in MERGED
    cache = shared if merged else shared / CHECKS
    return Place(
        cache=cache,
        read=None if merged else shared,
        downloads=None if merged and home else cache / "downloads",
        variables={} if home else _without_home(environ, cache=cache),
        note=note,
    )


def _shared(environ: Mapping[str, str], *, home: Path | None) -> tuple[Path, str]:
    named = [
        Path(environ.get("ATHENAEUM_CACHE_DIR", "")),
        Path(environ.get("RUNNER_TOOL_CACHE", "")) / "athenaeum",
        home / ".cache" / "athenaeum" if home else Path(),
        Path(environ.get("RUNNER_TEMP", "")) / "athenaeum",
    ]
    # A relative place would be one of the repository.
    wanted = [folder for folder in named if folder.is_absolute()]
    for folder in wanted:
        if sealed.writable(folder):
            note = f"{wanted[0]} cannot be written; {folder} is used in its place." if folder != wanted[0] else ""
            return folder, note
    own = sealed.own_temporary_folder()
    return own, f"{wanted[0]} cannot be written; {own} is used in its place." if wanted else ""


def _without_home(environ: Mapping[str, str], *, cache: Path) -> dict[str, str]:
    """A HOME that programs can keep their caches in, and the user's own settings from the one that cannot be written.

    git, the AWS clients, the CDK and Hugging Face's client all look there, and some fail without it.
    """
    own = cache / "home"
    sealed.writable(own)
    found = {"HOME": str(own)}
    before = environ.get("HOME", "")
    for name, file in _USERS_FILES if Path(before).is_absolute() else ():
        if not environ.get(name) and (Path(before) / file).is_file():
            found[name] = str(Path(before) / file)
    return found
