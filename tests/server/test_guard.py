"""Which names and origins the one guard lets in, over generated ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.errors import ForbiddenOriginError, MisdirectedError
from athenaeum.server.http.guard import ANY, NO_PAGES, Door, check, is_loopback

LABELS = st.text("abz019-", min_size=1, max_size=8)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
OURS = ("localhost", "docs.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "192.0.2.7", "[2001:db8::1]", "docs.internal")


def lets_in(door: Door, method: str = "GET", **headers: str) -> bool:
    try:
        check([(name.replace("_", "-"), value) for name, value in headers.items()], door=door, method=method)
    except (ForbiddenOriginError, MisdirectedError):
        return False
    return True


@given(name=NAMES, ours=st.sampled_from(OURS), port=st.integers(1, 65535), between=st.sampled_from([".", "-", ""]))
def test_a_name_of_somebody_else_is_never_ours(name: str, ours: str, port: int, between: str) -> None:
    door = Door(hosts=frozenset({"docs.internal"}))
    assert lets_in(door, host=f"{ours}:{port}")
    assert lets_in(door, host=ours.upper())
    bare = ours.strip("[]")
    for strange in (f"{bare}{between}{name}.example", f"{name}{between}example.{name}x", f"{name}@{ours}", f"{ours}/"):
        assert not lets_in(door, host=f"{strange}:{port}"), strange
    assert not lets_in(door, host=f"{ours}:{port}x")


@given(name=NAMES, scheme=st.sampled_from(["http", "https"]), port=st.integers(1, 65535))
def test_an_origin_is_ours_or_was_named_or_is_refused(name: str, scheme: str, port: int) -> None:
    origin = f"{scheme}://{name}.example:{port}"
    for method in ("GET", "POST", "OPTIONS"):
        for host in ("localhost:8000", f"{name}.example"):
            door = Door(hosts=frozenset({f"{name}.example"}))
            assert not lets_in(door, method, host=host, origin=origin)
            assert lets_in(Door(hosts=door.hosts, origins=frozenset({origin})), method, host=host, origin=origin)
            assert lets_in(Door(hosts=door.hosts, origins=frozenset({ANY})), method, host=host, origin=origin)
        assert not lets_in(NO_PAGES, method, host="localhost", origin=origin)
        assert not lets_in(NO_PAGES, method, host="localhost", origin="http://localhost")
    own = f"{scheme}://localhost:{port}"
    assert lets_in(Door(), host=f"localhost:{port}", origin=own)
    assert lets_in(Door(), host="localhost", origin=f"{scheme}://localhost")
    assert lets_in(Door(neighbours=True), host="localhost:1", origin=own) or port == 1
    assert not lets_in(Door(neighbours=True), host="localhost:1", origin=f"{scheme}://localhost.example:{port}")


@pytest.mark.parametrize("origin", ["null", "", "file://", "http://", "http://localhost:8000/", "javascript:", "*"])
def test_what_is_no_origin_of_ours_is_refused(origin: str) -> None:
    assert not lets_in(Door(neighbours=True), host="localhost:8000", origin=origin)


def test_what_a_browser_says_of_the_two_sites_counts() -> None:
    for site in ("cross-site", "same-site", "nonsense", ""):
        assert not lets_in(Door(), host="localhost", sec_fetch_site=site)
        assert not lets_in(Door(), "POST", host="localhost", sec_fetch_site=site, sec_fetch_mode="navigate")
    for site in ("none", "same-origin"):
        assert lets_in(Door(), host="localhost", sec_fetch_site=site)
        assert not lets_in(NO_PAGES, host="localhost", sec_fetch_site=site)
    visit = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert lets_in(Door(), host="localhost", sec_fetch_site="cross-site", **visit)
    assert not lets_in(Door(), "POST", host="localhost", sec_fetch_site="cross-site", **visit)
    assert lets_in(Door(), host="localhost")
    assert lets_in(NO_PAGES, host="localhost")


@given(st.ip_addresses())
def test_loopback_is_what_it_is(address: object) -> None:
    assert is_loopback(str(address)) == address.is_loopback  # type: ignore[attr-defined]
