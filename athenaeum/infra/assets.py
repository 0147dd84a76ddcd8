"""Bundles and platforms in the CDK's terms."""

from pathlib import Path

from aws_cdk import Annotations, AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from athenaeum.infra.bundles.archive import write_zip
from athenaeum.infra.bundles.bundle import Bundle, zip_in
from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.infra.context import Platform


def code_of(bundle: Bundle | None) -> lambda_.Code:
    """The asset of a bundle; without one, an empty asset for commands that deploy nothing.

    Its hash is that of the bundle's inputs: the CDK then neither reads nor packs megabytes to find out what changed.
    """
    if bundle is None:
        return lambda_.Code.from_asset(str(_nothing()))
    return lambda_.Code.from_asset(str(bundle.path), asset_hash=bundle.digest, asset_hash_type=AssetHashType.CUSTOM)


def runtime_of(platform: Platform) -> lambda_.Runtime:
    """Lambda's managed runtime of the platform's Python."""
    # Named by hand, for versions that this CDK has no constant of; SnapStart begins with 3.12.
    name, snap = f"python{platform.python}", platform.python != "3.11"
    return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON, supports_snap_start=snap)


def architecture_of(platform: Platform) -> lambda_.Architecture:
    """The CDK's object for the platform's processor."""
    return lambda_.Architecture.ARM_64 if platform.architecture == "arm64" else lambda_.Architecture.X86_64


def warn(construct: IConstruct, name: str, message: str) -> None:
    """A warning at synth, under an id that `Annotations.acknowledge_warning` takes."""
    Annotations.of(construct).add_warning_v2(f"athenaeum:{name}", message)


def _nothing() -> Path:
    def fill(folder: Path) -> None:
        write_zip(zip_in(folder), {"nothing": b"Not bundled: this command deploys nothing.\n"})

    return zip_in(cached_folder("bundles", "nothing", fill))
