"""Deployed assets as Lambda lays them out: the code as `/var/task`, the layers, one over the other, as `/opt`.

Each zip is unpacked once by its contents' hash; `/opt` is made of hard links to what was unpacked.
"""

import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from athenaeum.errors import LocalAwsError
from athenaeum.local_aws.template.read import Asset, Function

ADAPTER_LAYER = ":layer:LambdaAdapterLayer"
"""In the ARN of the layers in which AWS ships Lambda Web Adapter."""
BOOTSTRAP = """#!/bin/sh
# What the adapter's layer starts instead of a Python handler: the handler names a script of the function.
exec "${LAMBDA_TASK_ROOT:-/var/task}/$_HANDLER"
"""

Fetch = Callable[[str, str], bytes]


def lay_out(function: Function, *, into: Path, fetch: Fetch, adapter: Path | None) -> tuple[Path, Path]:
    """The folders for `/var/task` and `/opt` of `function`.

    `fetch(bucket, key)` reads an asset. AWS's adapter layer, which is not in the account, is replaced by `adapter`.
    `LocalAwsError` for another account's layer and for an asset that is not there.
    """
    task = _unpacked(function.code, into=into, fetch=fetch)
    layers = []
    with_adapter = False
    for layer in function.layers:
        if isinstance(layer, Asset):
            layers.append(_unpacked(layer, into=into, fetch=fetch))
        elif ADAPTER_LAYER in layer:
            with_adapter = True
        else:
            raise LocalAwsError(
                f"{function.logical_id} uses the layer {layer}, which the embedded AWS cannot fetch.",
                remedy="Leave that layer out for `--target local`, or deploy with `--target aws`.",
            )
    return task, _merged(layers, into=into, adapter=adapter if with_adapter else None)


def _unpacked(asset: Asset, *, into: Path, fetch: Fetch) -> Path:
    try:
        data = fetch(asset.bucket, asset.key)
    except KeyError as error:
        raise LocalAwsError(
            f"The asset {asset.key} is not in the emulated bucket {asset.bucket}.", remedy="Deploy the stack again."
        ) from error
    final = into / "assets" / hashlib.sha256(data).hexdigest()[:24]
    if not final.is_dir():
        with _partial(final) as partial:
            unzip(data, partial)
    return final


def unzip(data: bytes, folder: Path) -> None:
    """Unpack a zip with the modes it records; a name that leads out of `folder` is refused."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            target = folder / entry.filename
            if not target.resolve().is_relative_to(folder.resolve()):
                raise LocalAwsError(f"The asset holds {entry.filename!r}, which leads out of its folder.")
            mode = entry.external_attr >> 16
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if mode & 0o170000 == 0o120000:
                target.symlink_to(archive.read(entry).decode())
                continue
            with archive.open(entry) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            target.chmod((mode & 0o777) or 0o644)


def _merged(layers: list[Path], *, into: Path, adapter: Path | None) -> Path:
    key = hashlib.sha256("\n".join([*(layer.name for layer in layers), str(adapter)]).encode()).hexdigest()[:24]
    final = into / "opt" / key
    if final.is_dir():
        return final
    with _partial(final) as partial:
        for layer in layers:
            shutil.copytree(layer, partial, copy_function=_link, dirs_exist_ok=True, symlinks=True)
        if adapter:
            (partial / "extensions").mkdir(exist_ok=True)
            _link(str(adapter), str(partial / "extensions" / "lambda-adapter"))
            (partial / "bootstrap").write_text(BOOTSTRAP)
            (partial / "bootstrap").chmod(0o755)
    return final


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # Another file system, or one without links.
        shutil.copy2(source, target)


class _partial:  # noqa: N801 - reads as a verb at its uses
    """A folder that gets its final name only when the block ends without an error."""

    def __init__(self, final: Path) -> None:
        self.final = final

    def __enter__(self) -> Path:
        self.final.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=self.final.parent))
        self.folder.chmod(0o755)
        return self.folder

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.folder.rename(self.final)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
