"""What of the installed packages goes into the dependency layer. Pure rules, each with its reason.

AWS takes 262,144,000 bytes for everything a function has; the wheels alone are 273 MB (arm64) and 328 MB (x86-64).
"""

import re
from pathlib import PurePosixPath

PROVIDED = ("boto3", "botocore", "s3transfer", "jmespath")
"""Packages that Lambda's runtime brings along (under LAMBDA_RUNTIME_DIR): they never enter a layer."""
LATE = ("openai",)
"""Pure-Python packages that are imported late or never: they go into one zip, where they count compressed."""
LATE_ZIP = "late.zip"

UNCALLED = {"faiss/libfaiss.so": "libopenblas"}
"""Library → what it asks for and never calls here: the index of a release is searched without BLAS.

`index/format/vectors.py` loads faiss so that it is not missed; 12 MB of the zip on x86-64.
"""

_UNUSED_PACKAGES = (
    *PROVIDED,
    "hf_xet",  # downloads from the model hub; the function never does
    "huggingface_hub",
    "fsspec",  # needed by the hub's client alone
    "filelock",
    "flatbuffers",  # onnxruntime's offline tools, like the next ones
    "google",
    "sympy",
    "mpmath",
    "pygments",  # colours of a terminal
    "rich",
    "pip",
    "setuptools",
    "bin",
    ".lock",
)
_UNUSED_FOLDERS = (
    "onnxruntime/backend",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "faiss/contrib",
    "numpy/f2py",
    "numpy/random",  # imported on demand, and never by what serves
    "numpy/polynomial",
    "numpy/_pyinstaller",
    "numpy/distutils",
    "openai/cli",
    "pydantic/v1",  # FastAPI imports it, where it is there, only to refuse its models: 0.06 s of a cold start
    "uvicorn/supervisors/watchfilesreload",
    "yaml/_yaml",  # an accelerator of megabytes; the server parses no YAML worth the name
)
_TESTS = re.compile(r"(^|/)(tests?|testing/data)/|(^|/)conftest\.py$|/_[a-z_]*(_tests|simd)\.[^/]*\.so$")
_SUFFIXES = (".pyi", ".pyx", ".pxd", ".h", ".hpp", ".c", ".cpp", ".a", ".lib", ".pyc", ".md", ".rst", ".map")
# What `UNCALLED` leaves without a caller: OpenBLAS, and the Fortran runtime that it alone asks for.
_NO_CALLER = re.compile(r"^faiss_cpu\.libs/lib(openblas|gfortran|quadmath)")
# libonnxruntime.so is for C programs: the Python module is linked with a second copy of the same code.
_SECOND_COPY = re.compile(r"^onnxruntime/capi/libonnxruntime\.so")


def keeps(name: str) -> bool:
    """Whether the file `name` (POSIX, relative to the folder of packages) goes into the layer."""
    parts = PurePosixPath(name).parts
    if parts[0].endswith(".dist-info"):
        # importlib.metadata needs these two; licences ship with what they license.
        return parts[1] in ("METADATA", "entry_points.txt", "licenses") or parts[1].upper().startswith("LICENSE")
    return not (
        parts[0] in _UNUSED_PACKAGES
        or any(name.startswith((f"{folder}/", f"{folder}.")) for folder in _UNUSED_FOLDERS)
        or _TESTS.search(name)
        or _SECOND_COPY.match(name)
        or _NO_CALLER.match(name)
        or name.endswith(_SUFFIXES)
    )


def is_late(name: str) -> bool:
    """Whether a kept file goes into the zip of late packages."""
    return PurePosixPath(name).parts[0] in LATE
