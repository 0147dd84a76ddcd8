"""Bytecode for the deployed function: which interpreter makes it, and what happens when there is none."""

import subprocess
from pathlib import Path

from athenaeum.errors import BundleError
from athenaeum.infra.bundles.interpreters import find_python

_SCRIPT = Path(__file__).with_name("compile_tree.py")


def compile_sources(folder: Path, *, minor: str, prefix: str, keep_sources: bool) -> bool:
    """Compile the sources below `folder` for Python `minor`; False when no interpreter of it is on this machine.

    `prefix` is the folder's place in the deployed function. The outcome is the same bytes on every machine.
    """
    python = find_python(minor)
    if python is None:
        return False
    mode = "beside" if keep_sources else "instead"
    run = [str(python), "-I", "-S", str(_SCRIPT), str(folder), prefix, mode]
    done = subprocess.run(run, capture_output=True, text=True, check=False)  # noqa: S603 - an interpreter we found
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise BundleError(
            f"The bundle's sources could not be compiled with {python.name}: {lines[-1]}",
            remedy="Run the command again; if it stays, report it with this line.",
        )
    return True
