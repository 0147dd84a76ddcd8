"""Runs what is deployed: after each change of a stack, what is served is brought in line with what CloudFormation says.

A function whose template or code changed gets new instances, the old ones finish what they are doing. An API keeps its
port by the names of its stack and its own, over updates and restarts.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from athenaeum.errors import AthenaeumError, LocalAwsError
from athenaeum.index import layout
from athenaeum.index.format.pointer import Pointer
from athenaeum.local_aws import places
from athenaeum.local_aws.apis import copies
from athenaeum.local_aws.apis.addresses import local
from athenaeum.local_aws.gateway.server import Gateway
from athenaeum.local_aws.runtime.control import InstanceDiedError
from athenaeum.local_aws.runtime.pool import Pool
from athenaeum.local_aws.template.read import Deployed, Function
from athenaeum.server.http.guard import ANY
from athenaeum.settings import ENVIRONMENT, ServerSettings

FIRST_PORT = 8471
"""Where the addresses of APIs begin; the next free one is taken."""

StartPool = Callable[[Function], Pool]


@dataclass
class _Running:
    deployed: Deployed
    pools: dict[str, tuple[str, Pool]] = field(default_factory=dict)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    copied: dict[str, str] = field(default_factory=dict)
    failure: str = ""


class Stacks:
    """All stacks that are served. `settle` is called after a change and may be called at any time."""

    def __init__(
        self,
        home: Path,
        *,
        deployed: Callable[[], list[Deployed]],
        fetch: Callable[[str, str], bytes],
        put: copies.Put,
        start_pool: StartPool,
        secrets: Callable[[str], str],
        note: Callable[[str], None],
    ) -> None:
        self._home = home
        self._deployed = deployed
        self._fetch = fetch
        self._put = put
        self._start_pool = start_pool
        self._secrets = secrets
        self._note = note
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}

    def settle(self) -> None:
        """Bring what is served in line with what is deployed. A stack that cannot be served says why in its status."""
        with self._lock:
            wanted = {stack.name: stack for stack in self._deployed()}
            for name in [name for name in self._running if name not in wanted]:
                self._stop(self._running.pop(name))
                self._note(f"{name}: removed")
            for name, stack in wanted.items():
                running = self._running.setdefault(name, _Running(stack))
                running.deployed = stack
                running.failure = stack.failure
                try:
                    self._copy(running)
                    self._serve(running)
                except (LocalAwsError, KeyError, OSError) as error:
                    running.failure = str(error)
                    self._note(f"{name}: {error}")

    def invoke(self, name: str, event: bytes) -> bytes | None:
        """One invocation of the function with this physical name, as Lambda's API does it; None for an unknown one.

        Raises what `Pool.invoke` raises.
        """
        with self._lock:
            found = next(
                (
                    pool
                    for running in self._running.values()
                    for logical_id, (_, pool) in running.pools.items()
                    if logical_id in running.deployed.functions and running.deployed.functions[logical_id].name == name
                ),
                None,
            )
        return found.invoke(event) if found else None

    def describe(self) -> list[dict[str, Any]]:
        """Every stack for `local status`."""
        with self._lock:
            return [self._describe(name, running) for name, running in sorted(self._running.items())]

    def addresses(self) -> dict[str, str]:
        """The id of each API, and its domain where it has one → where it answers here."""
        with self._lock:
            return _addresses(each for running in self._running.values() for each in running.gateways.values())

    def close(self) -> None:
        """Stop everything."""
        with self._lock:
            for running in self._running.values():
                self._stop(running)
            self._running.clear()

    def _copy(self, running: _Running) -> None:
        for copy in running.deployed.copies:
            if running.copied.get(copy.logical_id) != copy.digest:
                written = copies.perform(copy, fetch=self._fetch, put=self._put)
                running.copied[copy.logical_id] = copy.digest
                self._note(f"{running.deployed.name}: {copy.logical_id} copied {written} objects to {copy.bucket}")

    def _serve(self, running: _Running) -> None:
        stack = running.deployed
        for logical_id in [known for known in running.pools if known not in stack.functions]:
            running.pools.pop(logical_id)[1].close()
        for logical_id, function in stack.functions.items():
            digest, old = running.pools.get(logical_id, ("", None))
            if digest == function.digest:
                continue
            running.pools[logical_id] = (function.digest, self._start_pool(function))
            self._note(f"{stack.name}: {logical_id} is now {function.digest}, {function.memory} MB")
            if old:
                old.close()
        kept = {api.logical_id for api in stack.apis}
        for logical_id in [known for known in running.gateways if known not in kept]:
            running.gateways.pop(logical_id).close()
        for api in stack.apis:
            if gateway := running.gateways.get(api.logical_id):
                gateway.api = api
            else:
                running.gateways[api.logical_id] = self._open(f"{stack.name}/{api.logical_id}", api, running)

    def _open(self, name: str, api: Any, running: _Running) -> Gateway:
        def invoke(function: str, event: bytes) -> bytes:
            known = running.pools.get(function)
            if known is None:
                raise InstanceDiedError("the function is gone")
            return known[1].invoke(event)

        ports = self._ports()
        taken = set(ports.values())
        candidates = [ports[name]] if name in ports else []
        candidates += [port for port in range(FIRST_PORT, FIRST_PORT + 500) if port not in taken]
        for port in candidates:
            with contextlib.suppress(OSError):
                gateway = Gateway(
                    *(api, port),
                    invoke=invoke,
                    origins=lambda: _origins(running.deployed),
                    secrets=self._secrets,
                    note=self._note,
                )
                places.ports_file(self._home).write_text(json.dumps({**ports, name: port}))
                return gateway
        raise LocalAwsError("No port is free for the endpoint.", remedy="Stop what listens on 8471 and above.")

    def _ports(self) -> dict[str, int]:
        with contextlib.suppress(OSError, ValueError):
            return {
                str(key): int(value) for key, value in json.loads(places.ports_file(self._home).read_text()).items()
            }
        return {}

    def _describe(self, name: str, running: _Running) -> dict[str, Any]:
        endpoints = {logical_id: gateway.endpoint for logical_id, gateway in running.gateways.items()}
        known = _addresses(running.gateways.values())
        functions = []
        for logical_id, (_, pool) in running.pools.items():
            function = running.deployed.functions.get(logical_id)
            functions.append(
                {
                    "name": function.name if function else logical_id,
                    "logical_id": logical_id,
                    "memory": function.memory if function else 0,
                    "timeout": function.timeout if function else 0,
                    "environment": sorted(key for key, _ in function.environment) if function else [],
                    "instances": pool.describe(),
                    "cold_starts": pool.cold_starts,
                    "invocations": pool.invocations,
                }
            )
        return {
            "name": name,
            "endpoint": next(iter(endpoints.values()), ""),
            "endpoints": endpoints,
            "outputs": {key: local(value, known) for key, value in running.deployed.outputs.items()},
            "functions": functions,
            "release": self._release(running.deployed),
            "instances": sum(len(pool.describe()) for _, pool in running.pools.values()),
            "notes": [*running.deployed.notes, *([running.failure] if running.failure else [])],
            "failure": running.failure,
        }

    def _release(self, deployed: Deployed) -> str:
        """The release that is live in the bucket of the stack's first server, or ""."""
        for function in deployed.functions.values():
            settings = ServerSettings.from_env(dict(function.environment))
            with contextlib.suppress(KeyError, AthenaeumError):
                data = self._fetch(settings.index_bucket, f"{settings.index_prefix}{layout.POINTER}")
                return Pointer.from_bytes(data).release
        return ""

    def _stop(self, running: _Running) -> None:
        for gateway in running.gateways.values():
            gateway.close()
        for _, pool in running.pools.values():
            pool.close()


def _origins(deployed: Deployed) -> frozenset[str]:
    """The origins that a stack's servers name. Pages of *any* origin are none of them: see `gateway`."""
    told = [dict(each.environment).get(ENVIRONMENT["cors_origins"], "") for each in deployed.functions.values()]
    named = {origin for each in told for origin in each.replace(",", " ").split()}
    return frozenset(named - {ANY})


def _addresses(gateways: Iterable[Gateway]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in gateways:
        found[each.api.id] = f"http://localhost:{each.port}"
        if each.api.domain:
            found[each.api.domain] = each.endpoint
    return found
