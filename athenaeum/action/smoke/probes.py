"""What the deployed endpoint is asked after a publish, and which passages it must find, as this release does here."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from athenaeum.action.measuring import Measured
from athenaeum.evaluation.metrics import DEPTH
from athenaeum.evaluation.runner import Result, target_span
from athenaeum.retrieval.searcher import Searcher, open_searcher

MOST = 5
"""Questions that are asked; each is a request that the job waits for."""
SURE = 3
"""Only what is found this high up is held against the endpoint: its processor rounds differently, and ties may turn."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question and the ids of passages any of which must be among the first `metrics.DEPTH` results.

    `predicted` is the rank here. `line` is where the question stands in its file, 0 for a page's title.
    """

    query: str
    wanted: tuple[str, ...]
    predicted: int
    path_prefix: str = ""
    line: int = 0


def choose_probes(index: Path, *, release: str, measured: Measured) -> tuple[Probe, ...]:
    """Golden questions that this release answers high up, spread over the file; without any, titles of its pages."""
    with closing(open_searcher(index, release=release, verify=False)) as searcher:
        results = measured.now.results if measured.now else ()
        answered = [result for result in results if 0 < result.rank <= SURE]
        chosen = answered[:: max(1, len(answered) // MOST)][:MOST]
        return tuple(_golden(result, searcher) for result in chosen) or _titles(searcher)


def _golden(result: Result, searcher: Searcher) -> Probe:
    question = result.question
    hits = searcher.search(question.text, limit=DEPTH, path_prefix=question.path_prefix)
    spans = [(target.page, span) for target in question.targets if (span := target_span(target, searcher.pages))]
    wanted = tuple(
        hit.id
        for hit in hits
        if any(hit.path == page and hit.start_line <= last and first <= hit.end_line for page, (first, last) in spans)
    )
    return Probe(question.text, wanted, result.rank, question.path_prefix, question.line)


def _titles(searcher: Searcher) -> tuple[Probe, ...]:
    paths = searcher.pages.paths()
    probes = []
    for path in paths[:: max(1, len(paths) // MOST)][:MOST]:
        page = searcher.pages.page(path)
        hits = searcher.search(page.title, limit=1) if page and page.title.strip() else []
        if page and hits:
            probes.append(Probe(page.title, (hits[0].id,), 1))
    return tuple(probes)
