"""What enters the layer, by name."""

import pytest

from athenaeum.infra.bundles.recipe import is_late, keeps


@pytest.mark.parametrize(
    "name",
    [
        "numpy/__init__.py",
        "numpy/_core/_multiarray_umath.cpython-313-x86_64-linux-gnu.so",
        "numpy/testing/__init__.py",
        "numpy.libs/libscipy_openblas64_-4b78795a.so",
        "onnxruntime/capi/onnxruntime_pybind11_state.cpython-313-aarch64-linux-gnu.so",
        "mcp-2.3.0.dist-info/METADATA",
        "mcp-2.3.0.dist-info/licenses/LICENSE",
        "faiss_cpu-1.15.1.dist-info/LICENSE.txt",
        "certifi/cacert.pem",
        "jsonschema_specifications/schemas/draft7/metaschema.json",
        "yaml/__init__.py",
    ],
)
def test_what_the_server_runs_on_is_kept(name: str) -> None:
    assert keeps(name)


@pytest.mark.parametrize(
    "name",
    [
        "boto3/__init__.py",
        "botocore/data/s3/service.json",
        "hf_xet/hf_xet.abi3.so",
        "huggingface_hub/hf_api.py",
        "sympy/core/add.py",
        "onnxruntime/capi/libonnxruntime.so.1.32.0",
        "onnxruntime/transformers/optimizer.py",
        "numpy/_core/tests/test_umath.py",
        "numpy/_core/_umath_tests.cpython-313-x86_64-linux-gnu.so",
        "numpy/_core/include/numpy/arrayobject.h",
        "faiss/__init__.pyi",
        "yaml/_yaml.cpython-313-x86_64-linux-gnu.so",
        "uvicorn-0.54.0.dist-info/RECORD",
        "bin/uvicorn",
    ],
)
def test_what_it_never_reads_is_left_out(name: str) -> None:
    assert not keeps(name)


def test_only_whole_names_are_left_out() -> None:
    assert keeps("onnxruntime/toolset.py")
    assert keeps("binary/x.py")
    assert keeps("contest/x.py")


def test_late_packages_are_told_by_their_folder() -> None:
    assert is_late("openai/_client.py")
    assert not is_late("openai_x/_client.py")
    assert not is_late("numpy/openai.py")
