"""Compile a folder of sources, run by the interpreter of the function's own Python minor.

    pythonX.Y -I -S compile_tree.py FOLDER PREFIX beside|instead

Standard library only and self-contained: the interpreter that runs it may be one that Athenaeum is not installed in.
`PREFIX` is where the folder will be when deployed, for tracebacks. `beside` writes unchecked-hash pycs into
`__pycache__` (the deployed folder is read-only: looking for newer sources is time lost), `instead` replaces each
source by a pyc of its name. Sources of another language level that do not compile stay as they are.
"""

import importlib._bootstrap_external as external
import importlib.util
import sys
from pathlib import Path


def compile_folder(folder: str, prefix: str, mode: str) -> int:
    """Compile every source below `folder`; the number of pycs written."""
    written = 0
    for source in sorted(Path(folder).rglob("*.py")):
        data = source.read_bytes()
        name = source.relative_to(folder).as_posix()
        try:
            code = compile(data, f"{prefix}/{name}", "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError):
            continue
        pyc = external._code_to_hash_pyc(code, importlib.util.source_hash(data), False)  # type: ignore[attr-defined]
        target = source.with_suffix(".pyc")
        if mode == "beside":
            target = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
            target.parent.mkdir(exist_ok=True)
        target.write_bytes(pyc)
        if mode == "instead":
            source.unlink()
        written += 1
    return written


if __name__ == "__main__":
    compile_folder(*sys.argv[1:4])
