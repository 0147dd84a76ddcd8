"""What a run tells the workflow: outputs, annotations and the job summary, within GitHub's limits.

Everything that comes from outside (file names, titles, messages) is escaped as the workflow commands demand, so that
no text of a page can become a command: `Log` sees every line that is printed, and only `Workflow` writes beside it.
"""

import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from athenaeum.action.step.escaping import log_line
from athenaeum.printing import printable, raw

OUTPUTS: dict[str, str] = {
    "endpoint-url": "Address of the endpoint.",
    "mcp-url": "Address of the endpoint's MCP server.",
    "release": "Id of the live release.",
    "commit": "Commit that was indexed.",
    "stack-name": "Name of the CloudFormation stack.",
    "index-bucket": "Bucket that holds the releases.",
    "pages": "Number of pages in the index.",
    "chunks": "Number of chunks in the index.",
    "changed-pages": "Number of pages added, changed or removed.",
    "recall": "Recall@5 on the questions.",
    "mrr": "Mean reciprocal rank on the questions.",
    "verdict": "pass, warn or fail.",
    "report": "Path of the report in Markdown.",
}
"""Output → meaning; action.yml and docs/action.md are checked against it."""

SUMMARY_LIMIT = 1024 * 1024
"""Bytes; a larger summary is refused whole by GitHub, so it is cut here."""
ANNOTATION_LIMIT = 10
"""GitHub shows at most this many annotations per level and step."""


class Workflow:
    """The channels of one step. Files that are not set (outside GitHub) are left alone."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._output = environ.get("GITHUB_OUTPUT", "")
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self._shown: dict[str, int] = {}
        self.summarised = False
        self.each_phase: list[Callable[[], object]] = []
        """Called when a phase of the run begins, such as to renew credentials."""

    def output(self, values: Mapping[str, object]) -> None:
        """Set outputs; each must be one of `OUTPUTS`."""
        if unknown := set(values) - set(OUTPUTS):
            raise ValueError(f"not an output: {', '.join(sorted(unknown))}")
        if not self._output:
            return
        # A delimiter no value can contain keeps a value from setting another output; no value is of more than one line.
        mark = f"end-{secrets.token_hex(8)}"
        with Path(self._output).open("a", encoding="utf-8") as file:
            for name, value in values.items():
                file.write(f"{name}<<{mark}\n{_one_line(str(value))}\n{mark}\n")

    def summary(self, markdown: str) -> None:
        """Append to the job summary, cut at GitHub's limit."""
        self.summarised = True
        if not self._summary:
            return
        path = Path(self._summary)
        room = SUMMARY_LIMIT - (path.stat().st_size if path.exists() else 0)
        data = printable(markdown).encode()
        if len(data) > room:
            note = "\n\n… the rest is left out: GitHub's limit is 1 MiB.\n".encode()
            data = data[: max(0, room - len(note))].decode(errors="ignore").encode() + note
        with path.open("ab") as file:
            file.write(data)

    def say(self, text: str) -> None:
        """A line of the log that may hold other people's words."""
        print(log_line(text), flush=True)

    def error(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Annotate as an error."""
        self.annotate("error", message, file=file, line=line)

    def warning(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Annotate as a warning."""
        self.annotate("warning", message, file=file, line=line)

    def notice(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Annotate as a notice."""
        self.annotate("notice", message, file=file, line=line)

    def mask(self, secret: str) -> None:
        """Have the runner replace this value by *** in every log line from here on."""
        for part in filter(None, secret.splitlines()):
            # As it is: a mask that differs from the secret hides nothing.
            _command(f"::add-mask::{_data(part)}")

    def group(self, title: str) -> None:
        """Begin a foldable group of log lines."""
        _command(f"::group::{_data(printable(title))}")

    def end_group(self) -> None:
        """End the group."""
        _command("::endgroup::")

    def annotate(self, level: str, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Annotate as `level` (error, warning or notice); beyond GitHub's limit nothing is printed.

        `file` is relative to the checkout: `checkout_paths.checkout_path` makes such a name.
        """
        self._shown[level] = self._shown.get(level, 0) + 1
        if self._shown[level] > ANNOTATION_LIMIT:
            return
        place = [f"file={_property(printable(file))}"] if file else []
        place += [f"line={line}"] if file and line else []
        _command(f"::{level} {','.join(['title=Athenaeum', *place])}::{_data(printable(message))}")


class Log:
    """What a runner may see of what is printed: text without escape sequences, in which it finds no command.

    It looks for `::` at the beginning of a line and for `##[` anywhere in one. A line may be written in pieces, so the
    first colon of a line and the bracket are what is replaced.
    """

    def __init__(self) -> None:
        self._line = ""

    def __call__(self, text: str) -> str:
        """The text as it is to be written."""
        shown = []
        for part in re.split(r"(?<=\n)", printable(text)):
            if not self._line.strip():
                part = re.sub(r"^(\s*):", "\\1\u2236", part)  # noqa: PLW2901
            tail = self._line[-2:]
            part = (tail + part).replace("##[", "##\uff3b")[len(tail) :]  # noqa: PLW2901
            shown.append(part)
            # Of a long line only its beginning and its end matter.
            self._line = "" if part.endswith("\n") else (self._line + part)[-200:] or self._line
        return "".join(shown)


def _command(line: str) -> None:
    stream = raw(sys.stdout)
    stream.write(f"{line}\n")
    stream.flush()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
