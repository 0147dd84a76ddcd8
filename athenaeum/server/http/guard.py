"""Who may reach a server through a browser: the one guard of `serve` and of what the embedded AWS listens on.

A page makes the browsers of its readers ask whatever listens on their machines. Such a request is known by the name it
is addressed to (a page can point a name of its own at loopback: DNS rebinding), by the origin it names, and by what the
browser says of the two. Programs send none of it. Pure, and of the standard library alone: a cold start imports it.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from athenaeum.errors import ForbiddenOriginError, MisdirectedError

HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
"""What a Host header may be."""
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9._\[\]:-]{1,262})")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_OF_BROWSERS = {"origin", "sec-fetch-site", "sec-fetch-dest", "sec-fetch-user"}
"""What programs do not send; of Sec-Fetch-Mode that is not true: Node's `fetch` has it."""
ANY = "*"


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a server lets in.

    `hosts` are names it has besides those of this machine and literal addresses, `origins` pages of other origins that
    may use it; `ANY` among them means all. `neighbours` lets in pages that this machine serves. `pages` False keeps out
    every request of a browser. The remedies may name `{host}` and `{origin}`.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    neighbours: bool = False
    pages: bool = True
    host_remedy: str = "Its owner can add it to ATHENAEUM_ALLOWED_HOSTS."
    origin_remedy: str = "Its owner can add it to ATHENAEUM_CORS_ORIGINS."


NO_PAGES = Door(pages=False, host_remedy="Call it as localhost.", origin_remedy="It is for programs.")
"""What only programs talk to."""


def check(headers: Iterable[tuple[str, str]], *, door: Door, method: str) -> None:
    """Raise `MisdirectedError` for a foreign host name and `ForbiddenOriginError` for a page that may not ask."""
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value.strip())
    hosts, origins = given.get("host", []), given.get("origin", [])
    host = hosts[0] if hosts else ""
    if len(hosts) > 1 or (hosts and not _answers_to(host, door.hosts)):
        shown = host.rpartition(":")[0] or host
        remedy = door.host_remedy.replace("{host}", shown if HOST.fullmatch(host) else "NAME")
        raise MisdirectedError("This server does not answer to that host name.", remedy=remedy)
    if not given.keys() & _OF_BROWSERS:
        return
    if door.pages and not origins:
        if _own_or_visit(given, method):
            return
    elif door.pages and len(origins) == 1 and _lets_in(origins[0], host=host, door=door):
        return
    origin = origins[0] if origins and _ORIGIN.fullmatch(origins[0]) else "URL"
    raise ForbiddenOriginError(
        "Pages of that origin may not use this server." if door.pages else "Web pages may not use this address.",
        remedy=door.origin_remedy.replace("{origin}", origin),
    )


def is_loopback(name: str) -> bool:
    """Whether a host name, without port and brackets, always leads to the machine it is used on."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """The name in a Host header or an origin's authority, in lower case without port and brackets; "" for nonsense."""
    if not HOST.fullmatch(host):
        return ""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower()


def _answers_to(host: str, names: frozenset[str]) -> bool:
    """Nobody can point their DNS at a literal address, so those are ours whichever they are."""
    name = host_name(host)
    if not name:
        return False
    return is_loopback(name) or _is_literal(name) or bool(names & {ANY, name, host.lower()})


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _lets_in(origin: str, *, host: str, door: Door) -> bool:
    if door.origins & {ANY, origin}:
        return True
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return False
    scheme, authority = found[1], found[2].lower()
    # The scheme is not compared: a proxy in front may be the one that has the certificate.
    if authority == host.lower().removesuffix(_DEFAULT_PORTS[scheme]):
        return True
    return door.neighbours and is_loopback(host_name(authority))


def _own_or_visit(given: dict[str, list[str]], method: str) -> bool:
    """A request without an origin: of a page of ours, typed by a person, or a link that a person follows.

    What a link opens belongs to no other page: it is a document of its own in the whole window.
    """
    if given.get("sec-fetch-site", ["none"]) in (["none"], ["same-origin"]):
        return True
    visit = given.get("sec-fetch-mode") == ["navigate"] and given.get("sec-fetch-dest") == ["document"]
    return visit and method in ("GET", "HEAD")
