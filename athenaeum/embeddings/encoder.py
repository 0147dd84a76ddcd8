"""An exported encoder at work: onnxruntime and tokenizers, nothing heavier.

Every text is run by itself on one thread: a batch would change the vectors of dynamically quantised models, and a
thread pool of the runtime's own spins on the fractional CPUs of a function. Passages are spread over as many workers
as there are cores, each running texts by itself, so workers and batches never show in a vector.
"""

import json
import os
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from athenaeum.embeddings.spec import CARD, MODEL, TOKENIZER, EncoderSpec
from athenaeum.embeddings.windows import even_windows, halves
from athenaeum.errors import ModelError
from athenaeum.records import Progress, no_progress
from athenaeum.settings import refuse_telemetry

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]
OUTPUT: Final = "vector"
INPUT: Final = "input_ids"
_QUERY_CHARACTERS = 8_000


class Encoder:
    """Two verbs: `embed_query` and `embed_passages`. Safe to use from several threads."""

    def __init__(self, spec: EncoderSpec, *, session: Any, tokenizer: "Tokenizer") -> None:
        self.spec = spec
        self._session = session
        self._tokenizer = tokenizer
        self._special = tokenizer.num_special_tokens_to_add(False)

    def embed_query(self, text: str) -> Vectors:
        """The vector of a query, float32 of shape (dimension,). A query of several windows gets their mean."""
        rows = self._embed(text[:_QUERY_CHARACTERS], prefix=self.spec.query_prefix, limit=self.spec.max_length)
        if rows.ndim != 2 or rows.shape[1] != self.spec.dimension or not np.isfinite(rows).all():
            raise ModelError(
                f"The encoder {self.spec.digest} gives no vectors of {self.spec.dimension} numbers.",
                remedy="Build the index again.",
            )
        if len(rows) == 1:
            return np.asarray(rows[0])
        mean = rows.mean(axis=0)
        length = float(np.linalg.norm(mean)) if self.spec.normalize else 1.0
        return np.asarray(mean / (length or 1.0), dtype=np.float32)

    def embed_passages(
        self,
        texts: Sequence[str],
        *,
        window: int = 0,
        progress: Progress = no_progress,
        workers: int | None = None,
    ) -> list[Vectors]:
        """The vectors of each text's windows: one float32 array of shape (windows, dimension) for each text.

        `window` bounds a window's tokens (special ones included) below the model's own maximum; 0 means that maximum.
        """
        done: list[Vectors] = []
        for rows in self.iter_passages(texts, window=window, workers=workers):
            done.append(rows)
            progress("embed", len(done), len(texts))
        return done

    def iter_passages(
        self, texts: Iterable[str], *, window: int = 0, workers: int | None = None
    ) -> Generator[Vectors, None, None]:
        """As `embed_passages`, giving each text's vectors in order as soon as they are there."""
        from collections import deque
        from concurrent.futures import Future, ThreadPoolExecutor

        limit = min(window, self.spec.max_length) if window else self.spec.max_length
        count = workers or available_cores()

        def one(text: str) -> Vectors:
            return self._embed(text, prefix=self.spec.passage_prefix, limit=limit)

        if count == 1:
            yield from map(one, texts)
            return
        # The runtime lets go of the interpreter while it computes, so threads over one session use all cores.
        pool = ThreadPoolExecutor(count, thread_name_prefix="embed")
        waiting: deque[Future[Vectors]] = deque()
        try:
            for text in texts:
                waiting.append(pool.submit(one, text))
                if len(waiting) >= 8 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def split(self, text: str, *, window: int = 0) -> list[str]:
        """The windows a passage is embedded in; joined they are the text."""
        limit = min(window, self.spec.max_length) if window else self.spec.max_length
        return self._windows(text, prefix=self.spec.passage_prefix, limit=limit)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special ones and prefix."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _embed(self, text: str, *, prefix: str, limit: int) -> Vectors:
        ids = self._tokenizer.encode(prefix + text).ids
        if len(ids) <= limit:
            return self._run(ids)
        windows = self._windows(text, prefix=prefix, limit=limit)
        return np.concatenate([self._run(self._tokenizer.encode(prefix + part).ids[:limit]) for part in windows])

    def _windows(self, text: str, *, prefix: str, limit: int) -> list[str]:
        def fits(part: str) -> bool:
            return len(self._tokenizer.encode(prefix + part).ids) <= limit

        if fits(text):
            return [text]
        used = self._special + len(self._tokenizer.encode(prefix, add_special_tokens=False).ids)
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        spans = even_windows(text, offsets, limit=max(1, limit - used))
        # Cut text can give a token or two more than the whole did.
        return [part for start, end in spans for part in halves(text[start:end], fits)]

    def _run(self, ids: list[int]) -> Vectors:
        if not ids:
            # A tokenizer without special tokens makes nothing of an empty text.
            return np.zeros((1, self.spec.dimension), dtype=np.float32)
        return np.asarray(self._session.run([OUTPUT], {INPUT: np.array([ids], dtype=np.int64)})[0])


def open_encoder(folder: Path) -> Encoder:
    """Open the encoder in `folder`; `ModelError` when it is not one."""
    from tokenizers import Tokenizer

    spec = read_spec(folder)
    try:
        session = open_session(folder / MODEL)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        if [each.name for each in session.get_inputs()] != [INPUT] or OUTPUT not in {
            each.name for each in session.get_outputs()
        }:
            raise _broken(folder)
    except BaseException as error:
        # The runtime has a class for each way a file can be wrong, tokenizers raises bare `Exception`, or panics.
        if not (
            type(error) is Exception
            or type(error).__module__.startswith("onnxruntime")
            or type(error).__name__ == "PanicException"
        ):
            raise
        raise _broken(folder) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # "[SEP]" in a page is text that somebody wrote, not a separator.
    tokenizer.encode_special_tokens = True
    return Encoder(spec, session=session, tokenizer=tokenizer)


def read_spec(folder: Path) -> EncoderSpec:
    """What the encoder in `folder` is, from its card."""
    try:
        return EncoderSpec.from_json(json.loads((folder / CARD).read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise _broken(folder) from error


def open_session(model: Path) -> Any:
    """A session of one thread that never spins."""
    refuse_telemetry()
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3
    # Fusing the residual into its layer norm makes both slower on this provider: 37 ms against 27 for 250 tokens.
    return ort.InferenceSession(
        str(model), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


def available_cores() -> int:
    """Cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _broken(folder: Path) -> ModelError:
    return ModelError(
        f"The encoder {folder.name} is incomplete or damaged.",
        remedy="Remove its folder and build the index again.",
    )
