"""The dependency layer as a construct: third-party packages, rebuilt only when what they are locked to changes."""

from pathlib import Path
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from athenaeum.infra import assets
from athenaeum.infra.bundles.bundle import Bundle
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.context import ARCHITECTURE, PYTHON, Platform, platform_from
from athenaeum.infra.progress import to_stderr


class BundledLayer(lambda_.LayerVersion):
    """A layer whose bundle is known: `bundle` is None where the CDK asked for no bundling (`cdk ls`, `cdk destroy`)."""

    def __init__(self, scope: Construct, id: str, *, bundle: Bundle | None, platform: Platform, **options: Any) -> None:
        super().__init__(
            scope,
            id,
            code=assets.code_of(bundle),
            compatible_runtimes=[assets.runtime_of(platform)],
            compatible_architectures=[assets.architecture_of(platform)],
            **options,
        )
        self.bundle = bundle
        self.platform = platform


class DependenciesLayerConstruct(Construct):
    """A Lambda layer with everything the server imports, bundled without Docker and cached between synths.

    Args:
        scope: The stack or construct it belongs to.
        id: Its name within the scope.
        requirements: A hash-locked requirements file in place of the package's own.
        runtime: Python runtime, as `lambda_.Runtime` or "3.13"; default: context `athenaeum:python`, else 3.13.
        architecture: `lambda_.Architecture`, "arm64" or "x86_64"; default: context `athenaeum:architecture`,
            else arm64.
        description: Description of the layer in the AWS console.

    Attributes:
        layer: The layer, for `MCPServerConstruct(dependencies_layer=...)`.
        platform: What it was bundled for.

    Raises:
        BundleError: A package has no wheel for the platform, or a file of the bundle cannot run there.
        SynthError: The runtime or the architecture is none that is supported.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        requirements: str | Path | None = None,
        runtime: lambda_.Runtime | str | None = None,
        architecture: lambda_.Architecture | str | None = None,
        description: str = "Third-party packages of Athenaeum's server",
    ) -> None:
        super().__init__(scope, id)
        self.platform = platform_of(self, runtime=runtime, architecture=architecture)
        bundle = None
        if Stack.of(self).bundling_required:
            locked = Path(requirements) if requirements else None
            bundle = bundle_layer(self.platform, requirements=locked, progress=to_stderr)
            if not bundle.bytecode:
                assets.warn(
                    self,
                    "no-bytecode",
                    f"There is no Python {self.platform.python} on this machine to compile the layer with: the "
                    f"function compiles it at every cold start, which takes a second or two. Install Python "
                    f"{self.platform.python} and deploy again.",
                )
        self.layer: BundledLayer = BundledLayer(
            self, "Layer", bundle=bundle, platform=self.platform, description=description
        )


def platform_of(
    construct: Construct, *, runtime: lambda_.Runtime | str | None, architecture: lambda_.Architecture | str | None
) -> Platform:
    """The platform a construct is for: its arguments, else the context, else the defaults."""
    context = {key: construct.node.try_get_context(key) for key in (ARCHITECTURE, PYTHON)}
    python = runtime.name if isinstance(runtime, lambda_.Runtime) else runtime or ""
    machine = architecture.name if isinstance(architecture, lambda_.Architecture) else architecture or ""
    return platform_from(context, architecture=machine, python=python.removeprefix("python"))
