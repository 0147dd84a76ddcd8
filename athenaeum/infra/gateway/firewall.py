"""A web ACL of WAF in front of the API: one's own by ARN, or AWS's managed rules with a limit for each address."""

from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from athenaeum.errors import SynthError

LEAST_RATE = 10
"""What AWS takes for the least limit."""
GROUPS: dict[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    # Questions about code hold markup, paths and addresses; a conversation is longer than 8 KB: counted, not blocked.
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "EC2MetaDataSSRF_BODY",
        "NoUserAgent_HEADER",
    ),
}
"""Managed rule group → its rules that are counted and let through."""


def add_firewall(scope: Construct, *, api: apigateway.RestApi, web_acl_arn: str, rate_limit: int) -> None:
    """Associate a web ACL with the API's stage; nothing when neither is given.

    `rate_limit` is requests in five minutes from one address. `SynthError` for both, or too low a limit.
    """
    if not web_acl_arn and not rate_limit:
        return
    if web_acl_arn and rate_limit:
        raise SynthError(
            "web_acl_arn and waf_rate_limit are two web ACLs for one API.",
            remedy="Give one of them; the limit can be a rule of your own web ACL.",
        )
    if rate_limit and rate_limit < LEAST_RATE:
        raise SynthError(f"waf_rate_limit is {rate_limit}.", remedy=f"WAF takes {LEAST_RATE} or more.")
    arn = web_acl_arn or _web_acl(scope, rate_limit).attr_arn
    wafv2.CfnWebACLAssociation(scope, "WebAcl", resource_arn=api.deployment_stage.stage_arn, web_acl_arn=arn)


def _web_acl(scope: Construct, rate_limit: int) -> wafv2.CfnWebACL:
    rules = [
        wafv2.CfnWebACL.RuleProperty(
            name="OneAddress",
            priority=0,
            action=wafv2.CfnWebACL.RuleActionProperty(block={}),
            statement=wafv2.CfnWebACL.StatementProperty(
                rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                    aggregate_key_type="IP", limit=rate_limit
                )
            ),
            visibility_config=_seen("OneAddress"),
        )
    ]
    for place, (name, counted) in enumerate(GROUPS.items(), start=1):
        group = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
            vendor_name="AWS",
            name=name,
            rule_action_overrides=[
                wafv2.CfnWebACL.RuleActionOverrideProperty(
                    name=rule, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
                )
                for rule in counted
            ]
            or None,
        )
        rules.append(
            wafv2.CfnWebACL.RuleProperty(
                name=name,
                priority=place,
                override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
                statement=wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
                visibility_config=_seen(name),
            )
        )
    return wafv2.CfnWebACL(
        scope,
        "Firewall",
        scope="REGIONAL",
        default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=_seen("Firewall"),
        rules=rules,
    )


def _seen(name: str) -> Any:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
