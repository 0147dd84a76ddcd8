"""The stack of this repository's answer endpoint. It is yours: change what you like and push."""

import os
from pathlib import Path

from athenaeum.config import load_config, server_settings
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct
from aws_cdk import App, Environment, Stack

config = load_config(Path(__file__).with_name("athenaeum.yml"))

app = App()
stack = Stack(
    app,
    app.node.try_get_context("stack-name") or "{{ cookiecutter.stack_name }}",
    env=Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")),
)
deps = DependenciesLayerConstruct(stack, "Deps")
server = MCPServerConstruct(
    stack,
    "Server",
    dependencies_layer=deps.layer,
    memory_size={{ cookiecutter.memory_size }},
    environment=server_settings(config).to_env(),
)
app.synth()
