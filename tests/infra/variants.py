"""Every option of the constructs in a stack, and what is known of it beyond the template: the one list of both."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-0000-0000-000000000000"
WEB_ACL = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/docs/00000000-0000-0000-0000-000000000000"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:openai-AbCdEf"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:extra:1"
OAUTH = {"OAUTH_ISSUER": "https://login.example.org", "OAUTH_AUDIENCE": "docs"}

Make = Callable[[Any, Path], dict[str, Any]]
"""`make(stack, index folder)` gives the arguments of the server."""


def _domain(stack: Any, _index: Path) -> dict[str, Any]:
    from aws_cdk import aws_route53 as route53

    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z1", zone_name="example.com")
    return {"domain_name": "docs.example.com", "hosted_zone": zone, "auth": "oauth", "environment": OAUTH}


def _network(stack: Any, _index: Path) -> dict[str, Any]:
    from aws_cdk import aws_ec2 as ec2

    # Imported, so that only what the construct makes is judged.
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Network",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=[f"{REGION}a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0"],
    )
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0")
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    return {"vpc": vpc, "vpc_subnets": subnets, "security_groups": [group]}


def _own_things(stack: Any, _index: Path) -> dict[str, Any]:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3

    return {
        "index_bucket": s3.Bucket.from_bucket_name(stack, "Own", "my-own-bucket"),
        "index_prefix": "docs/",
        "layers": [lambda_.LayerVersion.from_layer_version_arn(stack, "Extra", LAYER)],
        "adapter_layer_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:adapter:2",
        "secrets": {"OPENAI_API_KEY": "/team/openai"},
        "daily_tokens": 50_000,
    }


def _topic(stack: Any, _index: Path) -> dict[str, Any]:
    from aws_cdk import aws_sns as sns

    topic = sns.Topic.from_topic_arn(stack, "Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms")
    return {"alarms": True, "alarm_topic": topic, "dashboard": True, "tracing": True}


def _kept(stack: Any, _index: Path) -> dict[str, Any]:
    from aws_cdk import RemovalPolicy
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_logs as logs

    return {
        "encryption_key": kms.Key.from_key_arn(stack, "Key", KEY),
        "tier_after_days": 30,
        "removal_policy": RemovalPolicy.RETAIN,
        "log_retention": logs.RetentionDays.ONE_WEEK,
    }


VARIANTS: dict[str, Make] = {
    "Plain": lambda _stack, _index: {},
    "Guide": lambda _stack, index: {"index_path": index, "environment": {"OPENAI_API_KEY": "sk-..."}},
    "Encoder": lambda _stack, index: {"encoder": next((index / "encoders").iterdir())},
    "OAuth": lambda _stack, _index: {"auth": "oauth", "auth_cache_seconds": 30, "environment": OAUTH},
    "ApiKey": lambda _stack, _index: {"auth": "api-key", "monthly_quota": 1000},
    "Iam": lambda _stack, _index: {"auth": "iam"},
    "Secret": lambda _stack, _index: {"secrets": {"OPENAI_API_KEY": SECRET}},
    "Own": _own_things,
    "Domain": _domain,
    "Certificate": lambda _stack, _index: {"domain_name": "docs.example.com", "certificate": CERTIFICATE},
    "Network": _network,
    "Kept": _kept,
    "Cached": lambda _stack, _index: {"streaming": False, "cache_ttl": 60, "auth": "iam"},
    "WebAcl": lambda _stack, _index: {"web_acl_arn": WEB_ACL},
    "Firewall": lambda _stack, _index: {"waf_rate_limit": 1000},
    "Snapshot": lambda _stack, _index: {"snap_start": True},
    "Warm": lambda _stack, _index: {"provisioned_concurrency": 2, "reserved_concurrency": 10},
    "Large": lambda _stack, _index: {"memory_size": 3008, "timeout": 120, "ephemeral_storage": 2048},
    "Watched": _topic,
    "Bounded": lambda _stack, index: {
        "index_path": index,
        "tags": {"team": "docs"},
        "permissions_boundary": BOUNDARY,
        "auth": "oauth",
        "environment": OAUTH,
    },
    "Platform": lambda _stack, _index: {
        "architecture": "x86_64",
        "runtime": "3.12",
        "stage_name": "v1",
        "throttle_rate": 5,
        "throttle_burst": 7,
    },
}
"""Name of a stack → what its server is given."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Beyond synth, cfn-lint and cdk-nag, which every option passes in the stack `variant`.

    `deployed` is the test ("file::name") in which a stack with it answers on the embedded AWS; `aws` is what only AWS
    can show, and is left to `athenaeum verify` or to the owner.
    """

    variant: str
    deployed: str = ""
    aws: str = ""


_ENDPOINT = "tests/e2e/test_endpoint_local.py::test_openais_client_gets_plain_and_streamed_answers_and_its_own_errors"
_OPTIONS = "tests/e2e/test_options_local.py::"
_EDITED = "tests/action/test_generated_project.py::test_an_edited_app_and_configuration_are_what_is_deployed"

SERVER: dict[str, Proof] = {
    "dependencies_layer": Proof("Plain", _ENDPOINT),
    "index_path": Proof("Guide", _ENDPOINT),
    "encoder": Proof("Encoder", _ENDPOINT),
    "environment": Proof("Guide", _EDITED),
    "secrets": Proof("Secret", f"{_OPTIONS}test_a_key_is_read_from_its_secret_and_stands_nowhere_else"),
    "auth": Proof("OAuth", f"{_OPTIONS}test_each_way_of_calling_lets_in_whom_it_should"),
    "auth_cache_seconds": Proof(
        "OAuth",
        "tests/local_aws/test_auth_modes.py::test_what_the_authorizer_said_is_kept_and_its_keys_are_fetched_once",
    ),
    "monthly_quota": Proof("ApiKey", "tests/local_aws/test_auth_modes.py::test_a_key_is_asked_for_and_has_a_quota"),
    "memory_size": Proof("Large", _EDITED),
    "timeout": Proof("Large", f"{_OPTIONS}test_the_plainest_options_reach_what_runs"),
    "architecture": Proof("Platform", _ENDPOINT),
    "runtime": Proof("Platform", _ENDPOINT),
    "index_bucket": Proof("Own", f"{_OPTIONS}test_a_bucket_of_ones_own_is_read_below_its_prefix"),
    "index_prefix": Proof("Own", f"{_OPTIONS}test_a_bucket_of_ones_own_is_read_below_its_prefix"),
    "layers": Proof("Own", "", "a layer of another account cannot be fetched by the embedded AWS"),
    "daily_tokens": Proof("Own", "", "the daily bound over many instances"),
    "stage_name": Proof("Platform", _EDITED),
    "throttle_rate": Proof("Platform", "", "throttles"),
    "throttle_burst": Proof("Platform", "", "throttles"),
    "streaming": Proof("Cached", f"{_OPTIONS}test_the_plainest_options_reach_what_runs"),
    "cache_ttl": Proof("Cached", "", "the gateway's cache"),
    "log_retention": Proof("Kept", "", "deletion of old logs"),
    "removal_policy": Proof("Kept", f"{_OPTIONS}test_dev_and_prod_stand_side_by_side_and_only_dev_leaves_nothing"),
    "domain_name": Proof(
        "Domain", f"{_OPTIONS}test_at_a_domain_of_its_own_no_address_has_a_stage", "certificate and records"
    ),
    "certificate": Proof(
        "Certificate", f"{_OPTIONS}test_at_a_domain_of_its_own_no_address_has_a_stage", "certificate and records"
    ),
    "hosted_zone": Proof("Domain", "", "certificate and records"),
    "vpc": Proof("Network", "", "the network"),
    "vpc_subnets": Proof("Network", "", "the network"),
    "security_groups": Proof("Network", "", "the network"),
    "encryption_key": Proof("Kept", "", "decryption"),
    "tier_after_days": Proof("Kept", "", "the lifecycle"),
    "web_acl_arn": Proof("WebAcl", "", "what is blocked"),
    "waf_rate_limit": Proof("Firewall", "", "what is blocked"),
    "reserved_concurrency": Proof("Warm", "", "throttles"),
    "provisioned_concurrency": Proof("Warm", "", "cold start"),
    "snap_start": Proof("Snapshot", "", "cold start, and the answer after a restore"),
    "ephemeral_storage": Proof("Large", f"{_OPTIONS}test_the_plainest_options_reach_what_runs"),
    "tracing": Proof("Watched", "", "traces"),
    "alarms": Proof("Watched", f"{_OPTIONS}test_dev_and_prod_stand_side_by_side_and_only_dev_leaves_nothing"),
    "alarm_topic": Proof("Watched", "", "the message"),
    "dashboard": Proof("Watched", "", "the dashboard"),
    "tags": Proof("Bounded", f"{_OPTIONS}test_the_plainest_options_reach_what_runs"),
    "permissions_boundary": Proof("Bounded", "", "role limits"),
    "adapter_layer_arn": Proof("Own", "", "a layer of another account cannot be fetched by the embedded AWS"),
}
"""Option of `MCPServerConstruct` → what is proven of it."""

LAYER_OPTIONS: dict[str, Proof] = {
    "requirements": Proof("Platform"),
    "runtime": Proof("Platform", _ENDPOINT),
    "architecture": Proof("Platform", _ENDPOINT),
    "description": Proof("Platform"),
}
"""Option of `DependenciesLayerConstruct` → the same."""


def layer_options(name: str, requirements: Path) -> dict[str, Any]:
    """What the layer of a variant is given."""
    if name != "Platform":
        return {}
    return {"architecture": "x86_64", "runtime": "3.12", "description": "Ours", "requirements": requirements}


def table(options: dict[str, Proof]) -> str:
    """The table of the documentation."""
    lines = [
        "| option | synth | cfn-lint | cdk-nag | deployed | verify only |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, proof in options.items():
        lines.append(
            f"| `{name}` | yes | yes | yes | {'yes' if proof.deployed else ''} | {proof.aws} |".replace("  ", " ")
        )
    return "\n".join(lines) + "\n"
