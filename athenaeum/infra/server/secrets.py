"""Provider keys: kept in Secrets Manager or SSM, read by the function at start, never in its environment."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from athenaeum.errors import SynthError

SETTINGS = {"OPENAI_API_KEY": "openai_secret_arn"}
"""What can be secret → the field of `ServerSettings` that takes the ARN in its place."""
_SUSPICIOUS = re.compile(r"(^|_)(API_?KEY|KEY|SECRET|TOKEN|PASSWORD)$")
_SECRET_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")

SecretSource = secretsmanager.ISecret | ssm.IStringParameter | str
"""A secret, an SSM SecureString parameter, the ARN of either, or the name of a parameter beginning with a slash."""


@dataclass(frozen=True, slots=True)
class SecretReference:
    """`arn` for the function to read, and the permission to read it."""

    arn: str
    statement: iam.PolicyStatement


def plain_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Names in a plain environment whose values are secrets by their name."""
    return tuple(name for name, value in environment.items() if value and _SUSPICIOUS.search(name))


def check_names(names: Iterable[str]) -> None:
    """`SynthError` for a secret that the server does not know."""
    if unknown := sorted(set(names) - set(SETTINGS)):
        raise SynthError(
            f"The server takes no secret named {unknown[0]!r}.", remedy=f"It takes: {', '.join(sorted(SETTINGS))}."
        )


def reference(scope: Construct, secret: SecretSource) -> SecretReference:
    """Where the function finds the secret, and what it needs to be allowed to."""
    if isinstance(secret, str):
        return _by_text(scope, secret)
    # jsii hands over proxies of interfaces: what they are shows in what they have.
    if (full := getattr(secret, "secret_full_arn", None)) is not None:
        return _secret(full)
    if (arn := getattr(secret, "secret_arn", None)) is not None:
        # Imported by name alone: its ARN lacks the six random characters that IAM must match.
        return _secret(arn, resource=f"{arn}-??????")
    return _parameter(str(getattr(secret, "parameter_arn", "")))


def _by_text(scope: Construct, text: str) -> SecretReference:
    if text.startswith("/"):
        arn = Stack.of(scope).format_arn(
            service="ssm",
            resource="parameter",
            resource_name=text.lstrip("/"),
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        return _parameter(arn)
    if ":ssm:" in text:
        return _parameter(text)
    if ":secretsmanager:" in text:
        whole = bool(_SECRET_SUFFIX.search(text)) or Token.is_unresolved(text)
        return _secret(text, resource=text if whole else f"{text}-??????")
    raise SynthError(
        "A secret is neither an ARN nor a parameter name.",
        remedy="Give a Secrets Manager or SSM construct, its ARN, or a parameter name that begins with a slash.",
    )


def _secret(arn: str, *, resource: str = "") -> SecretReference:
    return SecretReference(
        arn, iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[resource or arn])
    )


def _parameter(arn: str) -> SecretReference:
    return SecretReference(arn, iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[arn]))
