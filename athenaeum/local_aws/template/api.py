"""Which method of a REST API answers a request: API Gateway's rules for paths and stages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Route:
    """One method of an API: a path with `{name}` and `{name+}` parts, an HTTP method or ANY, and its function.

    `authorization` is CloudFormation's AuthorizationType, `authorizer` the logical id of what is asked then.
    """

    path: str
    method: str
    function: str
    streamed: bool
    authorization: str = "NONE"
    authorizer: str = ""
    key_required: bool = False


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A function that is asked about a request. `header` is what it is asked by, in lower case; `seconds` are kept."""

    logical_id: str
    function: str
    kind: str
    header: str
    seconds: int
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A usage plan: `keys` are ids of API keys, `quota` requests a month (0: no bound)."""

    logical_id: str
    keys: tuple[str, ...]
    quota: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """A GatewayResponse: `status` 0 keeps the answer's own; header values as the template writes them."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """A REST API: its id, its stage, its routes, what guards them, and the media types it treats as binary.

    `domain` is a host name of its own, whose paths have no stage.
    """

    logical_id: str
    id: str
    stage: str
    routes: tuple[Route, ...]
    binary: tuple[str, ...] = ()
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    plans: tuple[Plan, ...] = ()
    answers: Mapping[str, Template] = field(default_factory=dict)
    domain: str = ""

    def below(self, path: str, *, host: str) -> str | None:
        """The path that routes are told by: `path` without the stage, or whole at the API's own domain; None: 403."""
        if self.domain and host.partition(":")[0].lower() == self.domain:
            return path
        first, _, rest = path.removeprefix("/").partition("/")
        return f"/{rest}" if first == self.stage else None


@dataclass(frozen=True, slots=True)
class Match:
    """A route, the path it was found by (without the stage), and what the parts of the path stand for."""

    route: Route
    path: str
    parameters: dict[str, str]


def match(api: Api, *, method: str, path: str) -> Match | None:
    """The route for `path` (without the stage); literal parts win over `{name}`, which wins over `{name+}`."""
    found = [
        (_rank(route), Match(route, path, parameters))
        for route in api.routes
        if route.method in (method, "ANY") and (parameters := _parameters(route.path, path)) is not None
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def _rank(route: Route) -> tuple[list[int], bool]:
    parts = route.path.strip("/").split("/")
    return [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in parts], route.method == "ANY"


def _parameters(pattern: str, path: str) -> dict[str, str] | None:
    wanted = [part for part in pattern.split("/") if part]
    given = [part for part in path.split("/") if part]
    parameters: dict[str, str] = {}
    for at, part in enumerate(wanted):
        if part.startswith("{") and part.endswith("+}"):
            # A greedy part takes all that is left, a slash at the end included; it never matches nothing.
            rest = path.lstrip("/").split("/", at)[at:] if len(given) > at else []
            if not rest:
                return None
            return {**parameters, part[1:-2]: unquote(rest[0])}
        if at >= len(given):
            return None
        if part.startswith("{"):
            parameters[part[1:-1]] = unquote(given[at])
        elif part != given[at]:
            return None
    return parameters if len(given) == len(wanted) else None
