"""Normal forms: Unicode's own for what people write, and in linear time for what nobody does."""

import ast
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.characters import normalised
from athenaeum.documents.sites import slugs
from athenaeum.index.text.words import normalise

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
PACKAGE = Path(__file__).resolve().parents[2] / "athenaeum"


@given(st.sampled_from(FORMS), st.lists(st.text(max_size=20), max_size=5).map("".join))
def test_a_normal_form_is_unicodes_own(form: str, text: str) -> None:
    assert normalised(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["─" * 500, "😀\u200d" * 300, "ﾊﾟ" * 300, "कि" * 300, "≠\u0338" * 300, "！" * 99])
def test_long_runs_without_letters_are_no_runs_of_marks(text: str) -> None:
    for form in FORMS:
        assert normalised(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", ["\u0300\u0316", "\uff9e\u0316", "\u0f73", "\u0344\u0316"])
def test_a_letter_under_any_number_of_marks_takes_linear_time(unit: str) -> None:
    for run in (normalise, slugs.python_markdown, slugs.vitepress, slugs.pymdownx, slugs.docutils):
        ratios = []
        for _ in range(3):
            times = []
            for size in (20_000, 160_000):
                began = time.process_time()
                run("a" + unit * size)
                times.append(time.process_time() - began)
            ratios.append(times[1] / max(times[0], 0.002))
        # Eight times the size: 64 times the work when it is quadratic.
        assert min(ratios) < 24, (run.__name__, ratios)


def test_text_is_normalised_in_one_place_alone() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "normalize" and ast.unparse(node.value) == "unicodedata"
    }
    assert found == {"characters.py"}
