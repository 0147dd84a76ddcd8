"""What a project pins are values and no lines: a merge of lines would make a conflict of every release.

A bot raises the package in requirements.txt and the action in the workflow; whoever adds a package writes on the line
below the first; and a release writes its own commit into the workflow of the template.
"""

import re
from collections.abc import Callable, Mapping

from athenaeum.onboarding.merging import File, Tree

PACKAGE = re.compile(r"^(athenaeum-deploy\[deploy\]==)([0-9]{1,6}(?:\.[0-9]{1,6}){1,3})(?=[ \t\r]*$)", re.MULTILINE)
"""The line of requirements.txt that the template writes: what is asked for, and the version."""
_ACTION = re.compile(r"(?<=uses: )athenaeum/deploy@[^\n\r]*")
_RELEASE = re.compile(r"athenaeum/deploy@(?:[0-9a-f]{40} +# *v[0-9.]{1,20}|v[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}) *")
"""As a release or a bot pins the action. A commit without its version is a person's choice, and a line as others."""
_REQUIREMENTS = "requirements.txt"
_WORKFLOWS = ".github/workflows/"


def raised(tree: Tree, *, version: str) -> dict[str, File]:
    """The files, of which requirements.txt asks for this version."""
    return {
        path: _replaced(file, PACKAGE, lambda found: found[1] + version) if path == _REQUIREMENTS else file
        for path, file in tree.items()
    }


def agreed(*, base: Tree, ours: Tree, theirs: Tree) -> tuple[dict[str, File], dict[str, File]]:
    """`base` and `theirs` so that the pin of a release goes on to that of `theirs`, and is never loosened."""
    pinned, new = _action(ours), _action(theirs)
    if not _RELEASE.fullmatch(pinned):
        return dict(base), dict(theirs)
    before = _with_action(base, pinned)
    return before, dict(theirs) if _RELEASE.fullmatch(new) else _with_action(theirs, pinned)


def _action(tree: Tree) -> str:
    for path, file in sorted(tree.items()):
        if path.startswith(_WORKFLOWS) and (found := _ACTION.search(file.data.decode("utf-8", "replace"))):
            return found[0]
    return ""


def _with_action(tree: Mapping[str, File], action: str) -> dict[str, File]:
    return {
        path: _replaced(file, _ACTION, lambda _: action) if path.startswith(_WORKFLOWS) else file
        for path, file in tree.items()
    }


def _replaced(file: File, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> File:
    if file.mode == "120000":
        return file
    text = pattern.sub(by, file.data.decode("utf-8", "surrogateescape"))
    return File(text.encode("utf-8", "surrogateescape"), file.mode)
