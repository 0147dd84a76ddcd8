"""Installs what a run turns out to need: the CDK only when there is something to deploy, torch only to export a model.

The sets are the checkout's own locked requirements; they go into the private environment this process runs in.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from athenaeum import sealed
from athenaeum.errors import MissingToolError

PROBES = {"deploy": "aws_cdk", "export": "torch"}
"""Locked set → a module that is there when the set is installed."""


def ensure(name: str) -> None:
    """Make the set `name` importable; does nothing when it already is, or when this is not the action's environment."""
    if importlib.util.find_spec(PROBES[name]) is not None:
        return
    checkout = os.environ.get("ATHENAEUM_CHECKOUT", "")
    installer = Path(checkout) / "requirements" / "install.py"
    if not checkout or not installer.is_file():
        raise MissingToolError(
            f"The {name} requirements are not installed.",
            remedy='Install them: pip install "athenaeum-deploy[deploy]".',
        )
    command = sealed.python(sys.executable, installer, "--no-project", "--venv", sys.prefix, name)
    # The installer is our own script and seals off what it starts.
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        raise MissingToolError(
            f"The {name} requirements could not be installed.",
            remedy="Check that the runner reaches the Python package index; the reason stands above.",
        )
    importlib.invalidate_caches()
