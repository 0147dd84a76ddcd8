"""The stack of this repository's answer endpoint. It is yours: change what you like and push."""

import os
from pathlib import Path

from athenaeum.config import config_for, load_config
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct, server_options
from aws_cdk import App, Environment, Stack

app = App()
# `cdk deploy --context environment=prod`: a stack of its own, with the settings of that environment.
environment = app.node.try_get_context("environment") or ""
config = config_for(load_config(Path(__file__).with_name("athenaeum.yml")), environment)
stack = Stack(
    app,
    app.node.try_get_context("stack-name") or config.deploy.stack,
    env=Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")),
)
deps = DependenciesLayerConstruct(stack, "Deps")
server = MCPServerConstruct(stack, "Server", dependencies_layer=deps.layer, **server_options(config))
app.synth()
