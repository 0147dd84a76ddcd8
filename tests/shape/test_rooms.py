"""The shape of the package is a failing check: import directions, who may import what, file sizes and names."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "athenaeum"

# Library → the only places that may import it, lazily or not.
ONLY_HERE = {
    "faiss": ["index/format/vectors"],
    "fastapi": ["server/http/fastapi_import"],
    "tantivy": ["index/format/lexical"],
    "sqlite3": ["index/format/guarded", "index/format/pages"],
    "obstore": ["index/store/s3"],
    "aws_cdk": ["infra"],
    "torch": ["embeddings/exporter"],
    "transformers": ["embeddings/exporter"],
    "llama_index": ["documents/cut/chunking"],
    "moto": ["local_aws"],
}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_rooms_import_only_downwards() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("library", sorted(ONLY_HERE))
def test_a_heavy_library_is_imported_in_its_own_place_only(library: str) -> None:
    users = {
        path.relative_to(PACKAGE).with_suffix("").as_posix()
        for path in sources()
        if any(name.split(".")[0] == library for name in imported(path))
    }
    strangers = {user for user in users if not user.startswith(tuple(ONLY_HERE[library]))}
    assert not strangers


def test_every_heavy_library_is_really_used() -> None:
    used = {name.split(".")[0] for path in sources() for name in imported(path)}
    assert set(ONLY_HERE) <= used


def test_no_file_is_over_400_lines() -> None:
    files = [*sources(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    long = {str(path.relative_to(ROOT)): n for path in files if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_folder_has_more_than_20_modules() -> None:
    folders = {path.parent for path in sources() if path.parent != PACKAGE}
    full = {str(each.relative_to(PACKAGE)): n for each in folders if (n := len(list(each.glob("*.py")))) > 20}
    assert not full


def test_files_are_about_120_lines() -> None:
    lengths = sorted(len(path.read_text().splitlines()) for path in sources())
    assert lengths[len(lengths) // 2] <= 130


def test_no_module_is_named_for_nothing_in_particular() -> None:
    vague = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert not [path for path in PACKAGE.rglob("*") if path.stem in vague]


def test_every_module_says_what_it_decides() -> None:
    silent = [path for path in sources() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys, athenaeum; print(sorted(m for m in sys.modules if m.startswith('athenaeum')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "['athenaeum']"


def test_help_imports_no_room() -> None:
    code = (
        "import sys\n"
        "from athenaeum.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] not in sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"sys_path = {str(ROOT)!r}\nimport sys; sys.path.insert(0, sys_path)\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    last = done.stdout.strip().splitlines()[-1]
    loaded = {name for name in ast.literal_eval(last) if not name.startswith(("_", "sitecustomize", "distutils"))}
    # The overview is printed as everything else is.
    assert loaded <= {"athenaeum", "athenaeum.cli", "athenaeum.cli.main", "athenaeum.printing"}


def test_every_test_file_is_collected(request: pytest.FixtureRequest) -> None:
    patterns = request.config.getini("norecursedirs")
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    left_out = [str(one) for one in folders if any(fnmatch(part, each) for part in one.parts for each in patterns)]
    assert left_out == []
    assert {one.parts[1] for one in folders if len(one.parts) > 1} == {
        path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
