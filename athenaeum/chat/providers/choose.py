"""What every provider of answers looks like: one question in, a stream of pieces out. Synchronous and lazy.

A provider's file imports its library only when it is asked something. What it raises is a `ProviderError` (or a
subclass) whose text is this package's own: a library's text may hold keys, addresses or the prompt.
"""

from athenaeum.chat.providers.base import Access, Provider
from athenaeum.errors import ConfigError

NAMES = ("none", "openai", "ollama", "bedrock")


def choose_provider(name: str, access: Access) -> str:
    """The provider to use: the named one, else OpenAI where there is a key or an address for it, else none."""
    if name and name not in NAMES:
        raise ConfigError(f"There is no chat provider {name[:40]!r}.", remedy=f"Choose one of {', '.join(NAMES)}.")
    return name or ("openai" if access.api_key or access.secret_arn or access.base_url else "none")


def open_provider(name: str, access: Access) -> Provider:
    """The provider `name`; nothing is connected yet."""
    if name == "openai":
        from athenaeum.chat.providers.openai import OpenAIProvider

        return OpenAIProvider(access)
    if name == "ollama":
        from athenaeum.chat.providers.ollama import OllamaProvider

        return OllamaProvider(access)
    if name == "bedrock":
        from athenaeum.chat.providers.bedrock import BedrockProvider

        return BedrockProvider(access)
    from athenaeum.chat.providers.none import ExtractiveProvider

    return ExtractiveProvider()
