"""The Python that a user's own CDK app runs with: the action's packages, and over them what its requirements ask for.

The action brings its own checkout of `athenaeum` and installs nothing by that name: a pin of it is compared, and a
warning says where it differs. All else that the app's requirements.txt names is installed into an environment of the
app's own, which is kept under the hash of what it asks for. A check runs no app, so it installs nothing of this; what
is deployed for a pull request is kept in its own place (see `place`).
"""

import hashlib
import os
import re
import site
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum import __version__, sealed
from athenaeum.action.step.run import Run
from athenaeum.errors import ConfigError, MissingToolError
from athenaeum.infra.bundles.cached import cached_folder

REQUIREMENTS = "requirements.txt"
OURS = "athenaeum-deploy"
_EXTRAS = ("index", "serve", "deploy", "all")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_FILE_OPTION = re.compile(r"\s*(-r|--requirement|-c|--constraint|-f|--find-links)(?:\s+|=)?(\S+)\s*$")
_COMMENT = re.compile(r"(?:^|\s)#")
_LOCAL = re.compile(r"\s*+(?:-e|--editable|-f|--find-links|\.{0,2}/|file:|[^@]*+(?:@(?!\s*+file:)[^@]*+)*+@\s*+file:)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app's requirements ask for: `lines` but for our own package, `pins` of that one as they are written.

    `local` says that files of the project are among it, so that the lines do not tell all.
    """

    lines: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    local: bool = False


def read_requirements(file: Path) -> Asked:
    """The requirements of an app, with the files that they name put in their place; none without the file."""
    lines: list[str] = []
    pins: list[str] = []
    for line in _lines(file, seen=set()):
        found = _NAME.match(line)
        ours = found and re.sub(r"[-_.]+", "-", found[1]).lower() == OURS
        (pins if ours else lines).append(line)
    return Asked(tuple(lines), tuple(pins), local=any(_LOCAL.match(line) for line in lines))


def app_python(project: Path, *, environ: Mapping[str, str], warn: Callable[..., None]) -> Path:
    """The interpreter for the app in `project`: this one, or one that also has what the app's requirements ask for.

    `warn(text, file=…)` gets what there is to say of a pin that is not met. `ConfigError` for a file that cannot be
    read, `MissingToolError` when the packages cannot be installed.
    """
    asked = read_requirements(project / REQUIREMENTS)
    for pin in asked.pins:
        if not _is_met(pin):
            warn(
                f"{REQUIREMENTS} asks for {pin.split(' --')[0].strip()}; the action runs the app with its own version, "
                f"{__version__}. Use the action's tag of the version that you want.",
                file=str(project / REQUIREMENTS),
            )
    if not asked.lines:
        return Path(sys.executable)
    wanted = "\n".join(asked.lines) + "\n"
    state = "\0".join((wanted, sys.prefix, sys.version, __version__))
    key = hashlib.sha256(state.encode()).hexdigest()[:32]
    # Files of the project can change while its requirements stay the same: such an environment is for this run.
    passing = Path(tempfile.mkdtemp(dir=environ.get("RUNNER_TEMP") or None)) if asked.local else None

    def fill(folder: Path) -> None:
        final = folder.with_name(key)
        _make(folder, wanted=wanted, project=project)
        for script in (folder / "bin").iterdir():
            if not script.is_symlink():
                # pip writes the place of its interpreter into programs; this one is moved when it is complete.
                script.write_bytes(script.read_bytes().replace(str(folder).encode(), str(final).encode()))

    return cached_folder("apps", key, fill, cache=passing) / "bin" / "python"


def use_app_python(run: Run, project: Path) -> None:
    """Let every `cdk` that this process starts run the app in `project` with what its requirements ask for."""
    from athenaeum.deployment import cdk_cli

    place = project.resolve()
    if place not in _CHOSEN:
        _CHOSEN[place] = app_python(project, environ=run.environ, warn=run.workflow.warning)
    os.environ[cdk_cli.APP_PYTHON] = str(_CHOSEN[place])


_CHOSEN: dict[Path, Path] = {}
"""Folder of an app → its interpreter: what there is to say about its requirements is said once."""


def _make(folder: Path, *, wanted: str, project: Path) -> None:
    made = sealed.run(sealed.python(sys.executable, "-m", "venv", "--without-pip", folder))
    if made.returncode:
        raise MissingToolError("An environment for the app could not be made.", remedy=_last_line(made.stderr))
    python = folder / "bin" / "python"
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (packages / "athenaeum-action.pth").write_text(
        "".join(f"import site; site.addsitedir({place!r})\n" for place in site.getsitepackages())
    )
    _describe_ourselves(packages)
    (folder / "requirements.txt").write_text(wanted)
    (folder / "ours.txt").write_text(f"{OURS}=={__version__}\n")
    words = ("install", "--quiet", "-r", folder / "requirements.txt", "-c", folder / "ours.txt")
    # Paths in requirements are relative to the folder of the app.
    done = sealed.run(
        sealed.python(sys.executable, "-m", "pip", "--python", python, *words), folder=project, extra=_WITH_BYTECODE
    )
    if done.returncode:
        raise MissingToolError(
            f"What {REQUIREMENTS} of the app asks for could not be installed: {_last_line(done.stderr)}",
            remedy="Correct it, or check that the runner reaches the package index.",
        )


_WITH_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}


def _describe_ourselves(packages: Path) -> None:
    """Tell pip that our package is there, so that what depends on it is satisfied without an index."""
    info = packages / f"{OURS.replace('-', '_')}-{__version__}.dist-info"
    info.mkdir()
    extras = "".join(f"Provides-Extra: {name}\n" for name in _EXTRAS)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {OURS}\nVersion: {__version__}\n{extras}")
    (info / "INSTALLER").write_text("athenaeum\n")


def _is_met(pin: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(re.split(r"\s--|\s#|;", pin)[0].strip())
    except InvalidRequirement:
        return False
    return not requirement.url and requirement.specifier.contains(__version__, prereleases=True)


def _lines(file: Path, *, seen: set[Path]) -> Iterator[str]:
    """The logical lines of a requirements file without comments; a file it includes stands in the place of its line."""
    place = file.resolve()
    if place in seen:
        return
    seen.add(place)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if len(seen) > 1:
            raise ConfigError(f"{file} is named by the app's requirements and is not there.") from None
        return
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {type(error).__name__}.") from error
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        comment = _COMMENT.search(line)
        said = (line[: comment.start()] if comment else line).rstrip()
        option = _FILE_OPTION.match(said)
        if not said.strip():
            continue
        if option and option[1] in ("-r", "--requirement") and "://" not in option[2]:
            yield from _lines(file.parent / option[2], seen=seen)
        elif option and "://" not in option[2]:
            # Relative to the file that says it; the text is written to another place.
            yield f"{option[1]} {(file.parent / option[2]).resolve()}"
        else:
            yield said


def _last_line(text: str) -> str:
    said = [line.strip() for line in text.splitlines() if line.strip() and "notice" not in line]
    wanted = [line for line in said if line.startswith("ERROR")]
    return (wanted or said or ["no reason was given."])[-1].removeprefix("ERROR: ")
