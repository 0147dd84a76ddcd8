"""Words of a query that say nothing about what is asked. They are left out unless nothing else is there. Pure."""

from collections.abc import Sequence

_STOP = frozenset(
    """
    a about after again all also am an and any are as at be been being but by can cannot could did do does doing done
    each else ever every for from get gets getting got had has have having he her here hers him his how i if in into
    is it its itself just let like may me might mine more most much must my no nor not of off on once one only or
    other our ours out over own s same she should so some such t than that the their theirs them then there these
    they this those through to too under until up use used uses using very want was way we were what when where
    whether which while who whom whose why will with within without would you your yours d ll m re ve don doesn isn
    """.split()  # noqa: SIM905 - a list of 150 literals is no clearer
)


def content_words(found: Sequence[str]) -> list[str]:
    """The words without the stop words; all of them when they are nothing but stop words."""
    kept = [word for word in found if word not in _STOP]
    return kept or list(found)
