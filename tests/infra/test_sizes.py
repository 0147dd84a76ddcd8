"""The size budget."""

import pytest

from athenaeum.errors import SizeError
from athenaeum.infra.bundles.sizes import LIMIT, Share, check_total, fits, table, total


def test_details_are_shown_and_not_counted_twice() -> None:
    shares = [Share("layer", 100, 40), Share("faiss", 60, indent=1), Share("code", 10, 5)]
    assert total(shares) == 110


def test_the_limit_is_inclusive() -> None:
    assert fits([Share("x", LIMIT)])
    assert not fits([Share("x", LIMIT + 1)])


def test_over_the_limit_is_an_error_with_the_table_and_a_remedy() -> None:
    shares = [Share("dependency layer", 250 * 2**20), Share("encoder layer", 22 * 2**20, 16 * 2**20)]
    with pytest.raises(SizeError, match="262,144,000") as raised:
        check_total(shares)
    assert "encoder layer" in raised.value.message
    assert "272.0" in raised.value.message
    assert raised.value.remedy


def test_the_table_has_a_line_for_each_and_the_total() -> None:
    text = table([Share("layer", 3 * 2**20, 2**20), Share("faiss", 2**20, indent=1)])
    assert text.splitlines() == [
        "MiB         unzipped    zipped",
        "layer            3.0       1.0",
        "  faiss          1.0",
        "total            3.0       1.0",
        "AWS allows     250.0",
    ]
