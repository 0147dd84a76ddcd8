"""The Lambda Web Adapter's layer: which version, and where AWS publishes it."""

from collections.abc import Mapping

from athenaeum.errors import SynthError
from athenaeum.settings import ServerSettings

PUBLISHER = "753240598075"
"""The AWS account that publishes the adapter."""
VERSION = 30
"""Layer version 30 is adapter 1.1.0."""
_NAMES = {"arm64": "LambdaAdapterLayerArm64", "x86_64": "LambdaAdapterLayerX86"}
PORT = "8080"


def layer_arn(*, region: str, architecture: str) -> str:
    """The adapter's layer for a region and architecture; `region` may be a token of the CDK.

    `SynthError` for regions of the partitions it is not published in.
    """
    if region.startswith(("cn-", "us-gov-", "us-iso", "eusc-")):
        raise SynthError(
            f"Lambda Web Adapter is not published in {region}.",
            remedy="Publish its layer in your account there and name it with adapter_layer_arn=.",
        )
    return f"arn:aws:lambda:{region}:{PUBLISHER}:layer:{_NAMES[architecture]}:{VERSION}"


def environment(*, streaming: bool = True) -> dict[str, str]:
    """What the adapter is told: how to answer, and ready once /ready answers (it takes a 404 for ready)."""
    return {
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "response_stream" if streaming else "buffered",
        "AWS_LWA_PORT": PORT,
        "AWS_LWA_READINESS_CHECK_PATH": "/ready",
        "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200-399",
    }


def function_environment(
    settings: ServerSettings, *, extra: Mapping[str, str], streaming: bool = True
) -> dict[str, str]:
    """The whole environment of the function; what the user set wins."""
    return {**environment(streaming=streaming), **settings.to_env(), **extra}
