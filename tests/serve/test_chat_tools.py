"""Tools that a caller of the chat offers are ignored; one that must be called is refused, as the API would."""

import pytest

from athenaeum.settings import ServerSettings

QUESTION = [{"role": "user", "content": "How do I abort the launch?"}]


def complete(running, **wishes):
    return running.client.post("/v1/chat/completions", json={"model": "gpt-4o-mini", "messages": QUESTION, **wishes})


@pytest.fixture
def running(serve, llm):
    """A server whose chat asks the language-model server."""
    return serve(ServerSettings(chat_base_url=f"{llm.url}/v1", openai_api_key="sk-secret-123"))


@pytest.mark.parametrize(
    ("name", "forced"),
    [
        ("tool_choice", "required"),
        ("tool_choice", {"type": "function", "function": {"name": "f"}}),
        ("function_call", {"name": "f"}),
    ],
)
def test_a_tool_that_must_be_called_is_refused(running, llm, name, forced):
    answer = complete(running, **{name: forced})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == name
    assert llm.requests == []


@pytest.mark.parametrize("offer", [{"tool_choice": "auto", "tools": []}, {"function_call": "auto", "functions": []}])
def test_tools_on_offer_are_ignored(running, offer):
    assert complete(running, **offer).status_code == 200
