"""What differs where no API Gateway stands in front of a server: whom it lets in, and what strangers can spend.

A server on somebody's machine is reached by every page its owner visits, so it begins closed: its own pages, and those
that the owner names.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from athenaeum.errors import UsageError
from athenaeum.server.http.guard import ANY, Door
from athenaeum.settings import DEFAULT_DAILY_TOKENS, ENVIRONMENT, ServerSettings


def guard(
    settings: ServerSettings,
    *,
    hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
    by_flags: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> tuple[ServerSettings, Door]:
    """The settings and the door of a server without a gateway.

    `hosts` and `origins` come on top of what the environment names; `by_flags` makes refusals name the flags of
    `athenaeum serve`. Paid chat gets the default budget unless the environment sets one. Raises `UsageError` for an
    origin that is none, and for `*` where chat is paid.
    """
    # The default, pages of any origin, is for a deployed endpoint: here it must have been said.
    named = settings.cors_origins.replace(",", " ").split() if ENVIRONMENT["cors_origins"] in environ else []
    allowed = frozenset([*named, *(_origin(each) for each in origins)])
    if ANY in allowed and settings.chat_is_paid:
        raise UsageError(
            "Chat costs money here, so pages of any origin may not ask for it.",
            remedy="Name the origins in place of *, or serve without a paid provider: --llm-provider none.",
        )
    if settings.chat_is_paid and ENVIRONMENT["chat_daily_tokens"] not in environ:
        settings = replace(settings, chat_daily_tokens=settings.chat_daily_tokens or DEFAULT_DAILY_TOKENS)
    names = {*settings.allowed_hosts.replace(",", " ").split(), *hosts}
    door = Door(hosts=frozenset(name.lower() for name in names), origins=allowed)
    if by_flags:
        door = replace(
            door,
            host_remedy="Allow it with `athenaeum serve --allow-host {host}`.",
            origin_remedy="Allow them with `athenaeum serve --allow-origin {origin}`.",
        )
    return replace(settings, cors_origins=ANY if ANY in allowed else " ".join(sorted(allowed))), door


def _origin(text: str) -> str:
    """An origin as browsers write it, from an address of one of its pages too."""
    from urllib.parse import urlsplit

    if text == ANY:
        return text
    try:
        parts = urlsplit(text)
        port = {"http": 80, "https": 443}.get(parts.scheme) != parts.port and parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{text!r} is no origin.", remedy="Write it as http://localhost:4000 or https://docs.example.com."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"
