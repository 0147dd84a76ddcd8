"""What each of GitHub's events may do: which mode `auto` means, and which modes are refused. Pure.

What deploys by `auto` is a list. Two things are kept apart: whether the event may bring something to readers, and who
decides what the job has checked out. Events of people without rights (a comment, a fork's workflow) run with the
repository's secrets, so what they have checked out must be the repository's own; `checkout_rules` looks at that.
"""

from dataclasses import dataclass
from typing import Literal

from athenaeum.action.step.event import Event
from athenaeum.config import PRODUCTION
from athenaeum.errors import EventError

NOTHING = "nothing"
"""The mode of a run that has nothing to do."""
READING = ("deploy", "publish", "check")
"""Modes that read the docs of the checkout."""
CHANGING = ("deploy", "publish", "rollback", "destroy")
"""Modes that change what readers are answered from."""

Kind = Literal["member", "proposal", "anyone", "forbidden", "caller"]
"""member: only people who may write to the repository raise it. proposal: it is about a change that is not merged, and
GitHub gives a fork's run no secrets. anyone: it runs with the repository's secrets, and others can raise it or decide
what it is about. forbidden: refused always. caller: never the name of an event."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One event: the mode that `auto` means ("" where auto refuses), its kind, and why, as a phrase."""

    auto: str
    kind: Kind
    why: str


EVENTS: dict[str, Rule] = {
    "push": Rule("deploy", "member", "a branch or tag moved; the deletion of one is nothing to do"),
    "workflow_dispatch": Rule("deploy", "member", "somebody asked for it"),
    "pull_request": Rule("check", "proposal", "not merged yet"),
    "merge_group": Rule("check", "proposal", "not merged yet"),
    "schedule": Rule("report", "member", "nothing changed; readers' questions are reported"),
    "pull_request_target": Rule("", "forbidden", "runs with the repository's secrets on behalf of a fork"),
    "pull_request_review": Rule("", "proposal", "a review is no merge"),
    "pull_request_review_comment": Rule("", "proposal", "a comment is no merge"),
    "issue_comment": Rule("", "anyone", "a comment is no change of the docs"),
    "issues": Rule("", "anyone", "an issue is no change of the docs"),
    "discussion": Rule("", "anyone", "a discussion is no change of the docs"),
    "discussion_comment": Rule("", "anyone", "a comment is no change of the docs"),
    "fork": Rule("", "anyone", "a fork is no change of the docs"),
    "watch": Rule("", "anyone", "a star is no change of the docs"),
    "workflow_run": Rule("", "anyone", "a fork's workflow may have begun it"),
    "check_run": Rule("", "anyone", "a fork's check may have begun it"),
    "check_suite": Rule("", "anyone", "a fork's check may have begun it"),
    "status": Rule("", "anyone", "a status is no change of the docs"),
    "gollum": Rule("", "anyone", "the wiki is another repository"),
    "release": Rule("", "anyone", "the push of its tag deploys"),
    "create": Rule("", "anyone", "the push of the branch or tag deploys"),
    "delete": Rule("", "anyone", "a branch or tag is gone"),
    "deployment": Rule("", "anyone", "what it deploys is decided elsewhere"),
    "deployment_status": Rule("", "anyone", "what it deploys is decided elsewhere"),
    "page_build": Rule("", "anyone", "the push before it deploys"),
    "public": Rule("", "anyone", "no change of the docs"),
    "label": Rule("", "anyone", "no change of the docs"),
    "milestone": Rule("", "anyone", "no change of the docs"),
    "branch_protection_rule": Rule("", "anyone", "no change of the docs"),
    "registry_package": Rule("", "anyone", "no change of the docs"),
    "image_version": Rule("", "anyone", "no change of the docs"),
    "repository_dispatch": Rule("", "member", "what it means is decided by whoever sent it"),
    "workflow_call": Rule("", "caller", "a called workflow has the event of its caller"),
}
"""Event → rule, in the order of docs/action.md."""


def rule_of(name: str) -> Rule:
    """The rule of an event; one that is not known may be raised by anyone."""
    return EVENTS.get(name) or Rule("", "anyone", "this version does not know it")


def choose_mode(mode: str, event: Event, *, target: str, environment: str) -> str:
    """The mode of this run, `NOTHING` when there is nothing to do; `EventError` names the event that is refused.

    `mode` is the input. `environment` names an endpoint other than the readers' own, such as a preview; production is
    theirs, as is the one without a name.
    """
    rule = rule_of(event.name)
    if rule.kind == "forbidden":
        raise EventError(
            f"On {event.name} nothing is read, checked or deployed: the job has the repository's secrets while a fork "
            "decides what it checks out, so its files could use them.",
            remedy="Let the workflow run `on: pull_request` to check a change, and `on: push` to deploy a merged one.",
        )
    if event.deleted and mode in ("auto", *READING):
        return NOTHING
    chosen = rule.auto if mode == "auto" else mode
    if not chosen:
        named = f"the event {event.name}" if event.name else "a run without an event (GITHUB_EVENT_NAME is not set)"
        raise EventError(
            f"Mode auto does nothing on {named}: {rule.why if event.name else 'nothing says what happened'}.",
            remedy="Let the workflow run `on: push` to deploy and `on: pull_request` to check; or name what is wanted "
            "in the input mode (deploy, check, publish, report).",
        )
    # A name in another case is no other endpoint to whoever reads it.
    readers = environment.lower() in ("", *PRODUCTION)
    if readers and _is_proposed(chosen, event, target=target):
        raise EventError(
            f"Mode {chosen} on {event.name} would change what readers find, for a change that is not merged.",
            remedy="Do it on a push; for a preview name another endpoint than prod in the input environment; "
            "to say what it changes use `mode: check`.",
        )
    return chosen


def check_stack(mode: str, event: Event, *, target: str, environment: str, stack: str) -> None:
    """`EventError` where a change that is not merged would reach a stack that is not of its own environment.

    The change brings the athenaeum.yml that names the stack: for its preview it could name the readers'.
    """
    if _is_proposed(mode, event, target=target) and not stack.endswith(f"-{environment}"):
        raise EventError(
            f"For a change that is not merged athenaeum.yml names the stack {stack} in the environment {environment}.",
            remedy=f"Let the name end with -{environment}, as it does when deploy.environments.{environment}.stack is "
            "left out.",
        )


def _is_proposed(mode: str, event: Event, *, target: str) -> bool:
    """Whether a change that is not merged would change what somebody finds on AWS."""
    return target == "aws" and mode in CHANGING and rule_of(event.name).kind == "proposal" and not event.merged


def shown(name: str) -> tuple[str, str, str]:
    """One row of the table in docs/action.md: the event, what `auto` does, what a mode that is named does."""
    rule = EVENTS[name]
    auto = f"`{rule.auto}`" if rule.auto else "refused"
    if rule.kind == "caller":
        auto = "as the caller's event"
    named = {
        "member": "does it",
        "proposal": "needs `environment` or `target: local` until it is merged, but for `check` and `report`",
        "anyone": "does it from a commit of the repository's own; refuses any other checkout",
        "forbidden": "refused",
        "caller": "as the caller's event",
    }[rule.kind]
    return f"`{name}`", f"{auto}: {rule.why}", named
