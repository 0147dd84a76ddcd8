"""The two programs of the embedded AWS that are not Python packages of ours: where they are, how they are installed.

`python -m athenaeum.local_aws.runtime.tools install` fetches both into the cache folder, which takes minutes once (the
adapter is compiled). Without them the embedded AWS still serves, from the host environment.

- `aws-lambda-rie`, AWS's Lambda Runtime Interface Emulator, comes inside the wheel of aws-sam-cli. That package's
  requirements conflict with ours, so only the binary is taken from its wheel; both are pinned by hash.
- `lambda-adapter`, AWS Lambda Web Adapter, is built by cargo from its crate, which is pinned by hash; the crate's own
  lock file pins all it is built with.
"""

import hashlib
import os
import platform
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from athenaeum import sealed
from athenaeum.errors import MissingToolError
from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.records import Progress, no_progress
from athenaeum.settings import cache_dir

EMULATOR = "aws-lambda-rie"
ADAPTER = "lambda-adapter"

SAM_VERSION = "1.170.0"
SAM_WHEEL_SHA256 = "24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf"
EMULATOR_SHA256 = {
    "x86_64": "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5",
    "arm64": "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21",
}
ADAPTER_CRATE = "lambda_web_adapter"
ADAPTER_VERSION = "1.0.0-rc1"
"""0.9.1, the last final release, ignores the healthy-status setting."""
ADAPTER_SHA256 = "c8e1452df90403ccd806450da170a543965187a7edb93558115e6d60cc26eb80"
"""Of the crate's file, as the registry publishes it."""

OVERRIDES = {EMULATOR: "ATHENAEUM_LAMBDA_RIE", ADAPTER: "ATHENAEUM_LAMBDA_ADAPTER"}
"""Program → the environment variable that names its file."""


