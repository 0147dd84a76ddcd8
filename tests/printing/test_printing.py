"""No text of others acts on a terminal: not from a command's output, nor from its errors."""

import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.cli.main import COMMANDS, main
from athenaeum.errors import QuestionsError
from athenaeum.evaluation.questions import parse_questions
from athenaeum.printing import plain_output, printable

ESCAPES = (
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31mC1",
    "over\rwritten",
    "gnp.\u202eexe",
    "a\u2066b\u2069",
    "back\x08\x08",
    "del\x7f",
    "tag\U000e0041",
)


def acting(text: str) -> list[str]:
    """What of a text could act on a terminal, found by Unicode's own classes and not by the list that is tested."""
    plain = text.replace("\r\n", "\n")
    controls = [mark for mark in plain if unicodedata.category(mark) in ("Cc", "Cs") and mark not in "\n\t"]
    turning = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return controls + [mark for mark in plain if unicodedata.bidirectional(mark) in turning]


@given(st.text(st.characters()) | st.sampled_from(ESCAPES))
def test_nothing_acts_and_the_rest_stays(text: str) -> None:
    shown = printable(text)
    assert acting(shown) == []
    kept = "".join(mark for mark in text if mark.isprintable() and not "\U000e0000" <= mark <= "\U000e007f")
    assert all(mark in shown for mark in kept)


@given(st.text())
def test_json_stays_json_with_the_same_meaning(text: str) -> None:
    for ascii_alone in (True, False):
        assert json.loads(printable(json.dumps(text, ensure_ascii=ascii_alone))) == text


def test_readable_text_of_every_script_is_left_alone() -> None:
    for text in ("naïve → Größe", "日本語\n\ttabbed", "مرحبا\u200f بك", "👩\u200d🚀", "windows\r\n"):
        assert printable(text) == text


def test_streams_are_put_back_and_bars_reach_the_one_below(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with plain_output(), plain_output():
        print("a\x1b[1mb")
        sys.stderr.writelines(["c\x07", "d\n"])
    assert sys.stdout is before
    assert capsys.readouterr() == ("a\\u001b[1mb\n", "c\\u0007d\n")


def test_an_error_that_ends_the_process_is_shown_as_text() -> None:
    code = (
        "from athenaeum.printing import plain_output\nwith plain_output():\n    raise OSError('a\\x1b[31m\\u202eb')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    shown = done.stderr.decode()
    assert done.returncode == 1
    assert "Traceback" in shown
    assert acting(shown) == []


@pytest.mark.parametrize("command", [*COMMANDS, "no\x1b[31m-such-command"])
def test_no_command_repeats_a_hostile_argument_as_it_is(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, f"--no-such-{ESCAPES[0]}", *ESCAPES])
    shown = capsys.readouterr()
    assert acting(shown.out + shown.err) == []


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A docs repository whose names, titles, links, questions and configuration are escape sequences."""
    folder = tmp_path_factory.mktemp("hostile") / "docs \x1b[31m repository"
    docs = folder / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    for number, escape in enumerate(ESCAPES):
        name = escape.replace("/", "∕")[:80]
        (docs / f"{name}.md").write_text(f"# {escape} {number}\n\nA page. [x](<gone {escape}.md>)\n", newline="")
    (docs / os.fsdecode(b"not-utf-8-\xff.md")).write_text("# No\n")
    (folder / ".athenaeum").mkdir()
    questions = [{"question": f"what is {escape}", "expect": f"{escape}.md"} for escape in ESCAPES]
    (folder / ".athenaeum" / "questions.yml").write_text(json.dumps(questions, ensure_ascii=False))
    (folder / "bad.yml").write_text(json.dumps({f"doc{ESCAPES[0]}": {}, "docs": {"paths": [ESCAPES[2]]}}))
    (folder / "astray.yml").write_text(json.dumps({"docs": {"paths": [f"gone-{ESCAPES[2]}"]}}))
    return folder


RUNS = (
    ("index", "--check-links"),
    ("index", "--config", "bad.yml"),
    ("index", "--config", "astray.yml"),
    ("index", "--output", ESCAPES[2].replace("/", "")),
    ("search", "widget"),
    ("search", ESCAPES[0], "--json"),
    ("search", os.fsdecode(b"not utf-8 \xff")),
    ("chat", os.fsdecode(b"not utf-8 \xff"), "--llm-provider", "none"),
    ("chat", f"widget {ESCAPES[0]}", "--llm-provider", "none"),
    ("evaluate",),
    ("evaluate", "--suggest"),
    ("publish", "--to", f"store {ESCAPES[0]}"),
    ("releases", "--store", f"store {ESCAPES[0]}"),
    ("rollback", "--store", f"store {ESCAPES[0]}", "--release", ESCAPES[0]),
    ("init", "--dry-run"),
    ("doctor", "--offline"),
)


def test_no_command_on_a_hostile_repository_lets_it_act(hostile: Path) -> None:
    for words in RUNS:
        command = [sys.executable, "-m", "athenaeum", *words]
        done = subprocess.run(command, cwd=hostile, capture_output=True, check=False, timeout=300)
        shown = (done.stdout + done.stderr).decode("utf-8", "strict")
        assert "Traceback" not in shown, (words, shown[-3000:])
        assert shown, words
        assert acting(shown) == [], (words, shown)


def test_half_a_character_in_a_question_is_named_and_no_traceback() -> None:
    with pytest.raises(QuestionsError, match="character") as refused:
        parse_questions('- question: "a\\ud800b"\n  expect: a.md\n', file="questions.yml")
    assert refused.value.line == 1


def test_a_bar_on_a_terminal_is_drawn_and_what_is_printed_with_it_does_not_act(hostile: Path) -> None:
    """On a terminal our own bars use escape sequences; those of the pages are still text."""
    here, there = pty.openpty()
    command = [sys.executable, "-m", "athenaeum", "index", "--output", "on-a-terminal"]
    with subprocess.Popen(command, cwd=hostile, stdout=there, stderr=there, stdin=subprocess.DEVNULL) as process:
        os.close(there)
        shown = b""
        while True:
            try:
                part = os.read(here, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert process.wait() == 0, shown
    os.close(here)
    assert b"\x1b[" in shown
    for escape in (b"\x1b[31m", b"\x1b]", b"\x07", "\u202e".encode(), b"\x7f"):
        assert escape not in shown
    assert b"\\u001b" in shown
