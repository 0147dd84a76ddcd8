"""The lexical index of a release: BM25 over the fields of each chunk. The sole importer of tantivy.

Words are cut by `index.words` and stemmed by the page's language, for documents and queries alike; a query becomes
terms, never query syntax, so there is nothing in it to inject or to get wrong. Files are named alike in every build
of the same documents.
"""

import json
import math
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index.document import MOST, read_document, whole_number
from athenaeum.index.text import spelling, words
from athenaeum.index.text.stopwords import content_words

CODE = "code"
"""The field of the code's words as written, and of identifiers wherever they stand."""
IDENTIFIER = "identifier"
"""Not a field of its own: the query's identifiers, whole, as they are looked for in `CODE`."""
NAMES = "names"
"""The field of the identifiers that stand in headings, whole: a query's find what is named after them."""
CONTEXT = "context"
"""The field of a chunk's text together with its neighbours'."""
FIELDS = ("title", "headings", "description", "path", "links", "body", CONTEXT, CODE, NAMES)
MAX_TERMS = 64
"""Distinct terms of a query that count; the rest of a longer one is left out."""

_ORDINAL = "ordinal"
_META = "athenaeum.json"
_WORDS = "words.txt"
_TANTIVY_META = "meta.json"
_SEGMENT = "00000000-0000-0000-0000-000000000001"
_FILES = re.compile(rf"{_SEGMENT.replace('-', '')}\.[a-z]{{1,12}}|meta\.json|words\.txt")
_TEXT_FIELD = {
    "type": "text",
    "options": {
        "fast": False,
        "indexing": {"fieldnorms": True, "record": "freq", "tokenizer": "whitespace"},
        "stored": False,
    },
}
_ORDINAL_FIELD = {
    "name": _ORDINAL,
    "type": "u64",
    "options": {"fast": True, "fieldnorms": False, "indexed": False, "stored": False},
}
_MOST = 1 << 31
_AGAIN = "Build or publish the index again."
_STEMMERS = {
    "ar": "arabic", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hu": "hungarian", "it": "italian", "no": "norwegian", "nb": "norwegian", "nn": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "es": "spanish", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LexicalDocument:
    """The text of one chunk by field. `language` is a BCP 47 tag; an unknown one is indexed without stemming.

    `names` are the headings whose identifiers name it, `links` is what other pages call it where they link to it.
    `before` and `after` say how many documents before and behind this one are its context.
    """

    title: str = ""
    headings: str = ""
    names: str = ""
    description: str = ""
    path: str = ""
    links: str = ""
    body: str = ""
    code: str = ""
    language: str = "en"
    before: int = 0
    after: int = 0


def write_lexical(folder: Path, documents: Iterable[LexicalDocument]) -> None:
    """Write the index into the new or empty folder; a document's position is its chunk's global ordinal."""
    documents = list(documents)
    folder.mkdir(parents=True, exist_ok=True)
    # As long as its index lives, the library watches the folder, and makes a lock file in it when it sees it change:
    # in a large release such a file was taken for one of its own.
    with tempfile.TemporaryDirectory(prefix="athenaeum-lexical-", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        _write_segments(scratch, documents)
        for path in sorted(scratch.iterdir()):
            if not path.name.startswith("."):
                shutil.move(path, folder / path.name)
    _settle(folder)
    meta = {"documents": len(documents), "languages": sorted({stemmer_of(each.language) for each in documents})}
    (folder / _META).write_text(json.dumps(meta) + "\n", encoding="ascii")
    _write_words(folder / _WORDS, documents)


def _write_segments(folder: Path, documents: Sequence[LexicalDocument]) -> None:
    import tantivy

    builder = tantivy.SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field(_ORDINAL, stored=False, indexed=False, fast=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    # One thread and one segment: then the files hold the same bytes whenever they are made from the same documents.
    writer = index.writer(heap_size=512_000_000, num_threads=1)
    languages = [stemmer_of(document.language) for document in documents]
    bodies = [_spoken(document.body, language) for document, language in zip(documents, languages, strict=True)]
    for ordinal, (document, language) in enumerate(zip(documents, languages, strict=True)):
        entry = tantivy.Document()
        for field in ("title", "headings", "description", "path", "links"):
            entry.add_text(field, _spoken(getattr(document, field), language))
        entry.add_text("body", bodies[ordinal])
        around = slice(max(0, ordinal - document.before), ordinal + document.after + 1)
        entry.add_text(CONTEXT, " ".join(bodies[around]))
        entry.add_text(CODE, " ".join([*words.written(document.code), *words.identifiers(document.body)]))
        entry.add_text(NAMES, " ".join(words.identifiers(document.names)))
        entry.add_unsigned(_ORDINAL, ordinal)
        writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()


def _spoken(text: str, language: str) -> str:
    return " ".join(stems(words.words(text), language=language))


def _write_words(path: Path, documents: Sequence[LexicalDocument]) -> None:
    """The words as they are written, each with the number of chunks that hold it: for `spelling`."""
    counts: Counter[str] = Counter()
    for document in documents:
        counts.update({word for word in words.words(f"{document.headings} {document.body}") if word.isalpha()})
    lines = [f"{word} {count}\n" for word, count in sorted(counts.items()) if len(word) >= spelling.LEAST]
    path.write_text("".join(lines), encoding="utf-8")


def _settle(folder: Path) -> None:
    """Give the segments names that do not differ from build to build, and drop what only a writer needs."""
    meta = json.loads((folder / _TANTIVY_META).read_text(encoding="utf-8"))
    for number, segment in enumerate(meta["segments"], start=1):
        drawn, fixed = segment["segment_id"].replace("-", ""), f"{number:032x}"
        for path in folder.glob(f"{drawn}.*"):
            path.rename(folder / f"{fixed}{path.suffix}")
        segment["segment_id"] = re.sub(r"(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", fixed)
    (folder / _TANTIVY_META).unlink()
    (folder / _TANTIVY_META).write_text(json.dumps(meta, sort_keys=True) + "\n", encoding="utf-8")


def open_lexical(folder: Path) -> "Lexical":
    """Open the index; `IndexNotFoundError` when it is absent, `IndexBrokenError` when it is not one."""
    import tantivy

    try:
        meta = _document(folder / _META)
        documents = whole_number(meta["documents"], most=_MOST)
        languages = tuple(meta["languages"])
        if not set(languages) <= {*_STEMMERS.values(), ""}:
            raise ValueError("unknown languages")
        fields = _checked(_document(folder / _TANTIVY_META), documents=documents)
        # The library makes a lock file where it reads; a release is never written to, and may be on a read-only disk.
        shadow = tempfile.TemporaryDirectory(prefix="athenaeum-lexical-", ignore_cleanup_errors=True)
        for path in folder.iterdir():
            if path.is_file() and _FILES.fullmatch(path.name):
                (Path(shadow.name) / path.name).symlink_to(path.resolve())
        with _reading():
            index = tantivy.Index.open(shadow.name)
            lexical = Lexical(index, languages=languages, fields=fields, shadow=shadow)
    except FileNotFoundError:
        raise IndexNotFoundError("The index has no lexical files.", remedy=_AGAIN) from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise _broken() from error
    if lexical.count != documents:
        lexical.close()
        raise _broken()
    return lexical


def _document(path: Path) -> Any:
    with path.open("rb") as file:
        return read_document(file.read(MOST + 1))


def _checked(meta: Any, *, documents: int) -> frozenset[str]:
    """The fields of an index, whose description must be the one that `write_lexical` writes for so many documents.

    The library believes what it reads there: of deleted documents, other tokenizers, or the order of a segment.
    """
    segments = [{"deletes": None, "max_doc": documents, "segment_id": _SEGMENT}] if documents else []
    described = {field["name"]: field for field in meta["schema"]}
    expected = {name: _TEXT_FIELD | {"name": name} for name in described if name in FIELDS} | {_ORDINAL: _ORDINAL_FIELD}
    good = (
        described == expected
        and len(described) == len(meta["schema"])
        and meta["segments"] == segments
        and set(meta) <= {"index_settings", "opstamp", "payload", "schema", "segments"}
    )
    if not good:
        raise ValueError("not the description of an index of ours")
    return frozenset(described)


@contextmanager
def _reading() -> Iterator[None]:
    """What the library raises while it reads is a damaged index; its panics are no `Exception`."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise _broken() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _broken() from error


def _broken() -> IndexBrokenError:
    return IndexBrokenError("The lexical files of the index are damaged.", remedy=_AGAIN)


class Lexical:
    """The lexical index of one release. Safe to use from several threads."""

    def __init__(
        self,
        index: Any,
        *,
        languages: Sequence[str],
        fields: frozenset[str],
        shadow: "tempfile.TemporaryDirectory[str]",
    ) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()
        self._languages = languages
        # A release that an earlier version wrote is searched by the fields it has: code is often live before its index.
        self._fields = fields
        self._shadow = shadow
        self.count = int(self._searcher.num_docs)
        self._counts: dict[str, int] | None = None

    def search(
        self, query: str, limit: int, *, boosts: Mapping[str, float], within: range | None = None
    ) -> list[tuple[int, float]]:
        """(ordinal, BM25 score) of the best chunks, best first, ties by ordinal.

        `boosts` are the factors of the fields (and of `IDENTIFIER`) that are searched; `within` limits the search to a
        range of ordinals. A query without words finds nothing.
        """
        import tantivy

        clauses = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, term), boosts[field]))
            for field, terms in self.analyse(query).items()
            if boosts.get(field, 0.0) > 0 and _column(field) in self._fields
            for term in terms
        ]
        if not clauses or limit < 1 or not self.count:
            return []
        wanted = tantivy.Query.boolean_query(clauses)
        if within is not None:
            if not within:
                return []
            bounds = tantivy.Query.range_query(
                self._schema, _ORDINAL, tantivy.FieldType.Unsigned, within.start, within.stop - 1
            )
            both = [wanted, tantivy.Query.const_score_query(bounds, 0.0)]
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in both])
        with _reading():
            hits = self._searcher.search(wanted, limit=min(limit, self.count), count=False).hits
            ordinals = self._searcher.fast_field_values(_ORDINAL, [address for _, address in hits])
            found = [(int(ordinal), float(score)) for ordinal, (score, _) in zip(ordinals, hits, strict=True)]
        if not all(0 <= ordinal < self.count and math.isfinite(score) for ordinal, score in found):
            raise _broken()
        if len({ordinal for ordinal, _ in found}) != len(found):
            raise _broken()
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def analyse(self, query: str) -> dict[str, list[str]]:
        """The distinct terms of a query for each field, in order: stems for prose, words as written for code."""
        spoken = content_words(list(words.words(query))[: 4 * MAX_TERMS])
        prose: dict[str, None] = {}
        for language in self._languages:
            prose.update(dict.fromkeys(stems(spoken, language=language)))
        stemmed = list(prose)[:MAX_TERMS]
        whole = list(dict.fromkeys(words.identifiers(query)))[:MAX_TERMS]
        written = [word for word in dict.fromkeys(content_words(list(words.written(query)))) if word not in whole]
        return dict.fromkeys(FIELDS, stemmed) | {CODE: written[:MAX_TERMS], IDENTIFIER: whole, NAMES: whole}

    def mended(self, query: str) -> str:
        """The query with slips of the finger put right, as far as the index knows the words that were meant."""
        return spelling.mend(query, counts=self._words, known=self._knows)

    def _knows(self, word: str) -> bool:
        with _reading():
            if not content_words([word, "x"])[:-1] or self._searcher.doc_freq(CODE, word):
                return True
            found = (term for language in self._languages for term in stems([word], language=language))
            fields = ("body", "headings", "title")
            return any(self._searcher.doc_freq(field, term) for term in found for field in fields)

    def _words(self) -> dict[str, int]:
        if self._counts is None:
            try:
                lines = (Path(self._shadow.name) / _WORDS).read_text(encoding="utf-8").splitlines()
                self._counts = {word: int(count) for word, count in (line.split(" ") for line in lines)}
            except (ValueError, OSError) as error:
                raise _broken() from error
        return self._counts

    def close(self) -> None:
        """Let go of the files."""
        # As long as its index lives, the library watches the folder, and makes a lock file in it when it sees it go.
        self._searcher = self._index = None
        self._shadow.cleanup()

    def _term(self, field: str, term: str) -> Any:
        import tantivy

        return tantivy.Query.term_query(self._schema, _column(field), term, "freq")


def _column(field: str) -> str:
    return CODE if field == IDENTIFIER else field


def stemmer_of(language: str) -> str:
    """The stemmer's name for a BCP 47 tag, or "" when there is none."""
    return _STEMMERS.get(re.split(r"[-_]", language.lower())[0], "")


def stems(found: Iterable[str], *, language: str) -> list[str]:
    """The stems of words that are in lower case already; `language` is a stemmer's name or ""."""
    stemmed: list[str] = _analyser(language).analyze(" ".join(found))
    return stemmed


@cache
def _analyser(language: str) -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(tantivy.Filter.ascii_fold())
    return (builder.filter(tantivy.Filter.stemmer(language)) if language else builder).build()
