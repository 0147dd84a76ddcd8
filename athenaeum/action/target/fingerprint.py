"""Tells whether a stack would come out the same: one digest of all that a deployment is made from, docs left out.

The stack carries the digest it was deployed with as an output, so reading it takes nothing but DescribeStacks. A digest
that differs for no good reason costs a `cdk deploy` that changes nothing; one that agrees wrongly would leave a stack
behind, so whatever might matter is in it.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import athenaeum
from athenaeum.action.step.inputs import Inputs
from athenaeum.action.target.project import template_dir
from athenaeum.config import Config
from athenaeum.documents.links.links import PAGE_SUFFIXES
from athenaeum.git import git_root, run_git
from athenaeum.infra.bundles.shipped import layer_requirements
from athenaeum.infra.server.capacity import capacity_for

_DOCS_ONLY = {"docs", "chunking", "embedding", "evaluation"}
"""Sections of athenaeum.yml that change the index and nothing of the stack."""
_NOT_THE_APP = (".git/", ".github/", ".athenaeum/", "cdk.out/", ".venv/", "node_modules/")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_OF_THE_RUN = ("GITHUB_", "RUNNER_", "INPUT_", "ACTIONS_", "AWS_", "ATHENAEUM_", "PYTHON")
"""Beginnings of variables that differ from run to run, or are in the digest by another way."""
_MOST_BYTES = 5_000_000


def fingerprint(inputs: Inputs, config: Config, *, stack: str, index_bytes: int, environ: Mapping[str, str]) -> str:
    """The digest, 32 hexadecimal characters. Of the index its size is in it, in the steps that size the function."""
    hasher = hashlib.sha256()
    package = Path(athenaeum.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            _add(hasher, path.relative_to(package).as_posix(), path)
    _add(hasher, "layer", layer_requirements())
    said = {
        "target": inputs.target,
        "stack": stack,
        "environment": inputs.environment,
        "capacity": asdict(capacity_for(index_bytes)),
        "region": config.deploy.region or environ.get("AWS_REGION", ""),
        "config": config.model_dump(mode="json", exclude=_DOCS_ONLY),
    }
    own = inputs.project_path
    files = list(_project_files(own, config)) if own else _walked(template_dir())
    root = own or template_dir()
    names: set[str] = set()
    for path in files:
        _add(hasher, path.relative_to(root).as_posix(), path)
        if own and path.suffix in (".py", ".ts", ".js", ".json"):
            names |= set(_VARIABLE.findall(path.read_text(encoding="utf-8", errors="replace")))
    # What the app may read of the environment is a part of it.
    said["variables"] = {name: environ[name] for name in sorted(names) if name in environ and _is_setting(name)}
    hasher.update(json.dumps(said, sort_keys=True, default=str).encode())
    return hasher.hexdigest()[:32]


def _is_setting(name: str) -> bool:
    return not name.startswith(_OF_THE_RUN)


def _project_files(project: Path, config: Config) -> Iterator[Path]:
    """The files of a user's app: what git has or would take, without pages and workflows."""
    roots = [Path(os.path.relpath(path, project)) for path in config.docs.paths]
    for path in _tracked(project) or _walked(project):
        name = path.relative_to(project)
        if name.as_posix().startswith(_NOT_THE_APP) or not path.is_file():
            continue
        if any(_is_docs(name, root) for root in roots):
            continue
        yield path


def _is_docs(name: Path, root: Path) -> bool:
    """A folder of docs inside the project is docs as a whole; of one that holds the project only the pages are."""
    if root.parts and root.parts[0] != "..":
        return name.is_relative_to(root)
    return name.suffix.lower() in PAGE_SUFFIXES


def _tracked(project: Path) -> list[Path]:
    root = git_root(project)
    if root is None:
        return []
    below = project.resolve().relative_to(root)
    listed = run_git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", str(below))
    names = listed.data.decode(errors="surrogateescape").split("\0") if listed.ok else []
    return sorted({project / Path(name).relative_to(below) for name in names if name})


def _walked(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _add(hasher: "hashlib._Hash", name: str, path: Path) -> None:
    size = path.stat().st_size
    # A file this large is no source; it is known by its size.
    content = path.read_bytes() if size <= _MOST_BYTES else f"{size}".encode()
    hasher.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape") + hashlib.sha256(content).digest())
