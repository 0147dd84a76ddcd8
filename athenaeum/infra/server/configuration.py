"""What the function is told: the environment that follows from the construct's arguments."""

from collections.abc import Mapping
from dataclasses import replace

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from athenaeum.errors import SynthError
from athenaeum.infra import assets
from athenaeum.infra.gateway.auth import choose_mode
from athenaeum.infra.server import secrets
from athenaeum.infra.server.chat_budget import bound_spending
from athenaeum.settings import ENVIRONMENT, LAMBDA_INDEX_DIR, ServerSettings


def configure(
    scope: Construct,
    *,
    plain: Mapping[str, str],
    hidden: Mapping[str, secrets.SecretSource],
    auth: str,
    bucket_name: str,
    prefix: str,
    daily_tokens: int,
    role: iam.IRole,
) -> tuple[str, ServerSettings]:
    """The mode of auth, and what the server is told. `plain` wins over what follows from elsewhere.

    `hidden` never enters the environment. `SynthError` for a name in both, for a secret the server does not know, for a
    bucket it may not read, and for auth that is set up in part.
    """
    secrets.check_names(hidden)
    for name in secrets.plain_secrets(plain):
        assets.warn(
            scope,
            "plain-secret",
            f"{name} is in plain sight: anyone who may read the function's configuration or the template sees it. "
            f'Keep it in Secrets Manager and give secrets={{"{name}": secret}} instead.',
        )
    if ENVIRONMENT["index_bucket"] in plain:
        raise SynthError(
            f"{ENVIRONMENT['index_bucket']} in `environment` names a bucket the function may not read.",
            remedy="Give the bucket itself: index_bucket=s3.Bucket.from_bucket_name(...).",
        )
    settings = replace(
        ServerSettings.from_env(plain),
        index_bucket=bucket_name,
        index_prefix=prefix,
        index_dir=plain.get(ENVIRONMENT["index_dir"], LAMBDA_INDEX_DIR),
    )
    mode = choose_mode(auth, settings)
    settings = replace(settings, tokens_checked=mode == "oauth", guarded=settings.guarded or mode in ("api-key", "iam"))
    for name, secret in hidden.items():
        if name in plain:
            raise SynthError(f"{name} is in `environment` and in `secrets`.", remedy="Take it out of `environment`.")
        found = secrets.reference(scope, secret)
        role.add_to_principal_policy(found.statement)
        settings = replace(settings, **{secrets.SETTINGS[name]: found.arn})  # type: ignore[arg-type]
    if settings.chat_provider == "bedrock":
        role.add_to_principal_policy(_may_ask_bedrock(scope))
    return mode, bound_spending(scope, settings, daily_tokens=daily_tokens, role=role, open_to_all=mode == "none")


def _may_ask_bedrock(scope: Construct) -> iam.PolicyStatement:
    # Clients may name any offered model, and an inference profile reaches the models of several regions.
    partition, region, account = (getattr(Stack.of(scope), name) for name in ("partition", "region", "account"))
    return iam.PolicyStatement(
        actions=["bedrock:InvokeModelWithResponseStream"],
        resources=[
            f"arn:{partition}:bedrock:*::foundation-model/*",
            f"arn:{partition}:bedrock:{region}:{account}:inference-profile/*",
        ],
    )
