"""Every kind of bad input ends in one sentence, a remedy and its exit code, and spoils nothing that was there."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bad_input import CASES, GOOD, Case, index, run, write


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_told_and_harmless(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    write(folder, "docs/good.md", GOOD)
    done = run(folder, case.prepare(folder))
    printed = done.stdout + done.stderr
    assert done.returncode == case.code, printed
    assert "Traceback" not in printed
    assert not [word for word in case.words if word not in printed], printed
    if case.code:
        # One sentence and one remedy, or the parser's own two lines.
        told = [line for line in done.stderr.splitlines() if line.startswith("athenaeum")]
        assert len(told) == 1, printed


@pytest.mark.parametrize("name", ["docs folder is empty", "every page is excluded", "unknown setting"])
def test_a_refused_build_leaves_the_index_that_was_there(name: str, tmp_path: Path) -> None:
    write(tmp_path, "docs/good.md", GOOD)
    index(tmp_path)
    before = contents(tmp_path / "index")
    case = next(case for case in CASES if case.name == name)
    assert run(tmp_path, case.prepare(tmp_path)).returncode == case.code
    assert contents(tmp_path / "index") == before


def contents(folder: Path) -> dict[Path, bytes]:
    """The files of an index, without the builder's own scratch folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".work" not in path.parts}
