"""The bound on what strangers can spend: when an endpoint needs it, and the table that counts."""

from dataclasses import replace

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from athenaeum.infra import acknowledgements, assets
from athenaeum.settings import ServerSettings


def bound_spending(
    scope: Construct, settings: ServerSettings, *, daily_tokens: int, role: iam.IRole, open_to_all: bool
) -> ServerSettings:
    """The settings with a budget where paid chat is open to all; the table exists only then."""
    if not settings.chat_is_paid or not open_to_all or not daily_tokens or settings.chat_budget_table:
        return settings
    # Not TableV2: it becomes a global table, which one counter has no use for and the embedded AWS does not know.
    table = dynamodb.Table(
        scope,
        "ChatBudget",
        partition_key=dynamodb.Attribute(name="day", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="expires",
        # One number for each of the last days: nothing to restore, nothing to keep.
        removal_policy=RemovalPolicy.DESTROY,
    )
    acknowledgements.acknowledge(table, acknowledgements.TABLE)
    role.add_to_principal_policy(iam.PolicyStatement(actions=["dynamodb:UpdateItem"], resources=[table.table_arn]))
    budget = settings.chat_daily_tokens or daily_tokens
    assets.warn(
        scope,
        "paid-chat-without-auth",
        f"Chat on this endpoint costs money and anyone may use it; a budget of {budget:,} tokens a day bounds it. "
        "Change it with daily_tokens=, or put the endpoint behind auth=.",
    )
    return replace(settings, chat_daily_tokens=budget, chat_budget_table=table.table_name)
