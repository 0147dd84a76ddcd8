"""No language model: the answer is the passages that fit the question best, quoted with their sources. Pure."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from athenaeum.chat.prompt import NOT_FOUND
from athenaeum.chat.providers.base import Ask, Piece
from athenaeum.records import Hit

_PASSAGES = 3
_LONGEST = 900
_ROWS = 4
_SHARE = 0.5
_DRAWINGS = ("mermaid", "plantuml", "dot", "d2")
_BLOCK = re.compile(
    r"(^ {0,3}(`{3,}+|~{3,}+)[^\n]*+\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z))|(.+?)(?=\n[ \t]*\n|^ {0,3}(?:`{3}|~{3})|\Z)",
    re.S | re.M,
)
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from get how i in is it its me my of on or set that the there this "
        "to use using was we what when where which who why will with you your",
    )
)


class ExtractiveProvider:
    """Quotes; costs nothing and never invents."""

    default_model = "athenaeum-extractive"
    counts = False

    def stream(self, ask: Ask) -> Iterator[Piece]:
        """The passages one by one."""
        quotes = passages(ask.question, ask.sources)
        if not quotes:
            yield Piece(text=NOT_FOUND)
        else:
            yield Piece(text="The documentation says:\n\n")
            for number, quote in quotes:
                yield Piece(text=f"{_quoted(quote)}\n", literal=True)
                yield Piece(text=f">\n> [{number}]\n\n")
        yield Piece(finish_reason="stop")


def passages(question: str, sources: Sequence[Hit]) -> list[tuple[int, str]]:
    """The passages that answer best, each with its source's number, in the sources' order.

    Of every source the block that shares the rarest words with the question, with the code that follows it; sources
    that share much less than the best one are left out. Empty when none shares anything.
    """
    asked = _words(question)
    blocks = [_blocks(hit.content) for hit in sources]
    rarity = _rarity(asked, [_words(block) for some in blocks for block in some])
    best: list[tuple[float, int, str]] = []
    for number, (hit, some) in enumerate(zip(sources, blocks, strict=True), start=1):
        heading = sum(rarity[word] for word in asked & _words(" ".join((hit.title, *hit.headings)))) / 2
        shared = [_points(block, rarity) for block in some]
        most = max(shared, default=0.0)
        if some and (most or heading):
            at = shared.index(most)
            best.append((most + heading, number, _with_code(some, at, rarity)))
    least = _SHARE * max((total for total, _, _ in best), default=0.0)
    return [(number, quote) for total, number, quote in best if total >= least][:_PASSAGES]


def _rarity(asked: frozenset[str], blocks: Sequence[frozenset[str]]) -> dict[str, float]:
    return {word: math.log(1 + (len(blocks) + 1) / (1 + sum(word in block for block in blocks))) for word in asked}


def _points(block: str, rarity: Mapping[str, float]) -> float:
    shared = sum(rarity[word] for word in _words(block) if word in rarity)
    if not _is_code(block):
        return shared
    # A program or a drawing shares words by accident more often than a sentence does.
    return 0.0 if block.lstrip("`~ ").startswith(_DRAWINGS) else shared * 0.6


def _with_code(blocks: Sequence[str], at: int, rarity: Mapping[str, float]) -> str:
    chosen = _rows(blocks[at], rarity)
    following = blocks[at + 1] if at + 1 < len(blocks) else ""
    if not _is_code(chosen) and _is_code(following) and len(chosen) + len(following) < _LONGEST:
        chosen = f"{chosen}\n\n{following}"
    return _cut(chosen)


def _rows(block: str, rarity: Mapping[str, float]) -> str:
    """Of a long table its heading and the rows that share most with the question."""
    lines = block.split("\n")
    if len(lines) <= 2 + _ROWS or not all(line.lstrip().startswith("|") for line in lines):
        return block
    rows = sorted(range(2, len(lines)), key=lambda at: (-_points(lines[at], rarity), at))[:_ROWS]
    return "\n".join([*lines[:2], *(lines[at] for at in sorted(rows))])


def _is_code(block: str) -> bool:
    return block.lstrip().startswith(("```", "~~~"))


def _blocks(text: str) -> list[str]:
    found = [match.group().strip("\n") for match in _BLOCK.finditer(text)]
    return [block for block in found if block.strip() and not re.fullmatch(r"#{1,6}[^\n]*", block.strip())]


def _words(text: str) -> frozenset[str]:
    # Words of scripts without spaces are compared by pairs of characters.
    plain = {word for word in re.findall(r"\w+", text.lower()) if word not in _STOP}
    pairs = {word[at : at + 2] for word in plain if not word.isascii() for at in range(len(word) - 1)}
    stems = {word[:-1] for word in plain if len(word) > 3 and word.endswith("s")}
    return frozenset(plain | pairs | stems)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    cut = text[:_LONGEST].rsplit("\n", 1)[0]
    fence = re.match(r"(`{3,}|~{3,})", cut.lstrip())
    return f"{cut}\n{fence.group()}" if fence else f"{cut.rstrip()} …"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
