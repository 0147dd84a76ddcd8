"""The CDK constructs, and the bundles, budgets and command line they need.

The public names are loaded on first use: importing aws_cdk takes seconds and needs the `deploy` extra, while
`athenaeum.deployment.cdk_cli` and the bundles need neither.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from athenaeum.infra.code import adapter_layer_arn, encoder_code, function_code, layer_code, server_environment
    from athenaeum.infra.environments import server_options
    from athenaeum.infra.layer_construct import DependenciesLayerConstruct
    from athenaeum.infra.server_construct import MCPServerConstruct

__all__ = [
    "DependenciesLayerConstruct",
    "MCPServerConstruct",
    "adapter_layer_arn",
    "encoder_code",
    "function_code",
    "layer_code",
    "server_environment",
    "server_options",
]

_HOMES = {
    **dict.fromkeys(
        ("adapter_layer_arn", "encoder_code", "function_code", "layer_code", "server_environment"),
        "athenaeum.infra.code",
    ),
    "DependenciesLayerConstruct": "athenaeum.infra.layer_construct",
    "MCPServerConstruct": "athenaeum.infra.server_construct",
    "server_options": "athenaeum.infra.environments",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    from athenaeum.errors import MissingExtraError

    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("aws_cdk", "constructs", "jsii"):
            raise
        raise MissingExtraError(
            f"{name} needs {error.name}, which is not installed.",
            remedy='Install it with: pip install "athenaeum-deploy[deploy]"',
        ) from error
