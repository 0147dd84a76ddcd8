"""Puts the parts of a server together from its settings: the one place that chooses what is real."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from athenaeum.index import layout
from athenaeum.server.dependencies import Parts
from athenaeum.server.http.guard import Door
from athenaeum.server.live.answers import Answers
from athenaeum.server.live.attempts import attempt
from athenaeum.server.live.library import Library, Searcher
from athenaeum.server.live.source import Brought, Source, source_of
from athenaeum.server.log.log import Log
from athenaeum.settings import ServerSettings

if TYPE_CHECKING:
    from athenaeum.chat.answering import Chat
    from athenaeum.chat.budget import Meter
    from athenaeum.server.http.tokens import TokenVerifier


def assemble(
    settings: ServerSettings,
    *,
    on_lambda: bool = False,
    door: Door | None = None,
    source: Source | None = None,
    log_to: TextIO | None = None,
    once_loaded: Callable[[], object] = lambda: None,
) -> Parts:
    """The parts of a server with these settings. `on_lambda` means: behind API Gateway, frozen between requests;
    elsewhere `door` says whom the server lets in.

    The log goes to `log_to`, by default to standard output; `once_loaded` is called when the first load has ended.
    """
    counted = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local") if settings.metrics else ""
    # Instances that are kept warm, and servers that are no function, start long before their first request.
    started = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "") == "on-demand"
    log = Log(stream=log_to, queries=settings.log_queries, metrics_of=counted, starts=started)
    library = Library(
        source=source or source_of(settings),
        opener=_open,
        rehearse=_rehearse,
        once_loaded=once_loaded,
        every=settings.refresh_seconds,
        note=log.event,
    )
    return Parts(
        settings=settings,
        library=library,
        answers=Answers(library=library, freezes=on_lambda),
        log=log,
        open_chat=lambda: open_chat(settings),
        behind_gateway=on_lambda,
        door=door,
        verifier=_verifier(settings),
    )


def open_chat(settings: ServerSettings, *, table_client: Any = None) -> "Chat":
    """The chat that the settings describe. Nothing is connected yet; `ConfigError` for an unknown provider."""
    # Late, like the verifier and the searcher: the first search should wait for nothing that it does not need.
    from athenaeum.chat.answering import Chat
    from athenaeum.chat.budget import ProcessMeter, TableMeter
    from athenaeum.chat.providers.base import Access
    from athenaeum.chat.providers.choose import choose_provider, open_provider

    access = Access(
        base_url=settings.chat_base_url, api_key=settings.openai_api_key, secret_arn=settings.openai_secret_arn
    )
    provider = open_provider(choose_provider(settings.chat_provider, access), access)
    first = settings.chat_model or provider.default_model
    others = (name.strip() for name in settings.chat_models.split(","))
    meter: Meter = ProcessMeter(settings.chat_daily_tokens)
    if settings.chat_budget_table:
        meter = TableMeter(settings.chat_budget_table, settings.chat_daily_tokens, client=table_client)
    return Chat(
        provider=provider,
        models=tuple(dict.fromkeys([first, *(name for name in others if name)])),
        site=settings.site_name,
        extra=settings.chat_system_prompt,
        meter=meter,
    )


def _verifier(settings: ServerSettings) -> "TokenVerifier | None":
    # Behind a gateway too, unless it is said to check: a stack wired by hand may have forgotten its authorizer.
    if not settings.oauth_issuer or settings.tokens_checked:
        return None
    from athenaeum.server.http.tokens import TokenVerifier

    return TokenVerifier(settings.oauth_issuer, settings.oauth_audience, settings.oauth_jwks_url)


def _open(brought: Brought) -> Searcher:
    # Late: this is most of what a cold start imports, and it runs in the index's own thread.
    from athenaeum.retrieval.searcher import open_searcher

    release = brought.pointer.release
    # A folder that was only named is its owner's, and nothing is written there.
    with attempt(brought.folder, release) if brought.verified else nullcontext():
        return open_searcher(brought.folder, release=release, verify=not brought.verified)


def _rehearse(brought: Brought) -> None:
    from athenaeum.index.publishing.trial import rehearse

    rehearse(brought.folder / layout.RELEASES / brought.pointer.release / layout.LEXICAL)
