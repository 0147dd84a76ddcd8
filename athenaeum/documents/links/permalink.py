"""The address of lines of a file on its forge, at one commit. Standard library only: the server makes these too."""

import re
from collections.abc import Mapping
from urllib.parse import quote

_SHORT = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?(?P<host>\w[\w.-]*)(?::(?P<port>\d+)(?=/))?[/:](?P<path>[^\s?#]+?)(?:\.git)?/?"
)

# `?plain=1` and its like: a forge shows rendered Markdown, which has no lines, unless told otherwise.
_FORMS: Mapping[str, tuple[str, str, str, str]] = {
    "github": ("/blob/{commit}/{path}", "?plain=1", "#L{start}-L{end}", "#L{start}"),
    "gitlab": ("/-/blob/{commit}/{path}", "?plain=1", "#L{start}-{end}", "#L{start}"),
    "gitea": ("/src/commit/{commit}/{path}", "?display=source", "#L{start}-L{end}", "#L{start}"),
    "bitbucket": ("/src/{commit}/{path}", "", "#lines-{start}:{end}", "#lines-{start}"),
}
_RENDERED = (".md", ".mdx", ".markdown", ".mdown", ".mkd", ".mkdn", ".rst", ".ipynb")


def permalink(repository: str, commit: str, source_path: str, *, start_line: int = 0, end_line: int = 0) -> str:
    """The forge's page for lines `start_line` to `end_line` (1-based, inclusive; 0: the whole file).

    `repository` is `owner/name` on GitHub, or the address of a clone on any forge (https, ssh or `git@host:…`);
    credentials in it are left out. "" when repository, commit or path is not known, or the path leaves the repository.
    """
    home = repository_url(repository)
    if not home or not commit or not source_path or source_path.startswith(("../", "/")):
        return ""
    place, plain, lines, line = _FORMS[_forge_of(home)]
    address = home + place.format(commit=quote(commit, safe=""), path=quote(source_path, safe="/-._~!$&'()*+,;=:@"))
    if source_path.lower().endswith(_RENDERED):
        address += plain
    if start_line > 0:
        end_line = max(start_line, end_line)
        address += (lines if end_line > start_line else line).format(start=start_line, end=end_line)
    return address


def repository_url(repository: str) -> str:
    """The repository's page on its forge, without a last slash or credentials; "" when none can be made out."""
    repository = repository.strip()
    if _SHORT.fullmatch(repository):
        return f"https://github.com/{repository.removesuffix('.git')}"
    found = _REMOTE.fullmatch(repository)
    if not found or "." not in found["host"] or "/" not in found["path"].strip("/"):
        return ""
    port = f":{found['port']}" if found["port"] and repository.startswith("http") else ""
    return f"https://{found['host']}{port}/{found['path'].strip('/')}"


def _forge_of(home: str) -> str:
    host = home.split("/")[2].lower()
    names = {"gitlab": "gitlab", "bitbucket": "bitbucket", "codeberg": "gitea", "gitea": "gitea", "forgejo": "gitea"}
    # A company's own GitHub rarely says so in its name.
    return next((form for name, form in names.items() if name in host), "github")
