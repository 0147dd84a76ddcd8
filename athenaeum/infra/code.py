"""The bundles for stacks that are wired by hand: what the constructs use, as `lambda_.Code`."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from athenaeum.infra import assets
from athenaeum.infra.bundles.encoder import bundle_encoder
from athenaeum.infra.bundles.function import bundle_function
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.context import DEFAULT_ARCHITECTURE, DEFAULT_PYTHON, Platform
from athenaeum.infra.progress import to_stderr
from athenaeum.infra.server import adapter
from athenaeum.settings import ServerSettings


def layer_code(
    *,
    architecture: str = DEFAULT_ARCHITECTURE,
    python: str = DEFAULT_PYTHON,
    requirements: str | Path | None = None,
) -> lambda_.Code:
    """The third-party packages, for a `LayerVersion` of that architecture ("arm64" or "x86_64") and Python."""
    locked = Path(requirements) if requirements else None
    return assets.code_of(bundle_layer(Platform(architecture, python), requirements=locked, progress=to_stderr))


def function_code(*, architecture: str = DEFAULT_ARCHITECTURE, python: str = DEFAULT_PYTHON) -> lambda_.Code:
    """Athenaeum itself and its start script, for a `Function` whose handler is `run.sh`."""
    return assets.code_of(bundle_function(Platform(architecture, python), progress=to_stderr))


def encoder_code(folder: str | Path) -> lambda_.Code:
    """An encoder folder (`index/encoders/<digest>`), for a `LayerVersion` of any architecture."""
    return assets.code_of(bundle_encoder(Path(folder), progress=to_stderr))


def server_environment(settings: ServerSettings) -> dict[str, str]:
    """The function's environment for these settings, with what Lambda Web Adapter must be told."""
    return adapter.function_environment(settings, extra={})


def adapter_layer_arn(*, region: str, architecture: str = DEFAULT_ARCHITECTURE) -> str:
    """Lambda Web Adapter's layer in a region; `region` may be a token. `SynthError` where AWS does not publish it."""
    return adapter.layer_arn(region=region, architecture=architecture)
