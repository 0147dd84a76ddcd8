"""The dependency layer as deployed, looked at file by file, for both architectures."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from athenaeum.errors import BundleError
from athenaeum.infra.bundles import sizes
from athenaeum.infra.bundles.bundle import Bundle
from athenaeum.infra.bundles.check import PACKAGES_USED, check_native
from athenaeum.infra.bundles.elf import is_native_name, machine_of
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.bundles.shipped import layer_requirements
from athenaeum.infra.context import Platform


@pytest.fixture(scope="module")
def unpacked(layer: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(layer.architecture)
    with zipfile.ZipFile(layer.path) as archive:
        archive.extractall(folder)
    return folder / "python"


def natives(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and is_native_name(path.as_posix()))


def test_every_native_file_is_for_the_architecture(layer: Bundle, unpacked: Path) -> None:
    machines = {path.relative_to(unpacked).as_posix(): machine_of(path) for path in natives(unpacked)}
    assert len(machines) > 15
    assert set(machines.values()) == {layer.architecture}


def test_no_other_file_is_native(unpacked: Path) -> None:
    others = [path for path in unpacked.rglob("*") if path.is_file() and not is_native_name(path.as_posix())]
    assert [path for path in others if machine_of(path)] == []


def test_extension_modules_are_for_the_runtimes_python(layer: Bundle, unpacked: Path) -> None:
    tags = {match[1] for path in natives(unpacked) if (match := re.search(r"\.cpython-(\d+)", path.name))}
    assert tags == {layer.python.replace(".", "")}


def test_the_layer_holds_bytecode_in_place_of_sources(layer: Bundle, unpacked: Path) -> None:
    if not layer.bytecode:
        pytest.skip(f"no Python {layer.python} on this machine")
    assert len(list(unpacked.rglob("*.pyc"))) > 1000
    # What is left are templates that are no Python, if any.
    assert len(list(unpacked.rglob("*.py"))) == 0


def test_what_is_not_needed_is_not_there(unpacked: Path) -> None:
    names = {path.name for path in unpacked.iterdir()}
    assert not names & {"boto3", "botocore", "hf_xet", "sympy", "torch", "transformers", "llama_index", "tests", "bin"}
    assert not list(unpacked.glob("onnxruntime/capi/libonnxruntime.so*"))
    assert list(unpacked.rglob("*.pyi")) == []


def test_metadata_and_licences_stay(unpacked: Path) -> None:
    assert list(unpacked.glob("mcp-*.dist-info/METADATA"))
    with_licence = {path.relative_to(unpacked).parts[0] for path in unpacked.glob("*.dist-info/**/*LICEN*")}
    assert len(with_licence) > 20


def test_the_late_package_is_in_a_zip_and_nowhere_else(unpacked: Path) -> None:
    assert not (unpacked / "openai").exists()
    with zipfile.ZipFile(unpacked / "late.zip") as archive:
        assert any(name.startswith("openai/__init__.py") for name in archive.namelist())


def test_the_card_tells_the_sizes(layer: Bundle) -> None:
    with zipfile.ZipFile(layer.path) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) == layer.unzipped == sum(layer.parts.values())
    assert layer.path.stat().st_size == layer.zipped


def test_the_layer_leaves_room_for_encoder_adapter_and_code(layer: Bundle) -> None:
    budget = {"arm64": 230, "x86_64": 248}[layer.architecture] * 1024 * 1024
    encoder, code = 24_000_000, 2_000_000
    assert layer.unzipped + sizes.ADAPTER + encoder + code <= budget


def test_a_second_bundling_runs_nothing(layer: Bundle) -> None:
    said: list[str] = []
    again = bundle_layer(
        Platform(layer.architecture, layer.python), progress=lambda phase, _done, _total: said.append(phase)
    )
    assert said == []
    assert again == layer


def block_of(package: str) -> str:
    blocks = re.findall(rf"^{package}==.*\n(?: .*\n)+", layer_requirements().read_text(), flags=re.MULTILINE)
    return "".join(blocks)


def test_a_layer_that_lacks_what_the_server_imports_is_refused(tmp_path: Path, host: Platform) -> None:
    locked = tmp_path / "only numpy.txt"
    locked.write_text(block_of("numpy"))
    with pytest.raises(BundleError, match=r"the server needs faiss") as raised:
        bundle_layer(host, requirements=locked, cache=tmp_path / "cache")
    assert raised.value.remedy
    assert not list((tmp_path / "cache").rglob("*.zip"))


@pytest.mark.parametrize("text", ["numpy\n", "numpy==2.5.5\n", "", "# nothing\n"])
def test_requirements_without_hashes_are_refused_with_the_command(tmp_path: Path, text: str) -> None:
    locked = tmp_path / "requirements.txt"
    locked.write_text(text)
    with pytest.raises(BundleError, match="not locked with hashes") as raised:
        bundle_layer(Platform(), requirements=locked, cache=tmp_path / "cache")
    assert "--generate-hashes" in raised.value.remedy


def test_a_wrong_hash_is_refused(tmp_path: Path, host: Platform) -> None:
    locked = tmp_path / "requirements.txt"
    locked.write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, block_of("sniffio|idna")))
    with pytest.raises(BundleError, match="could not be installed"):
        bundle_layer(host, requirements=locked, cache=tmp_path / "cache")


def test_missing_requirements_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        bundle_layer(Platform(), requirements=tmp_path / "nowhere.txt")


def test_a_file_for_another_processor_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(b"\x7fELF\x02\x01" + bytes(12) + b"\x3e\x00")
    check_native(tmp_path, platform=Platform("x86_64"))
    with pytest.raises(BundleError, match=r"x\.so is for x86_64"):
        check_native(tmp_path, platform=Platform("arm64"))
    (tmp_path / "x.so").write_text("no library")
    with pytest.raises(BundleError, match="no native library"):
        check_native(tmp_path, platform=Platform("arm64"))


def test_the_lock_file_names_no_host() -> None:
    text = layer_requirements().read_text()
    assert "://" not in text
    assert "--index" not in text
    every = re.findall(r"^(\S+)==", text, flags=re.MULTILINE)
    assert {"faiss-cpu", "mcp", "onnxruntime", "obstore", "tantivy"} <= set(every)


def test_the_layer_is_locked_to_what_everything_else_is_tested_with() -> None:
    tested = (layer_requirements().parent / "action.txt").read_text()
    for line in re.findall(r"^(\S+==\S+)", layer_requirements().read_text(), flags=re.MULTILINE):
        assert re.search(rf"^{re.escape(line)}[ \n]", tested, flags=re.MULTILINE), line


def test_everything_the_server_uses_imports_from_the_bundle_alone(host: Platform, tmp_path: Path) -> None:
    bundle = bundle_layer(host)
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path)
    used = [*PACKAGES_USED, "mcp.server.mcpserver", "jwt.algorithms", "obstore.store", "obstore.exceptions"]
    code = (
        "import importlib, os, sys\n"
        "sys.setdlopenflags(os.RTLD_LAZY)\n"  # as index/format/vectors.py imports faiss
        f"sys.path[:0] = [{str(tmp_path / 'python')!r}, {str(tmp_path / 'python' / 'late.zip')!r}]\n"
        f"for name in {used!r}:\n"
        "    importlib.import_module(name)\n"
        "outside = {n: m.__file__ for n, m in sys.modules.items() if getattr(m, '__file__', None)\n"
        f"           and {str(tmp_path)!r} not in m.__file__ and not m.__file__.startswith(sys.base_prefix)}}\n"
        "assert not outside, outside\n"
        "import faiss, numpy\n"
        "kind = faiss.ScalarQuantizer.QT_8bit_direct_signed\n"
        "index = faiss.IndexScalarQuantizer(8, kind, faiss.METRIC_INNER_PRODUCT)\n"
        "rows = numpy.eye(8, dtype='float32') * 100\n"
        "index.add(rows)\n"
        "assert index.search(rows[3:4], 1)[1].tolist() == [[3]]\n"
        "import importlib.metadata; print(importlib.metadata.version('mcp'))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
