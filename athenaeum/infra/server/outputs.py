"""The stack outputs: names that scripts, the action and the deployment guide rely on."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from athenaeum.infra import context

API_ENDPOINT = "APIEndpoint"
INDEX_BUCKET_NAME = "IndexBucketName"
MCP_ENDPOINT = "McpEndpoint"
FUNCTION_NAME = "FunctionName"
INDEX_FORMATS = "IndexFormats"
NAMES = (API_ENDPOINT, INDEX_BUCKET_NAME, MCP_ENDPOINT, FUNCTION_NAME, INDEX_FORMATS)
DESCRIPTIONS = {
    API_ENDPOINT: "Address of the web page, /search and /chat/completions",
    INDEX_BUCKET_NAME: "Bucket of the index",
    MCP_ENDPOINT: "Address for MCP clients",
    FUNCTION_NAME: "The function that answers",
    INDEX_FORMATS: "Formats of an index that the function reads",
}


def write_outputs(server: Construct, values: Mapping[str, str]) -> str:
    """Add the outputs to the server's stack; the prefix of their names.

    The first server of a stack has the plain names; from the second on they begin with the construct's id.
    """
    stack = Stack.of(server)
    prefix = server.node.id if stack.node.try_find_child(API_ENDPOINT) else ""
    for name in NAMES:
        CfnOutput(stack, f"{prefix}{name}", value=values[name], description=DESCRIPTIONS[name])
    carried = stack.node.try_get_context(context.FINGERPRINT)
    if carried and not prefix:
        CfnOutput(stack, context.FINGERPRINT_OUTPUT, value=str(carried), description="What this stack was made from")
    return prefix
