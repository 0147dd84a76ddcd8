"""Where a cold start's CPU goes: the steps of the function's process one after the other, each with its own seconds.

Run by the runtime's own interpreter on what was deployed: `python -S cold_stages.py TASK OPT INDEX`. The order is that
of the process, but here nothing runs beside anything else. Prints one JSON object: step → milliseconds of CPU.
"""

import gc
import json
import sys
import time
from pathlib import Path

gc.disable()
task, opt, index = (Path(argument) for argument in sys.argv[1:4])
sys.path[:0] = [str(task), str(opt / "python")]
spent: dict[str, float] = {}
_last = 0.0


def lap(step: str) -> None:
    """Book the CPU since the last call under `step`."""
    global _last  # noqa: PLW0603 - a stopwatch
    now = time.process_time()
    spent[step] = round((now - _last) * 1000, 1)
    _last = now


lap("interpreter")
import uvicorn  # noqa: E402, F401

lap("uvicorn, with asyncio and ssl")
import athenaeum.server.http.fastapi_import  # noqa: E402

lap("FastAPI, with pydantic and Starlette")
import athenaeum.mcp_server  # noqa: E402

lap("our server and its routes")
import athenaeum.index.publishing.mirror  # noqa: E402
import athenaeum.index.store.s3  # noqa: E402, F401

lap("the store's client")
import numpy  # noqa: E402, F401

lap("numpy")
import onnxruntime  # noqa: E402, F401

lap("onnxruntime")
import athenaeum.retrieval.searcher as searching  # noqa: E402
from athenaeum.embeddings.encoder import open_encoder  # noqa: E402
from athenaeum.index.release import open_release  # noqa: E402

lap("our search")
encoder = open_encoder(next((opt / "athenaeum" / "encoders").iterdir()))
lap("model and tokenizer")
release = open_release(index, verify=False)
pages, lexical = searching.open_pages(release.pages_file), searching.open_lexical(release.lexical_dir)
vectors = searching.open_vectors(release.vectors_file)
searcher = searching.Searcher(release, pages=pages, lexical=lexical, vectors=vectors, encoder=encoder)
lap("the release's files, with tantivy")
searcher.search("what happens on a merge", limit=3)
lap("first search, with faiss")
searcher.search("how is it rolled back", limit=3)
lap("second search")
print(json.dumps(spent))
