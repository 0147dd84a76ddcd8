"""The function's own bundle: small, complete, and the same for the same code."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from athenaeum.errors import BundleError, SizeError
from athenaeum.infra.bundles.bundle import Bundle
from athenaeum.infra.bundles.function import CODE_LIMIT, bundle_function, code_files
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.bundles.shipped import PACKAGE
from athenaeum.infra.context import Platform


@pytest.fixture(scope="module")
def bundle(host: Platform) -> Bundle:
    return bundle_function(host, layer_modules=bundle_layer(host).modules)


@pytest.fixture(scope="module")
def unpacked(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of our package that a test may change."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "athenaeum", ignore=shutil.ignore_patterns("__pycache__")))


def test_it_is_under_a_megabyte(bundle: Bundle) -> None:
    assert bundle.zipped < CODE_LIMIT


def test_it_holds_the_server_and_not_the_rooms_that_build_or_deploy(unpacked: Path) -> None:
    rooms = {path.name for path in (unpacked / "athenaeum").iterdir()}
    assert {"mcp_server.py", "server", "retrieval", "index", "settings.py"} <= rooms
    # Of the rooms that build as well as serve, only what the server can reach.
    assert not (unpacked / "athenaeum" / "documents" / "cut").exists()
    assert not (unpacked / "athenaeum" / "index" / "publishing" / "publish.py").exists()
    assert not rooms & {"infra", "local_aws", "deployment", "cli", "action", "ingestion", "evaluation", "template"}


def test_the_start_script_can_be_run_and_has_unix_line_ends(bundle: Bundle, unpacked: Path) -> None:
    with zipfile.ZipFile(bundle.path) as archive:
        assert archive.getinfo("run.sh").external_attr >> 16 & 0o777 == 0o755
    script = (unpacked / "run.sh").read_bytes()
    assert script.startswith(b"#!/bin/sh\n")
    assert b"\r" not in script


def test_the_start_script_is_valid_shell(unpacked: Path) -> None:
    subprocess.run(["sh", "-n", unpacked / "run.sh"], check=True)


def test_the_start_script_puts_code_layer_and_runtime_on_the_path(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "python").write_text('#!/bin/sh\necho "$PYTHONPATH"\necho "$@"\n')
    (tmp_path / "python").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "LAMBDA_TASK_ROOT": "/var/task", "AWS_LWA_PORT": "9"}
    for more, runtime in (({}, ""), ({"LAMBDA_RUNTIME_DIR": "/var/runtime"}, ":/var/runtime")):
        run = [unpacked / "run.sh"]
        done = subprocess.run(["sh", *run], env={**environment, **more}, capture_output=True, text=True, check=True)
        path, arguments = done.stdout.splitlines()
        assert path == f"/var/task:/opt/python{runtime}"
        assert "athenaeum.mcp_server:app" in arguments
        assert "--port 9" in arguments


def test_bytecode_is_never_checked_against_sources(bundle: Bundle, unpacked: Path) -> None:
    if not bundle.bytecode:
        pytest.skip("no interpreter of the runtime's version")
    tag = sys.implementation.cache_tag
    pyc = unpacked / "athenaeum" / "__pycache__" / f"mcp_server.{tag}.pyc"
    # Flags of PEP 552: bit 0 hash-based, bit 1 check the source.
    assert int.from_bytes(pyc.read_bytes()[4:8], "little") == 1


def test_tracebacks_name_the_place_in_the_function(bundle: Bundle, unpacked: Path) -> None:
    pyc = unpacked / "athenaeum" / "__pycache__" / f"settings.{sys.implementation.cache_tag}.pyc"
    assert b"/var/task/athenaeum/settings.py" in pyc.read_bytes()


def test_the_same_code_is_the_same_asset_wherever_it_lies(package: Path, host: Platform, tmp_path: Path) -> None:
    one = bundle_function(host, package=package, cache=tmp_path / "one")
    two = bundle_function(host, package=PACKAGE, cache=tmp_path / "two")
    assert one.digest == two.digest


def test_changed_code_is_another_asset(package: Path, host: Platform, tmp_path: Path) -> None:
    before = bundle_function(host, package=package, cache=tmp_path / "cache")
    (package / "server" / "__init__.py").write_text('"""Changed."""\n')
    after = bundle_function(host, package=package, cache=tmp_path / "cache")
    assert before.digest != after.digest


def test_changes_outside_the_function_are_no_other_asset(package: Path, host: Platform, tmp_path: Path) -> None:
    before = bundle_function(host, package=package, cache=tmp_path / "cache")
    (package / "cli" / "main.py").write_text("changed = 1\n")
    (package / "server" / "__pycache__").mkdir()
    (package / "server" / "__pycache__" / "x.cpython-313.pyc").write_bytes(b"")
    assert bundle_function(host, package=package, cache=tmp_path / "cache").digest == before.digest


@pytest.mark.parametrize("line", ["import llama_index", "from athenaeum.infra.bundles import sizes", "import torch"])
def test_code_that_needs_what_is_not_deployed_is_refused(
    package: Path, host: Platform, tmp_path: Path, line: str
) -> None:
    entry = package / "mcp_server.py"
    entry.write_text(entry.read_text() + f"\n\ndef late():\n    {line}\n")
    modules = bundle_layer(host).modules
    with pytest.raises(BundleError, match=r"athenaeum\.mcp_server needs"):
        bundle_function(host, package=package, layer_modules=modules, cache=tmp_path / "cache")


def test_large_files_in_the_package_are_refused(package: Path, host: Platform, tmp_path: Path) -> None:
    (package / "server" / "big.bin").write_bytes(__import__("os").urandom(2_000_000))
    with pytest.raises(SizeError, match="over its limit"):
        bundle_function(host, package=package, cache=tmp_path / "cache")


def test_data_files_of_the_server_come_along() -> None:
    shipped = code_files()
    expected = {
        f"athenaeum/{path.relative_to(PACKAGE).as_posix()}"
        for path in (PACKAGE / "server").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert expected <= set(shipped)


def test_the_server_imports_from_the_two_bundles_alone(host: Platform, unpacked: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle_layer(host).path) as archive:
        archive.extractall(tmp_path)
    # boto3 is the runtime's; nothing may need it to start.
    code = (
        "import sys\n"
        f"sys.path[:0] = [{str(unpacked)!r}, {str(tmp_path / 'python')!r}]\n"
        "import athenaeum.mcp_server, athenaeum.retrieval.searcher, uvicorn\n"
        "print(athenaeum.mcp_server.__file__)\n"
        "assert 'boto3' not in sys.modules\n"
        "from athenaeum.settings import reach_late_packages\n"
        f"reach_late_packages({{'ATHENAEUM_LATE_PACKAGES': {str(tmp_path / 'python' / 'late.zip')!r}}})\n"
        "import openai\n"
    )
    environment = {"ATHENAEUM_INDEX_DIR": str(tmp_path / "index"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert str(unpacked) in done.stdout
