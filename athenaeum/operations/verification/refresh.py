"""Whether an instance that was frozen notices a new pointer with its next requests.

The pointer is written again as it is, with a new time and nonce, by compare-and-swap: no answer changes, and /health
tells the time of the pointer it knows.
"""

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from athenaeum.operations.verification.asking import ask
from athenaeum.operations.verification.outcome import Outcome, Subject, failed, passed, skipped

if TYPE_CHECKING:
    from athenaeum.index.store.objects import Store


def freeze_and_refresh(subject: Subject) -> Outcome:
    """Ask, pause until the instance is frozen, write the pointer, and count the requests until it is known."""
    from athenaeum.index.format.pointer import advance
    from athenaeum.index.publishing.swap import read_live, swap

    if not subject.writes:
        return skipped("Not asked for: --no-write leaves the pointer alone.")
    before = _published_at(subject)
    if before is None:
        return failed("/health does not tell when its release was published.")
    store = _store(subject)
    live, etag = read_live(store)
    if live is None:
        return failed("The bucket has no pointer that can be read.")
    time.sleep(subject.idle_seconds)
    again = advance(live, release=live.release, repository=live.repository, commit=live.commit, owner=live.owner)
    again = replace(again, history=live.history)
    swap(store, again, etag=etag)
    began, requests = time.monotonic(), 0
    while time.monotonic() - began < subject.patience_seconds:
        requests += 1
        if _published_at(subject) == again.published_at:
            took = time.monotonic() - began
            return passed(
                f"Known after {took:.1f} s and {requests} requests, from an idle of {subject.idle_seconds:g} s."
            )
        time.sleep(0.5)
    return failed(f"After {requests} requests in {subject.patience_seconds:g} s the new pointer is still unknown.")


def _published_at(subject: Subject) -> str | None:
    body = ask(subject.server.endpoint, "/health").json
    found = body.get("built_at") if isinstance(body, dict) else None
    return str(found) if found else None


def _store(subject: Subject) -> "Store":
    from athenaeum.index.store.s3 import open_store

    known = subject.place.settings
    environ = dict(os.environ)
    if "endpoint_url" in known:
        environ = {name: value for name, value in environ.items() if not name.startswith("AWS_")}
        environ |= {
            "AWS_ENDPOINT_URL": known["endpoint_url"],
            "AWS_ACCESS_KEY_ID": known["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": known["aws_secret_access_key"],
        }
    if "region_name" in known:
        environ |= {"AWS_REGION": known["region_name"], "AWS_DEFAULT_REGION": known["region_name"]}
    return open_store(f"s3://{subject.server.bucket}/{subject.server.settings.index_prefix}", environ=environ)
