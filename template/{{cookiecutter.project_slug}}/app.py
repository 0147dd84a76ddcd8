"""The stack of this repository's answer endpoint. It is yours: change what you like and push."""

import os

from aws_cdk import App, Environment, Stack
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

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
    environment={"ATHENAEUM_SITE_NAME": {{ cookiecutter.project_name | tojson }}},
)
app.synth()
