"""The function's own bundle: our package's serving rooms, the script that starts them, and the gateway's authorizer.

Small (under 1 MB), so that `cdk deploy --hotswap` brings new code into a running function in seconds. It keeps the
sources beside their bytecode: a traceback in the logs then shows the line.
"""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from athenaeum.errors import BundleError, SizeError
from athenaeum.infra.bundles import archive, check
from athenaeum.infra.bundles.bundle import Bundle, load_bundle, zip_in
from athenaeum.infra.bundles.bytecode import compile_sources
from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.infra.bundles.imports import modules_of, reachable_modules
from athenaeum.infra.bundles.interpreters import find_python
from athenaeum.infra.bundles.shipped import PACKAGE, run_script
from athenaeum.infra.context import Platform
from athenaeum.records import Progress, no_progress

CODE_PREFIX = "/var/task"
RUN_SCRIPT = "run.sh"
ENTRY = "athenaeum.mcp_server"
AUTHORIZER = "oauth_authorizer.py"
"""Entry of the second function that runs from this bundle; at the root of the zip, where its handler is looked for."""
CODE_LIMIT = 1_000_000
"""Bytes, zipped."""
# Rooms that build as well as serve: of these only the modules that the server can reach.
_IN_PART = ("documents", "embeddings", "index", "representation")
# Rooms that build, deploy or are typed; the import check fails when the server comes to need one of them.
_LEFT_OUT = (
    "action",
    "cli",
    "deployment",
    "evaluation",
    "infra",
    "ingestion",
    "local_aws",
    "template",
    "__main__.py",
    "sealed.py",
    AUTHORIZER,
)


def code_files(package: Path = PACKAGE) -> dict[str, Path]:
    """The files of our package that the function runs, by their name in the zip."""
    reached = reachable_modules(ENTRY, root=package.parent)
    return {
        f"athenaeum/{name}": path
        for name, path in archive.files_of(package).items()
        if "__pycache__" not in path.parts and path.suffix != ".pyc" and _belongs(name, reached)
    }


def _belongs(name: str, reached: frozenset[str]) -> bool:
    room = name.split("/", maxsplit=1)[0]
    if room in _LEFT_OUT:
        return False
    module = f"athenaeum/{name}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return room not in _IN_PART or not name.endswith(".py") or module in reached


def bundle_function(
    platform: Platform,
    *,
    layer_modules: Iterable[str] | None = None,
    package: Path = PACKAGE,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> Bundle:
    """The function's bundle, from the cache when the code has not changed.

    `layer_modules` are what the dependency layer holds; every import of the code must be answered there or in the code
    (None: the layer is not known, nothing is checked). `BundleError` names what is missing.
    """
    files: dict[str, Path | bytes] = {**code_files(package), RUN_SCRIPT: run_script(), AUTHORIZER: package / AUTHORIZER}
    for needed in (f"{ENTRY.replace('.', '/')}.py", AUTHORIZER):
        if needed not in files or not (package / Path(needed).name).is_file():
            raise BundleError(
                f"The package has no server to deploy: {needed} is missing.", remedy="Install athenaeum-deploy again."
            )
    modules = None if layer_modules is None else tuple(layer_modules)
    compiled = find_python(platform.python) is not None
    digest = _digest(files, platform, compiled=compiled)
    # Another layer means another check of the same code, and no other asset.
    checked_with = hashlib.sha256(repr(modules).encode()).hexdigest()[:8]

    def fill(folder: Path) -> None:
        progress("bundling the function's code", 0, 0)
        _fill(folder, files=files, platform=platform, modules=modules, digest=digest)

    return load_bundle(cached_folder("bundles", f"function-{digest}-{checked_with}", fill, cache=cache))


def _digest(files: dict[str, Path | bytes], platform: Platform, *, compiled: bool) -> str:
    state = hashlib.sha256(f"{platform.python} {compiled}".encode())
    for script in ("function.py", "compile_tree.py", "archive.py", "check.py", "imports.py"):
        state.update(Path(__file__).with_name(script).read_bytes())
    for name in sorted(files):
        source = files[name]
        data = source if isinstance(source, bytes) else source.read_bytes()
        state.update(f"{name}\0".encode() + hashlib.sha256(data).digest())
    return state.hexdigest()[:32]


def _fill(
    folder: Path, *, files: dict[str, Path | bytes], platform: Platform, modules: tuple[str, ...] | None, digest: str
) -> None:
    tree = folder / "tree"
    for name, source in files.items():
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
    if modules is not None:
        check.check_code(tree, start=[ENTRY, AUTHORIZER.removesuffix(".py")], layer_modules=modules)
    compiled = compile_sources(tree, minor=platform.python, prefix=CODE_PREFIX, keep_sources=True)
    unzipped = archive.write_zip(zip_in(folder), archive.files_of(tree), executable=[RUN_SCRIPT])
    zipped = zip_in(folder).stat().st_size
    if zipped > CODE_LIMIT:
        raise SizeError(
            f"The function's code is {zipped:,} bytes zipped, over its limit of {CODE_LIMIT:,}.",
            remedy="Leave large files out of the package; data belongs into the index or a layer.",
        )
    bundle = Bundle(
        path=zip_in(folder),
        digest=digest,
        # Nothing in it is native: one bundle serves both architectures.
        architecture="",
        python=platform.python,
        unzipped=unzipped,
        zipped=zipped,
        bytecode=compiled,
        parts={"athenaeum": unzipped},
        modules=modules_of(tree),
    )
    bundle.save(folder)
    shutil.rmtree(tree)
