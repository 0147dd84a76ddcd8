"""The same deployment as a stack class of one's own, with the options a team usually sets."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack, Tags
from aws_cdk import aws_logs as logs
from constructs import Construct

from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct


class AthenaeumStack(Stack):
    """An answer endpoint for one documentation repository.

    `openai_secret_arn` turns chat on: the key stays in Secrets Manager and is read by the function at start.
    `production` keeps the index when the stack is destroyed, and the logs for longer.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        index_path: str | None = None,
        openai_secret_arn: str = "",
        production: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        deps = DependenciesLayerConstruct(self, "Deps")
        self.server = MCPServerConstruct(
            self,
            "Server",
            dependencies_layer=deps.layer,
            index_path=index_path,
            secrets={"OPENAI_API_KEY": openai_secret_arn} if openai_secret_arn else None,
            memory_size=2048 if production else 1024,
            timeout=Duration.seconds(120),
            log_retention=logs.RetentionDays.SIX_MONTHS if production else logs.RetentionDays.ONE_WEEK,
            removal_policy=RemovalPolicy.RETAIN if production else RemovalPolicy.DESTROY,
        )
        Tags.of(self).add("service", "athenaeum")
