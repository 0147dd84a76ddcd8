"""No language model: the answer is the passages that fit the question best, quoted with their sources. Pure."""

import re
from collections.abc import Iterator

from athenaeum.chat.prompt import NOT_FOUND
from athenaeum.chat.provider import Ask, Piece
from athenaeum.records import Hit

_PASSAGES = 3
_LONGEST = 900
_BLOCK = re.compile(
    r"(^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z))|(.+?)(?=\n[ \t]*\n|^ {0,3}(?:`{3}|~{3})|\Z)",
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
        quotes = [
            (number, quote) for number, hit in enumerate(ask.sources, 1) if (quote := best_passage(ask.question, hit))
        ]
        if not quotes:
            yield Piece(text=NOT_FOUND)
        else:
            yield Piece(text="The documentation says:\n\n")
            for number, quote in quotes[:_PASSAGES]:
                yield Piece(text=f"{_quoted(quote)}\n", literal=True)
                yield Piece(text=f">\n> [{number}]\n\n")
        yield Piece(finish_reason="stop")


def best_passage(question: str, hit: Hit) -> str:
    """The block of a source that shares most with the question, with the code that follows it; "" when none does."""
    words = _words(question)
    blocks = _blocks(hit.content)
    if not blocks:
        return ""
    heading = _words(" ".join(hit.headings))
    points = [len(words & _words(block)) for block in blocks]
    best = max(range(len(blocks)), key=lambda at: (points[at], -at))
    if not points[best] and not words & heading:
        return ""
    chosen = blocks[best]
    following = blocks[best + 1] if best + 1 < len(blocks) else ""
    if following.lstrip().startswith(("```", "~~~")) and len(chosen) + len(following) < _LONGEST:
        chosen = f"{chosen}\n\n{following}"
    return _cut(chosen)


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
