"""Each error has its own exit code, a remedy place in the docs, and a status that HTTP knows."""

import http
from pathlib import Path

from athenaeum import errors

ROOT = Path(__file__).resolve().parents[2]


def classes() -> list[type[errors.AthenaeumError]]:
    found, todo = [], [errors.AthenaeumError]
    while todo:
        each = todo.pop()
        found.append(each)
        todo += each.__subclasses__()
    return [each for each in found if each.__module__ == errors.__name__]


def test_every_error_class_has_an_exit_code_of_its_own() -> None:
    codes = [each.exit_code for each in classes()]
    assert len(codes) == len(set(codes))


def test_every_error_class_has_a_name_of_its_own() -> None:
    names = [each.code for each in classes()]
    assert len(names) == len(set(names))


def test_every_status_is_an_error_that_http_knows() -> None:
    assert all(http.HTTPStatus(each.status).value >= 400 for each in classes())


def test_every_error_has_an_entry_in_the_troubleshooting_page() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    absent = [each.code for each in classes() if f"\n## `{each.code}`" not in page]
    assert not absent
