"""Native libraries are told apart by processor, and lose only what no process reads."""

import ctypes
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.infra.bundles.elf import is_native_name, machine_of, without_needed, without_symbols


def a_real_library() -> Path:
    return next(
        Path(folder, name)
        for folder in (sysconfig.get_path("platstdlib"), *sys.path)
        for name in ("lib-dynload/_json" + str(sysconfig.get_config_var("EXT_SUFFIX")),)
        if Path(folder, name).is_file()
    )


@pytest.mark.parametrize(
    ("head", "machine"),
    [
        (b"\x7fELF\x02\x01" + bytes(12) + b"\x3e\x00", "x86_64"),
        (b"\x7fELF\x02\x01" + bytes(12) + b"\xb7\x00", "arm64"),
        (b"\x7fELF\x02\x01" + bytes(12) + b"\xf3\x00", "ELF machine 0xf3"),
        (b"\x7fELF\x02\x01", "a cut-off ELF file"),
        (b"\xcf\xfa\xed\xfe" + bytes(20), "macOS"),
        (b"MZ" + bytes(20), "Windows"),
        (b"import os\n", ""),
        (b"", ""),
    ],
)
def test_the_processor_of_a_file_is_read_from_its_first_bytes(tmp_path: Path, head: bytes, machine: str) -> None:
    path = tmp_path / "library"
    path.write_bytes(head)
    assert machine_of(path) == machine


@pytest.mark.parametrize("name", ["a/b.so", "libx.so.1.2", "a.abi3.so", "x.pyd", "libc.dylib"])
def test_names_of_native_libraries_are_known(name: str) -> None:
    assert is_native_name(name)


@pytest.mark.parametrize("name", ["a.so/readme.txt", "also.py", "x.sofa"])
def test_other_names_are_not(name: str) -> None:
    assert not is_native_name(name)


@pytest.mark.skipif(sys.platform != "linux", reason="ELF is what Linux loads")
def test_a_library_without_its_symbols_still_loads_and_works(tmp_path: Path) -> None:
    source = a_real_library()
    lean = without_symbols(source.read_bytes())
    assert len(lean) <= source.stat().st_size
    (tmp_path / source.name).write_bytes(lean)
    ctypes.CDLL(str(tmp_path / source.name), mode=ctypes.RTLD_LOCAL | 1)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import _json; print(_json.__file__, _json.scanstring)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert str(tmp_path) in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="ELF is what Linux loads")
def test_a_library_no_longer_asks_for_what_was_taken_from_it(tmp_path: Path) -> None:
    source = Path(numpy.__file__).parent / "_core" / f"_multiarray_umath{sysconfig.get_config_var('EXT_SUFFIX')}"
    data = source.read_bytes()
    assert without_needed(data, "libnobody") == data
    lean = without_needed(data, "libscipy_openblas")
    assert len(lean) == len(data)
    # The loader itself says which library it misses; alone in a folder, this one misses the one beside numpy.
    assert "libscipy_openblas" in refusal(data, tmp_path / "whole.so")
    assert "libscipy_openblas" not in refusal(lean, tmp_path / "lean.so")


def refusal(data: bytes, path: Path) -> str:
    """What a new process says when it loads the library, calls bound late; "" when it loads."""
    path.write_bytes(data)
    code = f"import ctypes, os; ctypes.CDLL({str(path)!r}, mode=os.RTLD_LAZY)"
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False).stderr


@given(st.binary(max_size=200))
def test_anything_else_comes_back_unchanged(data: bytes) -> None:
    assert without_symbols(data) == data
    assert without_needed(data, "") == data


@given(st.binary(max_size=200))
def test_a_broken_library_is_no_crash(data: bytes) -> None:
    try:
        without_symbols(b"\x7fELF\x02\x01" + data)
        without_needed(b"\x7fELF\x02\x01" + data, "lib")
    except Exception as error:
        pytest.fail(repr(error))
