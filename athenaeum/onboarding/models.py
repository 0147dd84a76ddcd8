"""Checks of the models: the encoder that indexes, and the language model that chats, asked at its own door."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping

from athenaeum.config import Chat, Config
from athenaeum.errors import AthenaeumError
from athenaeum.onboarding.findings import Finding, advice, missing, ok, unknown
from athenaeum.settings import cache_dir

_OPENAI = "https://api.openai.com/v1"
_SECONDS = 10


def check_encoder(config: Config, environ: Mapping[str, str] = os.environ) -> Finding:
    """Whether the embedding model is at hand, without exporting or fetching it."""
    from athenaeum.embeddings.identity import encoder_digest
    from athenaeum.embeddings.prepare import FOLDER, is_whole
    from athenaeum.embeddings.published import published_card
    from athenaeum.embeddings.source import find_source
    from athenaeum.embeddings.traits import read_traits
    from athenaeum.onboarding.machine import is_there

    cache = cache_dir(environ)
    try:
        source = find_source(config.embedding.model)
        traits = read_traits(source.folder)
        digest = encoder_digest(source, traits, precision=config.embedding.precision, cache=cache)
    except AthenaeumError as error:
        return missing("encoder", error.message, error.remedy)
    if is_whole(cache / FOLDER / digest):
        return ok("encoder", f"{source.name}, ready")
    if published_card(digest) is not None:
        return ok("encoder", f"{source.name}, comes with this release")
    if not is_there("torch"):
        fix = 'pip install "athenaeum-deploy[index]"'
        return missing("encoder", f"Exporting {source.name} needs torch, which is not installed.", fix)
    return ok("encoder", f"{source.name}, exported by the first build")


def check_chat(chat: Chat, *, region: str, environ: Mapping[str, str], offline: bool) -> Finding:
    """Whether the configured language model answers to these credentials."""
    provider = chat.provider or ("openai" if chat.base_url or environ.get("OPENAI_API_KEY") else "none")
    if provider == "none":
        return ok("chat-model", "answers are made of passages; no language model is needed")
    if offline:
        return unknown("chat-model", f"{provider} was not asked")
    if not chat.model:
        fix = "Set chat.model in athenaeum.yml."
        return advice("chat-model", f"No model of {provider} is named: its default is used.", fix)
    if provider == "bedrock":
        return _bedrock(chat.model, region=region, environ=environ)
    return (_ollama if provider == "ollama" else _openai)(chat, environ)


def _ollama(chat: Chat, environ: Mapping[str, str]) -> Finding:
    base = chat.base_url or environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434"
    fix = f"Run `ollama pull {chat.model}`, and let chat.base_url name a server that the function can reach."
    return _asked(f"{base.rstrip('/')}/api/show", "ollama", chat.model, fix=fix, body={"model": chat.model})


def _openai(chat: Chat, environ: Mapping[str, str]) -> Finding:
    key = environ.get("OPENAI_API_KEY", "")
    if not key and not chat.base_url:
        fix = "Store the key in Secrets Manager for the function; set OPENAI_API_KEY here to check it."
        return unknown("chat-model", "There is no OPENAI_API_KEY here to ask with.", fix)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    address = f"{(chat.base_url or _OPENAI).rstrip('/')}/models/{chat.model}"
    return _asked(address, "openai", chat.model, fix="Check the key and chat.model.", headers=headers)


def _asked(
    address: str,
    provider: str,
    model: str,
    *,
    fix: str,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, str] | None = None,
) -> Finding:
    try:
        if not address.startswith(("https://", "http://")):
            raise ValueError(address)
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(address, data=data, headers=dict(headers or {}))  # noqa: S310
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310 - an address of the owner's own
            return ok("chat-model", f"{model} of {provider}")
    except urllib.error.HTTPError as error:
        meaning = {401: "refuses the key", 403: "does not allow it", 404: "does not have it"}
        said = meaning.get(error.code, f"answers {error.code}")
        return missing("chat-model", f"{provider} {said}: {model}.", fix)
    except (OSError, ValueError) as error:
        reason = type(getattr(error, "reason", error)).__name__
        return missing(
            "chat-model", f"{provider} cannot be reached ({reason}).", "Check chat.base_url and the network."
        )


def _bedrock(name: str, *, region: str, environ: Mapping[str, str]) -> Finding:
    from athenaeum.deployment.targets import boto3_environment

    # An inference profile's id is the model's with the name of its regions in front.
    head, _, rest = name.partition(".")
    model = rest if head in ("us", "eu", "apac", "global", "jp", "au", "ca", "us-gov") else name
    with boto3_environment({**environ, "AWS_REGION": region}):
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = boto3.session.Session(region_name=region or None).client("bedrock")
            return _availability(client.get_foundation_model_availability(modelId=model), name, region)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("ValidationException", "ResourceNotFoundException"):
                return missing("chat-model", f"Bedrock has no model {name} in {region}.", "Correct chat.model.")
            return unknown("chat-model", f"These credentials may not ask Bedrock ({code}).")
        except BotoCoreError as error:
            return unknown("chat-model", f"Bedrock cannot be asked ({type(error).__name__}).")


def _availability(said: Mapping[str, object], name: str, region: str) -> Finding:
    if said.get("regionAvailability") != "AVAILABLE":
        fix = "Choose another region or model."
        return missing("chat-model", f"{name} is not offered in {region}.", fix)
    if said.get("authorizationStatus") != "AUTHORIZED" or said.get("entitlementAvailability") != "AVAILABLE":
        fix = "Ask for access in the Bedrock console, under Model access."
        return missing("chat-model", f"This account has no access to {name} in {region}.", fix)
    return ok("chat-model", f"{name} of Bedrock in {region}")
