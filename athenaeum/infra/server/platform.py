"""What a server runs on: its platform, which must be that of its layer, and the layers it is started with."""

from aws_cdk import Aws, Stack, Token
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from athenaeum.errors import SynthError
from athenaeum.infra.bundles.bundle import Bundle
from athenaeum.infra.bundles.function import bundle_function
from athenaeum.infra.context import Platform
from athenaeum.infra.layer_construct import BundledLayer, platform_of
from athenaeum.infra.progress import to_stderr
from athenaeum.infra.server import adapter


def platform_for(
    server: Construct,
    layer: lambda_.ILayerVersion,
    *,
    architecture: lambda_.Architecture | str | None,
    runtime: lambda_.Runtime | str | None,
) -> Platform:
    """The platform of the server; `SynthError` when it is not that of its dependency layer."""
    if not isinstance(layer, BundledLayer):
        return platform_of(server, runtime=runtime, architecture=architecture)
    chosen = platform_of(
        server,
        runtime=runtime or layer.platform.python,
        architecture=architecture or layer.platform.architecture,
    )
    if chosen != layer.platform:
        raise SynthError(
            f"The server {server.node.path} is for {chosen.architecture} and Python {chosen.python}, its dependency "
            f"layer for {layer.platform.architecture} and Python {layer.platform.python}.",
            remedy="Give both constructs the same architecture and runtime, or none.",
        )
    return chosen


def code_for(server: Construct, platform: Platform, *, dependencies: Bundle | None) -> Bundle | None:
    """The function's code; None where the CDK asked for no bundling."""
    if not Stack.of(server).bundling_required:
        return None
    modules = dependencies.modules if dependencies else None
    return bundle_function(platform, layer_modules=modules, progress=to_stderr)


def adapter_for(server: Construct, platform: Platform, *, arn: str) -> lambda_.ILayerVersion:
    """Lambda Web Adapter's layer: the one named, else that of AWS for the region."""
    region = Stack.of(server).region
    if not arn:
        known = "" if Token.is_unresolved(region) else region
        arn = adapter.layer_arn(region=known or Aws.REGION, architecture=platform.architecture)
    return lambda_.LayerVersion.from_layer_version_arn(server, "Adapter", arn)
