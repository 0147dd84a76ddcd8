"""What the chat's tests share: a language model's server on loopback."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from llm_server import Llm, run_llm


@pytest.fixture
def llm() -> Iterator[Llm]:
    """A server that speaks as OpenAI and Ollama do."""
    with run_llm() as running:
        yield running
