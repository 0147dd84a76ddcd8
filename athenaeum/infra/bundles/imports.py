"""Which modules a folder of packages holds, and which of its imports nothing there answers. Reads, never runs.

Running the imports would prove it for the host's processor alone; the walk holds for bundles of every platform.
Imports inside `try`, inside functions and under a test of TYPE_CHECKING, of the platform or of the version may fail
by design and are not followed.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_CONDITIONS = ("TYPE_CHECKING", "platform", "version_info", "name", "implementation")
_LATE = ast.FunctionDef | ast.AsyncFunctionDef | ast.For | ast.AsyncWith


@dataclass(frozen=True, slots=True)
class Unresolved:
    """`module` has an import of `wanted` that nothing in the bundle or the standard library answers."""

    module: str
    wanted: str


def modules_of(*roots: Path, suffixes: tuple[str, ...] = (".py", ".pyc", ".so")) -> tuple[str, ...]:
    """The dotted names of all modules and packages below the roots, namespace packages included.

    With `suffixes=(".pyi",)`: the modules that stubs describe, which native code may register without a file.
    """
    found: set[str] = set()
    for root in roots:
        for path in root.rglob("*"):
            if "__pycache__" in path.parts or path.suffix not in suffixes:
                continue
            parts = list(path.relative_to(root).parts)
            parts[-1] = parts[-1].split(".", 1)[0]
            if parts[-1] == "__init__":
                parts.pop()
            if all(part.isidentifier() for part in parts):
                found.update(".".join(parts[: length + 1]) for length in range(len(parts)))
    return tuple(sorted(found))


def unresolved_imports(
    start: Iterable[str], *, roots: Iterable[Path], others: Iterable[str] = (), late_too: bool = False
) -> list[Unresolved]:
    """Walk from the `start` modules through the sources in `roots`; what cannot be found.

    `others` are modules known to exist elsewhere (another layer, the runtime): one that is named without any
    submodule stands for all of its own. `late_too` also follows the imports inside functions.
    """
    folders = list(roots)
    elsewhere = set(others)
    known = set(modules_of(*folders)) | elsewhere
    opaque = {name for name in elsewhere if not any(other.startswith(f"{name}.") for other in elsewhere)}
    missing: set[Unresolved] = set()
    seen: set[str] = set()
    queue = [(name, "the server") for name in start]
    while queue:
        wanted, asker = queue.pop()
        top = wanted.split(".")[0]
        if wanted in seen or top in sys.stdlib_module_names or top in opaque:
            continue
        if wanted not in known:
            missing.add(Unresolved(asker, wanted))
            continue
        seen.add(wanted)
        # Importing a.b.c runs a and a.b as well.
        if "." in wanted:
            queue.append((wanted.rpartition(".")[0], asker))
        source = _source_of(wanted, folders)
        if source is not None:
            required, possible = _imports(source, module=wanted, late_too=late_too)
            queue += [(name, wanted) for name in (*required, *(name for name in possible if name in known))]
    return sorted(missing, key=lambda item: (item.module, item.wanted))


def reachable_modules(start: str, *, root: Path) -> frozenset[str]:
    """The modules below `root` that `start` can come to import, wherever the import stands: also in `try` and late."""
    seen: set[str] = set()
    queue = [start]
    while queue:
        module = queue.pop()
        source = _source_of(module, [root]) if module else None
        if module in seen or source is None:
            continue
        seen.add(module)
        queue += [module.rpartition(".")[0]]
        package = module if source.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.Import):
                queue += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = _absolute(node, package)
                queue += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return frozenset(seen)


def _source_of(module: str, roots: list[Path]) -> Path | None:
    relative = Path(*module.split("."))
    for root in roots:
        for path in (root / relative / "__init__.py", root / relative.with_suffix(".py")):
            if path.is_file():
                return path
    return None


def _imports(source: Path, *, module: str, late_too: bool) -> tuple[list[str], list[str]]:
    """What must be a module, and what may be one (`from package import name` may as well name an attribute)."""
    try:
        tree = ast.parse(source.read_bytes())
    except SyntaxError:
        return [], []
    package = module if source.name == "__init__.py" else module.rpartition(".")[0]
    required: list[str] = []
    possible: list[str] = []
    for node in _statements(tree.body, late_too=late_too):
        if isinstance(node, ast.Import):
            required += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            required.append(base)
            possible += [f"{base}.{alias.name}" for alias in node.names]
    return required, possible


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _statements(body: list[ast.stmt], *, late_too: bool) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            if not _is_conditional(node.test):
                yield from _statements(node.body, late_too=late_too)
                yield from _statements(node.orelse, late_too=late_too)
        elif isinstance(node, ast.ClassDef | ast.With | (_LATE if late_too else ast.ClassDef)):
            yield from _statements(node.body, late_too=late_too)


def _is_conditional(test: ast.expr) -> bool:
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return bool(names & set(_CONDITIONS))
