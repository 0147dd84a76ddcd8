"""A language-model server for the tests: OpenAI's and Ollama's protocols as documented, with the faults they have."""

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Llm:
    """A language-model server that speaks OpenAI's and Ollama's protocols as documented, and does as it is told.

    `fault` is one of: "" (answer), "401", "404", "429", "429 once", "500", "stall", "silence", "hang", "cut",
    "not json", "not an object", "error event", "drip" (a byte at a time, and never a whole line).
    """

    url: str = ""
    answer: str = "Press the red button [1]. Never trust [9]."
    fault: str = ""
    requests: list[dict[str, object]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def pieces(self) -> list[str]:
        return [self.answer[at : at + 5] for at in range(0, len(self.answer), 5)]


def _llm_handler(llm: Llm) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

        def do_POST(self) -> None:
            llm.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            llm.headers.append(dict(self.headers.items()))
            llm.paths.append(self.path)
            fault = llm.fault
            if fault == "429 once":
                fault, llm.fault = "429", ""
            if fault.isdecimal():
                told = {
                    "error": {"message": f"key sk-secret-123 refused {fault}", "type": "x", "param": None, "code": "c"}
                }
                self._head(int(fault), "application/json")
                self.wfile.write(json.dumps(told).encode())
                return
            if fault == "stall":
                time.sleep(3)
            if fault == "drip":
                self._drip()
                return
            openai = self.path.endswith("/chat/completions")
            self._head(200, "text/event-stream" if openai else "application/x-ndjson")
            (self._openai if openai else self._ollama)(fault)

        def _drip(self) -> None:
            self._head(200, "text/event-stream")
            with contextlib.suppress(OSError):
                while not llm.over.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()

        def _head(self, status: int, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            if status == 429:
                self.send_header("retry-after-ms", "5")
            self.end_headers()

        def _openai(self, fault: str) -> None:
            for number, piece in enumerate(llm.pieces()):
                if number == 2 and self._failed(fault):
                    return
                self._event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
            self._event({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

        def _failed(self, fault: str) -> bool:
            if fault == "not json":
                self.wfile.write(b"data: {nonsense\n\n")
            elif fault == "error event":
                self.wfile.write(b'data: {"error": {"message": "sk-secret-123 overloaded", "type": "x"}}\n\n')
            elif fault == "silence":
                self.wfile.flush()
                time.sleep(3)
            elif fault == "hang":
                llm.over.wait(60)
            return fault in ("cut", "not json", "error event", "silence", "hang")

        def _event(self, fields: dict[str, object]) -> None:
            whole = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", **fields}
            self.wfile.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
            self.wfile.flush()

        def _ollama(self, fault: str) -> None:
            for number, piece in enumerate(llm.pieces()):
                if number == 2 and fault in ("cut", "not json", "not an object"):
                    self.wfile.write({"not json": b"nonsense\n", "not an object": b"[1]\n"}.get(fault, b""))
                    return
                line = {"message": {"role": "assistant", "content": piece}, "done": False}
                self.wfile.write(json.dumps(line).encode() + b"\n")
            end = {"done": True, "done_reason": "stop", "prompt_eval_count": 100, "eval_count": 20}
            self.wfile.write(json.dumps({"message": {"content": ""}, **end}).encode() + b"\n")

    return Handler


@contextmanager
def run_llm() -> Iterator[Llm]:
    """A language-model server on a free port of loopback."""
    made = Llm()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _llm_handler(made))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        server.server_close()
