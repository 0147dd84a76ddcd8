"""The parts an app is made of, and how a route gets at them."""

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request

from athenaeum.errors import ConfigError
from athenaeum.server.http.guard import Door
from athenaeum.server.http.request_context import RequestContext
from athenaeum.server.live.answers import Answers
from athenaeum.server.live.library import Library
from athenaeum.server.live.mcp_sessions import AgentSessions
from athenaeum.server.log.log import Log
from athenaeum.settings import ServerSettings

if TYPE_CHECKING:
    from athenaeum.chat.answering import Chat
    from athenaeum.server.http.tokens import TokenVerifier


MOST_CHATS = 64
"""Chats of one process that wait for a language model at the same time; others wait their turn."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What `create_app` is given. `behind_gateway` says that forwarding headers come from API Gateway.

    `verifier` checks tokens where nothing in front of the server has, `door` keeps foreign pages out where no gateway
    stands in front; without it only /mcp looks at who asks. Chats wait for their models in `chat_threads`: in
    those of the searches, a dozen of them would let no search through.
    """

    settings: ServerSettings
    library: Library
    answers: Answers
    log: Log
    open_chat: "Callable[[], Chat]"
    behind_gateway: bool = False
    verifier: "TokenVerifier | None" = None
    door: Door | None = None
    chat_threads: Executor = field(default_factory=lambda: ThreadPoolExecutor(MOST_CHATS, thread_name_prefix="chat"))
    agents: AgentSessions = field(default_factory=AgentSessions)
    _opened: "list[Chat]" = field(default_factory=list)

    def chat(self) -> "Chat":
        """The chat, opened when it is first asked for."""
        if not self._opened:
            self._opened.append(self.open_chat())
        return self._opened[0]

    def writes(self) -> bool:
        """Whether a language model writes answers; a chat that is set up wrongly must not take the page down."""
        try:
            return self.chat().strict
        except ConfigError:
            return False


def parts_of(request: Request) -> Parts:
    """The parts of the app that answers this request."""
    parts: Parts = request.scope["state"]["parts"]
    return parts


def context_of(request: Request) -> RequestContext:
    """What is known about this request."""
    context: RequestContext = request.scope["state"]["context"]
    return context
