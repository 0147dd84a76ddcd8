"""Running the real `cdk`: its environment, what it says while it runs, and what its failures mean.

Its last lines are kept to explain a failure; `progress` gets the few that tell a person where it stands.
"""

import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from athenaeum import errors
from athenaeum.deployment import cdk_cli
from athenaeum.errors import AthenaeumError, CredentialsError, DeployError, StackNotFoundError, SynthError
from athenaeum.records import Progress

_KEPT_LINES = 2000
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_STEPS = (
    (re.compile(r"Synthesis time: ([\d.]+)s"), "synthesised"),
    (re.compile(r"^(\S+): deploying\.\.\."), "deploying {0}"),
    (re.compile(r"^(\S+): (creating|updating) stack"), "{1} {0}"),
    (re.compile(r"^\s*✅\s+(\S+) \(no changes\)"), "{0} has no changes"),
    (re.compile(r"^(\S+): destroying"), "destroying {0}"),
    (re.compile(r"^\s*⏳\s+Bootstrapping"), "bootstrapping"),
)
_OURS = re.compile(r"^athenaeum: (.*)")
_RAISED = re.compile(r"^athenaeum\.errors\.(\w+): (.*)")
# The CDK command line words an annotation of the app in one of two ways, by its version.
_ANNOTATED = re.compile(r"^(?:\[Error at \S+\]|ERROR) (.*?)(?: \(Construct Annotations\))?$")
_CREDENTIALS = re.compile(
    r"no credentials|Unable to resolve AWS account|security token [^\n]{0,200} is (invalid|expired)|ExpiredToken|"
    r"not authorized to perform|AccessDenied|could not be used to assume|credentials? [^\n]{0,200}(expired|invalid)",
    re.IGNORECASE,
)
_NO_MATCH = re.compile(r"No stacks? match(?:es)? the name\(s\):? (\S+)")
_NOT_BOOTSTRAPPED = re.compile(r"bootstrap(ped)?\b", re.IGNORECASE)


def run(arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], progress: Progress) -> None:
    """Run `cdk ARGUMENTS` in `folder`; raises what `failure` makes of its output when it fails."""
    command = cdk_cli.command([*arguments, "--no-color", "--ci"], progress=progress)
    said: deque[str] = deque(maxlen=_KEPT_LINES)
    if _follow(command, folder=folder, environment=environment, progress=progress, said=said):
        raise failure("\n".join(said))


def failure(text: str) -> AthenaeumError:
    """The error that a failed run's output tells of. Pure."""
    lines = [_ANSI.sub("", line).strip() for line in text.splitlines()]
    if named := _named(lines):
        return named
    annotated = [match[1] for line in lines if (match := _ANNOTATED.match(line))]
    if annotated:
        return _split(SynthError, annotated[0])
    said = [line for line in lines if line and not line.startswith(("at ", "(node:", "(Use `node"))]
    last = _telling(said)
    if any(_CREDENTIALS.search(line) for line in said[-12:]):
        return CredentialsError(
            f"AWS refuses: {last}", remedy="Log in again, or check what the role of this run is allowed to do."
        )
    if any("Subprocess exited with error" in line or "--app is required" in line for line in said):
        reason = _telling([line for line in said if "Subprocess exited" not in line])
        return SynthError(f"The CDK app ended with an error: {reason}", remedy="Run `cdk synth` in its folder.")
    if any((_NOT_BOOTSTRAPPED.search(line) and "SSM" in line) or "has not been bootstrapped" in line for line in said):
        return DeployError("The account and region are not bootstrapped.", remedy="Run `athenaeum bootstrap` once.")
    return DeployError(f"`cdk` failed: {last}", remedy="Correct it and deploy again; what was live before stays live.")


def _named(lines: Sequence[str]) -> AthenaeumError | None:
    """What one line alone says: an error of ours that the app raised, or a stack that it does not have."""
    for line in reversed(lines):
        if raised := _RAISED.match(line):
            kind = getattr(errors, raised[1], SynthError)
            return _split(kind if issubclass(kind, AthenaeumError) else SynthError, raised[2])
        if unknown := _NO_MATCH.match(line):
            return StackNotFoundError(f"The app has no stack {unknown[1]}.", remedy="`cdk list` names those it has.")
    return None


def _split(kind: type[AthenaeumError], text: str) -> AthenaeumError:
    """An error's text is its message and its remedy; the first sentence is the message."""
    head, dot, rest = text.partition(". ")
    return kind(head + dot.strip(), remedy=rest.strip())


def _telling(lines: Sequence[str]) -> str:
    # The CDK names what failed after ❌, and on the next line the reason after ‣.
    wanted = [line for line in lines if re.search(r"error|fail|❌|^‣|invalid|not found|cannot", line, re.IGNORECASE)]
    return (wanted or lines or ["it gave no reason"])[-1].lstrip("❌‣ ").strip()


def _follow(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    progress: Progress,
    said: "deque[str]",
) -> int:
    process = subprocess.Popen(  # noqa: S603 - the pinned CDK, run by our own Node
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        for line in process.stdout or ():
            said.append(line.rstrip("\n"))
            if told := step(line):
                progress(told, 0, 0)
        return process.wait()
    finally:
        # Interrupted: neither the CDK nor the app it started may go on without us.
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def step(line: str) -> str:
    """What a line of output tells a person, or "". Pure."""
    plain = _ANSI.sub("", line).rstrip()
    if ours := _OURS.match(plain):
        return ours[1]
    for pattern, words in _STEPS:
        if found := pattern.search(plain):
            return words.format(*found.groups())
    return ""
