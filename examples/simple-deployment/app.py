"""Approach 1 of the deployment guide: the constructs do everything. `cdk deploy` in this folder."""

from aws_cdk import App, Stack

from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

app = App()
stack = Stack(app, "MyKnowledgeBase")

# Third-party packages of the server; bundled once, then cached.
deps = DependenciesLayerConstruct(stack, "Deps")

# Function, API Gateway, bucket and index.
server = MCPServerConstruct(
    stack,
    "Server",
    dependencies_layer=deps.layer,
    index_path="./index",
    # Search needs no key. For chat: secrets={"OPENAI_API_KEY": "arn:aws:secretsmanager:...:secret:openai"}
)

app.synth()
