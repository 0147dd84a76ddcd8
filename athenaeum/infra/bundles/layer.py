"""The dependency layer's bundle: locked wheels for the function's platform, trimmed, compiled, checked and zipped.

No Docker: uv unpacks the wheels of any platform on any host. The bundle is made once per lock file, recipe and
platform; everything it depends on is in its key.
"""

import hashlib
import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from athenaeum import sealed
from athenaeum.errors import BundleError, MissingExtraError
from athenaeum.infra.bundles import archive, check, recipe
from athenaeum.infra.bundles.bundle import Bundle, load_bundle, zip_in
from athenaeum.infra.bundles.bytecode import compile_sources
from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.infra.bundles.elf import is_native_name, without_needed, without_symbols
from athenaeum.infra.bundles.imports import modules_of
from athenaeum.infra.bundles.interpreters import find_python
from athenaeum.infra.bundles.shipped import layer_requirements
from athenaeum.infra.context import Platform
from athenaeum.records import Progress, no_progress

LAYER_PREFIX = "/opt/python"
"""Where the packages are in the running function; also their folder in the zip."""
_RECIPE = ("recipe.py", "compile_tree.py", "layer.py", "archive.py", "check.py", "elf.py", "imports.py")
"""Modules whose text decides what the bundle holds."""


def bundle_layer(
    platform: Platform,
    *,
    requirements: Path | None = None,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> Bundle:
    """The layer's bundle for `platform`, from the cache when nothing that decides it has changed.

    `requirements` is a hash-locked file in place of the package's own. `BundleError` when it is not locked, when a
    package has no wheel for the platform, or when a file of the bundle cannot run there.
    """
    locked = requirements or layer_requirements()
    text = _read_locked(locked)
    compiled = find_python(platform.python) is not None
    digest = _digest(text, platform, compiled=compiled)

    def fill(folder: Path) -> None:
        progress(f"bundling the dependency layer for {platform.architecture}, Python {platform.python}", 0, 0)
        _fill(folder, text=text, platform=platform, digest=digest, progress=progress)

    return load_bundle(cached_folder("bundles", f"layer-{digest}", fill, cache=cache))


def _read_locked(path: Path) -> bytes:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"The layer's requirements {path} cannot be read: {error.strerror}.",
            remedy="Name a requirements file that exists, or leave it out to use the package's own.",
        ) from error
    lines = text.decode("utf-8", "replace").splitlines()
    wanted = [line for line in lines if line.strip() and not line.lstrip().startswith(("#", "--hash", "\\"))]
    if not wanted or b"--hash=sha256:" not in text:
        raise BundleError(
            f"The layer's requirements {path.name} are not locked with hashes.",
            remedy=f"Lock them: uv pip compile --universal --generate-hashes {path.name} -o {path.stem}.lock.txt",
        )
    return text


def _digest(requirements: bytes, platform: Platform, *, compiled: bool) -> str:
    state = hashlib.sha256(requirements)
    for name in _RECIPE:
        state.update(Path(__file__).with_name(name).read_bytes())
    state.update(f"{platform.architecture} {platform.python} {compiled}".encode())
    return state.hexdigest()[:32]


def _fill(folder: Path, *, text: bytes, platform: Platform, digest: str, progress: Progress) -> None:
    packages, work = folder / "packages", folder / "work"
    locked = folder / "requirements.txt"
    locked.write_bytes(text)
    install_wheels(locked, into=packages, platform=platform)
    described = modules_of(packages, suffixes=(".pyi",))
    _prune(packages)
    check.check_native(packages, platform=platform)
    modules = set(modules_of(packages))
    modules |= {name for name in described if name.rpartition(".")[0] in modules}
    check.check_packages(packages, modules=modules)
    _set_late_apart(packages, work / "late")
    compiled = False
    for tree, prefix in ((packages, LAYER_PREFIX), (work / "late", f"{LAYER_PREFIX}/{recipe.LATE_ZIP}")):
        compiled = compile_sources(tree, minor=platform.python, prefix=prefix, keep_sources=False)
    archive.write_zip(packages / recipe.LATE_ZIP, archive.files_of(work / "late"))
    progress("zipping the dependency layer", 0, 0)
    files = {f"python/{name}": path for name, path in archive.files_of(packages).items()}
    unzipped = archive.write_zip(zip_in(folder), files, executable=[name for name in files if ".so" in name])
    bundle = Bundle(
        path=zip_in(folder),
        digest=digest,
        architecture=platform.architecture,
        python=platform.python,
        unzipped=unzipped,
        zipped=zip_in(folder).stat().st_size,
        bytecode=compiled,
        parts=_parts(files),
        modules=tuple(sorted(modules)),
    )
    bundle.save(folder)
    shutil.rmtree(packages)
    shutil.rmtree(work)


def install_wheels(locked: Path, *, into: Path, platform: Platform) -> None:
    """Unpack the wheels that `locked` names for `platform` into a folder; sources are never built."""
    wanted = ("--python-platform", platform.wheel_platform, "--python-version", platform.python)
    unpack = ("--target", into, "--python", sys.executable, "--no-deps", "--no-compile", "--require-hashes")
    done = sealed.run(sealed.uv_install(_uv(), *unpack, *wanted, "-r", locked))
    if done.returncode:
        reason = " ".join(line.strip(" ×╰─▶|│") for line in done.stderr.splitlines() if line.strip())
        raise BundleError(
            f"The packages of the dependency layer could not be installed for {platform.architecture}: {reason[:600]}",
            remedy="Check that the package index can be reached and that every package has a wheel for the platform.",
        )


def _uv() -> str:
    try:
        import uv
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "Bundling needs uv, which is not installed.",
            remedy='Install it with: pip install "athenaeum-deploy[deploy]"',
        ) from error
    return str(uv.find_uv_bin())


def _prune(packages: Path) -> None:
    for name, path in archive.files_of(packages).items():
        if not recipe.keeps(name):
            path.unlink()
        elif is_native_name(name):
            data = without_symbols(path.read_bytes())
            path.write_bytes(without_needed(data, recipe.UNCALLED[name]) if name in recipe.UNCALLED else data)
    _drop_empty(packages)


def _set_late_apart(packages: Path, late: Path) -> None:
    late.mkdir(parents=True)
    for name, path in archive.files_of(packages).items():
        if recipe.is_late(name):
            (late / name).parent.mkdir(parents=True, exist_ok=True)
            path.rename(late / name)
    _drop_empty(packages)


def _drop_empty(folder: Path) -> None:
    for at in sorted((at for at in folder.rglob("*") if at.is_dir()), reverse=True):
        if not any(at.iterdir()):
            at.rmdir()


def _parts(files: Mapping[str, Path]) -> dict[str, int]:
    """Bytes by package: a folder counts with its `.libs`, everything small is one entry."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for name, path in files.items():
        top = name.split("/")[1]
        package = "metadata" if top.endswith(".dist-info") else top.removesuffix(".libs").replace("faiss_cpu", "faiss")
        sizes[package] += path.stat().st_size
    large = {name: size for name, size in sizes.items() if size >= 2_000_000}
    small = sum(sizes.values()) - sum(large.values())
    return {**dict(sorted(large.items(), key=lambda item: -item[1])), "everything else": small}
