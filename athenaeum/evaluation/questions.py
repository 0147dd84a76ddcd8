"""questions.yml: what readers ask, and where the answer stands. Errors name the file and the line.

```yaml
- question: how do I declare a request body
  expect: tutorial/body.md                     # anywhere on the page
- question: upload several files
  expect:
    - tutorial/request-files.md#multiple-uploads   # a section, by its anchor or heading
    - {page: faq.md, lines: 40-52, grade: 1}       # or faq.md:40-52; grade 3 is the best answer, 1 a related one
```
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from athenaeum.errors import QuestionsError
from athenaeum.git import LFS_REMEDY, is_lfs_pointer
from athenaeum.parsing import DataError, Node, read_yaml

MOST_QUESTIONS = 10_000
BEST_GRADE = 3
_LINES = re.compile(r"(\d{1,9})(?:\s*+-\s*+(\d{1,9}))?")
_WITH_LINES = re.compile(r"(?P<page>.+\.[A-Za-z]\w*):(?P<lines>\d+(?:-\d+)?)")
_KEYS = ("question", "expect", "path_prefix")
_TARGET_KEYS = ("page", "heading", "lines", "grade")


@dataclass(frozen=True, slots=True)
class Target:
    """One place that answers a question: a page, or of it a section (`heading`) or source lines (1-based, inclusive).

    `grade` is 1 (related) to 3 (the answer).
    """

    page: str
    heading: str = ""
    lines: tuple[int, int] | None = None
    grade: int = BEST_GRADE

    def __str__(self) -> str:
        if self.lines:
            return f"{self.page}:{self.lines[0]}-{self.lines[1]}"
        return f"{self.page}#{self.heading}" if self.heading else self.page


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the places that answer it. `line` is where it stands in its file."""

    text: str
    targets: tuple[Target, ...]
    path_prefix: str = ""
    line: int = 0


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file, in order; `QuestionsError` names the line of whatever cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise QuestionsError(
            f"There is no questions file {path}.", remedy="Draft one with `athenaeum evaluate --suggest`."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path} cannot be read.", remedy="It must be a readable UTF-8 file.") from error
    if is_lfs_pointer(text.encode()):
        raise QuestionsError(
            f"{path} is a Git LFS pointer, and its content is not checked out.",
            remedy=LFS_REMEDY,
            file=str(path),
            line=1,
        )
    return parse_questions(text, file=str(path))


def parse_questions(text: str, *, file: str) -> tuple[Question, ...]:
    """As `read_questions`, of a text; `file` is named in errors."""
    try:
        node = read_yaml(text)
    except DataError as error:
        _refuse(f"{file} is not valid YAML: {error.problem}.", file, error.line or 1)
    if node is not None and node.kind == "mapping" and [key.value for key, _ in node.value] == ["questions"]:
        node = node.value[0][1]
    if node is None or node.kind != "sequence" or not node.value:
        _refuse(f"{file} holds no list of questions.", file, node.line if node else 1)
    if len(node.value) > MOST_QUESTIONS:
        _refuse(f"{file} holds more than {MOST_QUESTIONS:,} questions.", file, 1)
    return tuple(_question(entry, file) for entry in node.value)


def _question(node: Node, file: str) -> Question:
    line = node.line
    fields = dict(_fields(node, _KEYS, "question", file))
    text = _scalar(fields.get("question"), "question", file, line)
    expect = fields.get("expect")
    if expect is None:
        _refuse(f"{text!r} expects nothing.", file, line)
    several = expect.value if expect.kind == "sequence" else [expect]
    targets = tuple(_target(one, file) for one in several)
    if not targets:
        _refuse(f"{text!r} expects nothing.", file, line)
    prefix = fields.get("path_prefix")
    return Question(
        text=text,
        targets=targets,
        path_prefix=_scalar(prefix, "path_prefix", file, line) if prefix is not None else "",
        line=line,
    )


def _target(node: Node, file: str) -> Target:
    line = node.line
    if node.kind == "mapping":
        fields = dict(_fields(node, _TARGET_KEYS, "expected place", file))
        page = _scalar(fields.get("page"), "page", file, line)
        heading = _scalar(fields["heading"], "heading", file, line) if "heading" in fields else ""
        lines = _scalar(fields["lines"], "lines", file, line) if "lines" in fields else ""
        grade = _scalar(fields["grade"], "grade", file, line) if "grade" in fields else str(BEST_GRADE)
        if grade not in ("1", "2", "3"):
            _refuse(f"A grade is 1, 2 or 3, not {grade!r}.", file, line)
        place = _target_of(page, lines=lines, file=file, line=line)
        return Target(place.page, heading or place.heading, place.lines, int(grade))
    return _target_of(_scalar(node, "expect", file, line), lines="", file=file, line=line)


def _target_of(written: str, *, lines: str, file: str, line: int) -> Target:
    if not lines and (found := _WITH_LINES.fullmatch(written)):
        written, lines = found["page"], found["lines"]
    page, _, heading = written.partition("#")
    page = page.strip().removeprefix("./").lstrip("/")
    if not page:
        _refuse(f"{written!r} names no page.", file, line)
    if not lines:
        return Target(page, heading.strip())
    span = _LINES.fullmatch(lines.strip())
    if not span or int(span[1]) < 1 or int(span[2] or span[1]) < int(span[1]):
        _refuse(f"{lines!r} is no range of lines.", file, line)
    return Target(page, heading.strip(), (int(span[1]), int(span[2] or span[1])))


def _fields(node: Node, known: tuple[str, ...], what: str, file: str) -> Iterator[tuple[str, Node]]:
    if node.kind != "mapping":
        _refuse(f"A {what} is written as names and values, not as a {node.kind}.", file, node.line)
    for key, value in node.value:
        if key.value not in known:
            import difflib

            near = difflib.get_close_matches(str(key.value), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}."
            _refuse(f"Unknown name {key.value!r} in a {what}; {hint}", file, key.line)
        yield key.value, value


def _scalar(node: Node | None, name: str, file: str, line: int) -> str:
    if node is None or node.kind != "scalar" or not str(node.value).strip():
        _refuse(f"`{name}` must be a text.", file, node.line if node is not None else line)
    return str(node.value).strip()


def _refuse(message: str, file: str, line: int) -> NoReturn:
    raise QuestionsError(
        message, remedy="docs/evaluation.md shows what a questions file looks like.", file=file, line=line
    )
