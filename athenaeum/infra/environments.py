"""What an environment changes: `cdk deploy --context environment=prod`, with the settings of athenaeum.yml."""

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import IConstruct

from athenaeum.config import LOG_RETENTIONS, PRODUCTION, Config, server_settings
from athenaeum.infra.context import ENVIRONMENT


def in_production(construct: IConstruct) -> bool:
    """Whether the app is deployed to an environment whose data outlives its stack."""
    return construct.node.try_get_context(ENVIRONMENT) in PRODUCTION


def server_options(config: Config) -> dict[str, Any]:
    """What the configuration means for `MCPServerConstruct`: `MCPServerConstruct(..., **server_options(config))`.

    Of an environment when `config` is that of `config_for`. What it does not say is left to the construct.
    """
    there = config.deploy
    options: dict[str, Any] = {"environment": server_settings(config).to_env(), "daily_tokens": config.chat.budget}
    said = {
        "auth": config.auth.mode,
        "secrets": {"OPENAI_API_KEY": config.chat.secret} if config.chat.secret else None,
        "memory_size": there.memory,
        "timeout": there.timeout,
        "throttle_rate": there.throttle_rate,
        "throttle_burst": there.throttle_burst,
        "domain_name": there.domain.name,
        "certificate": there.domain.certificate,
        "hosted_zone": there.domain.zone,
        "web_acl_arn": there.web_acl,
        "permissions_boundary": there.permissions_boundary,
    }
    options |= {name: value for name, value in said.items() if value}
    if there.retain is not None:
        options["removal_policy"] = RemovalPolicy.RETAIN if there.retain else RemovalPolicy.DESTROY
    if there.log_retention:
        options["log_retention"] = logs.RetentionDays[LOG_RETENTIONS[there.log_retention]]
    if there.alarms is not None:
        options["alarms"] = there.alarms
    return options
