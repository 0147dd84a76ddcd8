"""The checks a bundle must pass before it is used, file by file: it runs on its platform, and nothing is missing."""

from collections.abc import Iterable
from pathlib import Path

from athenaeum.errors import BundleError
from athenaeum.infra.bundles.archive import files_of
from athenaeum.infra.bundles.elf import is_native_name, machine_of
from athenaeum.infra.bundles.imports import unresolved_imports
from athenaeum.infra.bundles.recipe import PROVIDED
from athenaeum.infra.context import Platform

PACKAGES_USED = (
    "faiss",
    "fastapi",
    "jwt",
    "mcp.server",
    "numpy",
    "obstore",
    "onnxruntime",
    "openai",
    "pydantic",
    "tantivy",
    "tokenizers",
    "uvicorn",
    "yaml",
)
"""What the server imports from the layer, now or late."""
OPTIONAL = ("colorama", "websockets", "watchfiles")
"""Imported at the top of modules that only load when these are installed."""


def check_native(folder: Path, *, platform: Platform) -> None:
    """Every native file below `folder` is ELF for the platform's processor; `BundleError` names those that are not."""
    wrong = []
    for name, path in files_of(folder).items():
        machine = machine_of(path)
        if machine and machine != platform.architecture:
            wrong.append(f"{name} is for {machine}")
        elif not machine and is_native_name(name):
            wrong.append(f"{name} is no native library")
    _refuse(wrong, f"The bundle for {platform.architecture} holds files that cannot run there")


def check_packages(packages: Path, *, modules: Iterable[str]) -> None:
    """Every package the server uses is there, with everything it imports in turn; `modules` are all there are."""
    broken = unresolved_imports(PACKAGES_USED, roots=[packages], others=(*modules, *PROVIDED, *OPTIONAL))
    _refuse([f"{item.module} needs {item.wanted}" for item in broken], "The dependency layer is incomplete")


def check_code(code: Path, *, start: Iterable[str], layer_modules: Iterable[str]) -> None:
    """Every import of our own code, also those inside functions, is in the code itself or in the layer."""
    broken = unresolved_imports(start, roots=[code], others=(*layer_modules, *PROVIDED), late_too=True)
    _refuse([f"{item.module} needs {item.wanted}" for item in broken], "The function's code is incomplete")


def _refuse(findings: list[str], what: str) -> None:
    if findings:
        listed = "; ".join(findings[:5]) + (f"; and {len(findings) - 5} more" if len(findings) > 5 else "")
        raise BundleError(
            f"{what}: {listed}.",
            remedy="Lock the requirements again for the platform, or report it if they are the package's own.",
        )
