"""What answers from the index that a command changes: found by the flags, and asked before and after."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from athenaeum.action.smoke.callers import Caller
    from athenaeum.config import Config
    from athenaeum.index.publishing.publish import PublishReport
    from athenaeum.index.publishing.readers import Readers
    from athenaeum.index.store.objects import Store
    from athenaeum.records import Progress

_GUARDED = (401, 403)


@dataclass(frozen=True, slots=True)
class Answering:
    """A server that answers from the index, by its outputs (of its stack, or `APIEndpoint` alone).

    `ask` is set where it is asked by invoking its function, because a reader needs a token. `reached` is false for one
    that cannot be asked from here.
    """

    outputs: Mapping[str, str]
    ask: "Caller | None" = None
    reached: bool = True

    def readers(self) -> "Readers":
        """The formats it reads."""
        from athenaeum.action.smoke.readers import readers_of

        return readers_of(self.outputs, ask=self.ask)

    def confirm(
        self,
        index: Path,
        *,
        store: "Store",
        release: str,
        published: "PublishReport",
        config: "Config",
        progress: "Progress",
    ) -> str:
        """The smoke test of the action, with probes of the built `release`; a line for people, or what was not asked.

        `SmokeTestError` when it fails; then the pointer has gone back.
        """
        from athenaeum.action.measuring import measure
        from athenaeum.action.modes.publish import confirm
        from athenaeum.action.smoke.probes import choose_probes

        if not self.reached:
            return "The endpoint cannot be reached from here and was not asked for the release."
        measured = measure(index, release=release, before="", config=config, progress=progress)
        probes = choose_probes(index, release=release, measured=measured)
        return confirm(self.outputs, store=store, published=published, probes=probes, ask=self.ask).told()


def add_endpoint_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the flag that names the server of an index that no stack names."""
    parser.add_argument(
        "--endpoint", default="", metavar="URL", help="the server that answers from the index; a --stack names its own"
    )


def answering(args: argparse.Namespace) -> Answering | None:
    """What the flags of `add_store_arguments` and `add_endpoint_argument` name; None where nothing is known."""
    from athenaeum.action.smoke.callers import ByInvoking, OverHttp

    if not args.stack:
        outputs = {"APIEndpoint": args.endpoint} if args.endpoint else {}
        return answering_at(outputs) if outputs else None
    from athenaeum.operations.place import open_place
    from athenaeum.operations.server import server_outputs

    place = open_place(args.target, region=args.region)
    outputs = server_outputs(place, args.stack)
    if args.endpoint:
        outputs["APIEndpoint"] = args.endpoint
    reply = OverHttp(outputs.get("APIEndpoint", ""))("health") if outputs.get("APIEndpoint") else None
    if reply is not None and reply.status in _GUARDED:
        return Answering(outputs, ask=ByInvoking(outputs["FunctionName"], place.client("lambda")))
    return Answering(outputs, reached=reply is not None and reply.status != 0)


def answering_at(outputs: Mapping[str, str]) -> Answering:
    """The server with these outputs, asked over HTTP."""
    from athenaeum.action.smoke.callers import OverHttp

    return Answering(outputs, reached=OverHttp(outputs["APIEndpoint"])("health").status != 0)
