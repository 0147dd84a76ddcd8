"""Reads a provider's key from Secrets Manager or SSM, once and late: it is in no environment, template or log."""

import json

from athenaeum.errors import MissingExtraError, ProviderKeyError

_FIELDS = ("OPENAI_API_KEY", "openai_api_key", "api_key", "apiKey", "key")


def read_secret(arn: str) -> str:
    """The key behind an ARN of a secret or of an SSM parameter; a JSON secret is searched for the usual names."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise MissingExtraError(
            "Reading the provider's key needs boto3.", remedy="pip install 'athenaeum-deploy[serve]'"
        ) from error
    config = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    region = arn.split(":")[3] if arn.count(":") >= 5 else None
    try:
        if ":ssm:" in arn:
            client = boto3.client("ssm", region_name=region, config=config)
            # By its ARN: whether a name of one part began with a slash cannot be told from the ARN.
            text = client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
        else:
            client = boto3.client("secretsmanager", region_name=region, config=config)
            text = client.get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError, KeyError):
        raise ProviderKeyError(
            "The provider's key cannot be read from its secret.", remedy="Check that the function's role may read it."
        ) from None
    return key_in(text)


def key_in(text: str) -> str:
    """The key in a secret's text: the text itself, or the field of a JSON object that is named like one."""
    try:
        fields = json.loads(text)
    except ValueError:
        fields = text
    if isinstance(fields, dict):
        fields = next((fields[name] for name in _FIELDS if fields.get(name)), "")
    if not isinstance(fields, str) or not fields.strip():
        raise ProviderKeyError("The provider's secret holds no key.", remedy=f"Store it as {_FIELDS[0]}.")
    return fields.strip()