def architecture() -> str:
    """This machine's processor in AWS's spelling: `arm64` or `x86_64`, else the system's own word for it."""
    machine = platform.machine().lower()
    return {"aarch64": "arm64", "arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}.get(machine, machine)


def find(name: str, *, cache: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The program `name`: what its variable names, else the cache folder's, else one on the search path; or None."""
    if named := environ.get(OVERRIDES[name]):
        if os.access(named, os.X_OK):
            return Path(named)
        raise MissingToolError(
            f"{OVERRIDES[name]} names {named}, which is not a program.", remedy="Correct it, or leave it out."
        )
    here = _tools(cache) / _version(name) / name
    if os.access(here, os.X_OK):
        return here
    found = shutil.which(name, path=environ.get("PATH"))
    return Path(found) if found else None


def install_emulator(*, cache: Path | None = None, progress: Progress = no_progress) -> Path:
    """Install the runtime emulator on first use; its path. `MissingToolError` when it cannot be had."""
    if architecture() not in EMULATOR_SHA256 or sys.platform != "linux":
        raise MissingToolError(
            "The Lambda runtime emulator exists for Linux on arm64 and x86-64 only.",
            remedy="Nothing is needed: the embedded AWS then serves from the host environment.",
        )

    def fill(folder: Path) -> None:
        progress(f"fetching the Lambda runtime emulator (aws-sam-cli {SAM_VERSION})", 0, 0)
        _take_emulator(folder)

    return cached_folder("tools", _version(EMULATOR), fill, cache=cache) / EMULATOR


def install_adapter(*, cache: Path | None = None, progress: Progress = no_progress) -> Path:
    """Build Lambda Web Adapter on first use; its path. `MissingToolError` without cargo or when it does not build."""
    cargo = shutil.which("cargo")
    if cargo is None:
        raise MissingToolError(
            "Lambda Web Adapter cannot be built: cargo is not installed.",
            remedy="Install Rust (package `cargo`, or rustup); until then the embedded AWS serves from the host.",
        )

    def fill(folder: Path) -> None:
        progress(f"building Lambda Web Adapter {ADAPTER_VERSION} with cargo (about 3 minutes, once)", 0, 0)
        with tempfile.TemporaryDirectory() as scratch:
            build_crate(cargo, ADAPTER_CRATE, ADAPTER_VERSION, sha256=ADAPTER_SHA256, work=Path(scratch))
            shutil.copy2(Path(scratch) / "bin" / ADAPTER, folder / ADAPTER)

    return cached_folder("tools", _version(ADAPTER), fill, cache=cache) / ADAPTER


def build_crate(cargo: str, name: str, version: str, *, sha256: str, work: Path) -> None:
    """Build the programs of a crate into `work`/bin; `MissingToolError` when it is not the file it should be.

    cargo holds a crate to what its registry says now. Here the file itself is pinned, before anything of it is run, and
    with it the lock file inside, which names the hash of every other crate. cargo is given a home of its own, so that
    neither its settings nor sources that were unpacked before take part.
    """
    for parent in work.resolve().parents:
        # cargo looks for settings in every folder above, and has no option against it.
        if any((parent / ".cargo" / file).exists() for file in ("config", "config.toml")):
            raise MissingToolError(
                f"The folder for temporary files lies below {parent}, whose .cargo would decide how {name} is built.",
                remedy="Set TMPDIR to another folder, or leave it out.",
            )
    home, crate = {"CARGO_HOME": str(work / "cargo")}, work / "crate"
    (crate / "src").mkdir(parents=True)
    (crate / "src" / "lib.rs").touch()
    wanted = f'[package]\nname = "wanted"\nversion = "0.0.0"\n[dependencies]\n{name} = "={version}"\n'
    (crate / "Cargo.toml").write_text(wanted)
    _cargo([cargo, "fetch", "--quiet"], folder=crate, extra=home)
    files = list((work / "cargo" / "registry" / "cache").glob(f"*/{name}-{version}.crate"))
    if len(files) != 1 or hashlib.sha256(files[0].read_bytes()).hexdigest() != sha256:
        raise MissingToolError(
            f"The crate {name} {version} is not the file it should be; nothing of it was built.",
            remedy="Check which registry cargo fetches from, then run it again.",
        )
    with tarfile.open(files[0]) as archive:
        archive.extractall(work / "source", filter="data")
    source = work / "source" / f"{name}-{version}"
    build = ("install", "--path", source, "--locked", "--quiet", "--root", work, "--target-dir", work / "target")
    _cargo([cargo, *build], folder=source, extra=home)


def _cargo(command: Sequence[str | Path], *, folder: Path, extra: Mapping[str, str]) -> None:
    done = sealed.run(command, folder=folder, extra=extra)
    if done.returncode:
        raise MissingToolError(
            f"Lambda Web Adapter could not be built: {_last_line(done.stderr)}",
            remedy="Check that crates can be fetched and a C linker is installed, then run it again.",
        )


def main(argv: list[str]) -> int:
    """`install`: fetch what is missing, one line each; always 0, as everything works without them, only less truly."""
    if argv != ["install"]:
        print("usage: python -m athenaeum.local_aws.runtime.tools install", file=sys.stderr)  # noqa: T201 - a program's usage
        return 2

    def say(phase: str, _done: int, _total: int) -> None:
        print(phase, flush=True)  # noqa: T201 - this is the program's output

    for name, install in ((EMULATOR, install_emulator), (ADAPTER, install_adapter)):
        if find(name) is None:
            try:
                install(progress=say)
            except MissingToolError as error:
                print(f"{error.message} {error.remedy}", flush=True)  # noqa: T201
    return 0


def _tools(cache: Path | None) -> Path:
    return (cache or cache_dir()) / "tools"


def _version(name: str) -> str:
    # What was built from a crate that nobody had looked at is not used any more.
    version = SAM_VERSION if name == EMULATOR else f"{ADAPTER_VERSION}-{ADAPTER_SHA256[:12]}"
    return f"{name}-{version}-{architecture()}"


def _take_emulator(folder: Path) -> None:
    """Download the wheel, check it, and keep the one binary."""
    with tempfile.TemporaryDirectory() as scratch:
        pin = Path(scratch) / "pin.txt"
        pin.write_text(f"aws-sam-cli=={SAM_VERSION} --hash=sha256:{SAM_WHEEL_SHA256}\n")
        words = ("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes")
        done = sealed.run(sealed.python(sys.executable, "-m", "pip", *words, "--dest", scratch, "--requirement", pin))
        wheel = next(Path(scratch).glob("*.whl"), None)
        if done.returncode or wheel is None:
            raise MissingToolError(
                f"The Lambda runtime emulator could not be fetched: {_last_line(done.stderr)}",
                remedy="Check that the Python package index can be reached, then run it again.",
            )
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(f"samcli/local/rapid/{EMULATOR}-{architecture()}")
    if hashlib.sha256(data).hexdigest() != EMULATOR_SHA256[architecture()]:
        raise MissingToolError(
            "The Lambda runtime emulator is not the file it should be.",
            remedy="Remove the package cache and try again.",
        )
    (folder / EMULATOR).write_bytes(data)
    (folder / EMULATOR).chmod(0o755)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason was given.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
