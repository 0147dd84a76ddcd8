"""The one comment on a pull request: created once, then brought up to date, and hidden while there is nothing to say.

It is found again by a mark in its first line and by who wrote it, so that nobody else's comment is ever changed. A job
that may not comment (a fork's token can only read) still succeeds, and its log and summary say so.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from athenaeum.action.step.github import GitHub, LostAnswerError, RefusedError
from athenaeum.printing import printable

LIMIT = 65_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_HIDDEN = "<!-- nothing to say -->"
_ATTEMPTS = 3
_MINIMISE = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }"
_SHOW = "mutation($id: ID!) { unminimizeComment(input: {subjectId: $id}) { clientMutationId } }"
_PERMISSION = "Give the job `permissions: pull-requests: write`; pull requests from forks never have it."


def keep_comment(
    github: GitHub, *, repository: str, number: int, name: str, page: str, nothing: bool, say: Callable[[str], None]
) -> str:
    """Bring the comment of pull request `number` in line with `page`; what was done, or why it was not, as a sentence.

    `name` tells the comments of several endpoints of one repository apart. With `nothing` to say, a comment that is
    there is updated and hidden, and none is made. `say` hears of what went on.
    """
    mark = f"<!-- athenaeum check {hashlib.sha256(name.encode()).hexdigest()[:12]} -->"
    body = f"{mark}\n{_HIDDEN if nothing else ''}\n{_cut(printable(page))}"
    issue = f"repos/{repository}/issues"
    try:
        for attempt in range(_ATTEMPTS):
            found = _find(github, f"{issue}/{number}/comments", mark=mark)
            if found is None and nothing:
                return "Nothing to say, so no comment was made."
            try:
                if found is None:
                    github.write("POST", f"{issue}/{number}/comments", {"body": body})
                    return "The comment was created."
                return _update(github, found, issue=issue, body=body, nothing=nothing)
            except LostAnswerError as lost:
                # It may be there by now: look again before anything is written twice.
                if attempt == _ATTEMPTS - 1:
                    raise
                say(f"{lost.reason}; looking whether the comment arrived")
    except RefusedError as refused:
        why = "" if refused.permitted else f" {_PERMISSION}"
        return f"The comment could not be written. {refused.reason}.{why}"
    raise AssertionError("unreachable")


def _update(github: GitHub, found: dict[str, Any], *, issue: str, body: str, nothing: bool) -> str:
    was_hidden = _HIDDEN in str(found["body"]).splitlines()[:2]
    if found["body"] != body:
        github.write("PATCH", f"{issue}/comments/{found['id']}", {"body": body})
    if nothing:
        github.graphql(_MINIMISE, {"id": found["node_id"]})
        return "Nothing to say any more: the comment was updated and hidden."
    if was_hidden:
        github.graphql(_SHOW, {"id": found["node_id"]})
        return "The comment was updated and shown again."
    return "The comment was updated."


def _find(github: GitHub, path: str, *, mark: str) -> dict[str, Any] | None:
    """Our own comment. A person may copy the mark: what a person wrote is ours only if the token is that person's."""
    people: list[dict[str, Any]] = []
    for comment in github.listed(path):
        if not str(comment.get("body") or "").startswith(mark):
            continue
        author = comment.get("user") or {}
        if author.get("type") == "Bot":
            return comment
        people.append(comment)
    if not people:
        return None
    try:
        own = github.get("user").get("login")
    except RefusedError:
        # A job's own token is nobody's.
        return None
    return next((comment for comment in people if (comment.get("user") or {}).get("login") == own), None)


def _cut(page: str) -> str:
    if len(page) <= LIMIT:
        return page
    kept = page[:LIMIT].rpartition("\n")[0]
    opened = len(re.findall("<details>", kept)) - len(re.findall("</details>", kept))
    return kept + "\n" + "</details>\n" * opened + "\n… the rest stands in the job's summary.\n"
