"""Which Python on this machine can compile bytecode for the function's runtime.

Bytecode belongs to one Python minor. Without an interpreter of that minor the bundles carry sources instead, which
the function then compiles at every cold start: it works, and is slower.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def find_python(minor: str) -> Path | None:
    """An interpreter of that minor that starts, or None. The one running this is asked first."""
    if "{}.{}".format(*sys.version_info) == minor:
        return Path(sys.executable)
    return next((python for python in _candidates(minor) if _is(python, minor)), None)


def _candidates(minor: str) -> Iterator[Path]:
    if at := shutil.which(f"python{minor}"):
        yield Path(at)
    tools = Path(os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"))
    yield from _newest(tools / "Python", f"{minor}.*/*/bin/python{minor}")
    home = Path(os.environ.get("HOME") or os.sep)
    yield from _newest(home / ".pyenv" / "versions", f"{minor}*/bin/python{minor}")
    yield from _newest(home / ".local/share/uv/python", f"cpython-{minor}*/bin/python{minor}")


def _newest(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern), reverse=True)
    except OSError:
        return []


def _is(python: Path, minor: str) -> bool:
    code = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != {minor!r})"
    try:
        return subprocess.run([python, "-I", "-c", code], capture_output=True, check=False, timeout=30).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
