"""Ask the docs a question and get an answer with its sources, written as it comes.

OpenAI writes it (gpt-4o-mini) when OPENAI_API_KEY is set. Without a key the best passages are quoted instead.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.errors import UsageError
from athenaeum.records import Answer, Hit
from athenaeum.settings import DEFAULT_INDEX_DIR, ServerSettings, use_one_thread

if TYPE_CHECKING:
    from athenaeum.retrieval.searcher import Searcher

PROVIDERS = ("openai", "ollama", "bedrock", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `athenaeum chat`."""
    parser.add_argument("question", help="the question; `-` reads it from standard input")
    parser.add_argument(
        "--output",
        "--index",
        dest="index",
        metavar="DIR",
        default=DEFAULT_INDEX_DIR,
        help=f"the folder of the index (default {DEFAULT_INDEX_DIR})",
    )
    parser.add_argument("--llm-provider", choices=PROVIDERS, default="", help="who writes the answer (default openai)")
    parser.add_argument("--llm-model", default="", help="model name at the provider (default gpt-4o-mini)")
    parser.add_argument("--llm-base-url", default="", help="address of an OpenAI-compatible server or of Ollama")
    parser.add_argument("--top-k", type=int, default=8, metavar="N", help="sources to answer from (default 8)")
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Answer one question."""
    from athenaeum.chat.answering import Chat
    from athenaeum.chat.conversation import Turn
    from athenaeum.chat.providers.base import Access
    from athenaeum.chat.providers.choose import choose_provider, open_provider

    question = sys.stdin.read().strip() if args.question == "-" else args.question.strip()
    question = question.encode("utf-8", "replace").decode()
    if not question:
        raise UsageError("There is no question.", remedy='Write it in quotes: athenaeum chat "how do I …".')
    if not 1 <= args.top_k <= 50:
        raise UsageError("--top-k must be from 1 to 50.")
    settings = ServerSettings.from_env()
    access = Access(
        base_url=args.llm_base_url or settings.chat_base_url,
        api_key=settings.openai_api_key,
        secret_arn=settings.openai_secret_arn,
        timeout=60.0,
    )
    name = choose_provider(args.llm_provider or settings.chat_provider, access)
    if name == "none" and not (args.llm_provider or settings.chat_provider):
        print("No OPENAI_API_KEY is set, so passages are quoted; --llm-provider names another writer.", file=sys.stderr)
    provider = open_provider(name, access)
    searcher = _open(Path(args.index))
    try:
        model = args.llm_model or settings.chat_model or provider.default_model
        chat = Chat(
            provider=provider,
            models=(model,),
            site=searcher.manifest.site.get("name", ""),
            extra=settings.chat_system_prompt,
        )

        def find(query: str, limit: int) -> Sequence[Hit]:
            return searcher.search(query, limit=min(limit, args.top_k))

        return _tell(chat.answer([Turn("user", question)], find), as_json=args.json)
    finally:
        searcher.close()


def _open(index: Path) -> "Searcher":
    use_one_thread()
    from athenaeum.retrieval.searcher import open_searcher

    return open_searcher(index)


def _tell(parts: "Iterator[str | Answer]", *, as_json: bool) -> int:
    for part in parts:
        if isinstance(part, Answer):
            print(json.dumps(asdict(part), ensure_ascii=False, indent=2) if as_json else _sources(part))
        elif not as_json:
            print(part, end="", flush=True)
    return 0


def _sources(answer: Answer) -> str:
    """The cited sources, or all where none was cited."""
    cited = {citation.number for citation in answer.citations}
    chosen = [(n, hit) for n, hit in enumerate(answer.sources, start=1) if n in cited]
    lines = [
        f"[{n}] {' > '.join(hit.headings) or hit.title}\n    {hit.path}:{hit.start_line}-{hit.end_line}"
        + (f"\n    {hit.url}" if hit.url else "")
        for n, hit in chosen
    ]
    return "\n" + ("\nSources\n" + "\n".join(lines) if lines else "")
