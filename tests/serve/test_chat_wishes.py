"""What a caller of the chat may wish for reaches the model; what cannot be granted is refused as the API would."""

import pytest

from athenaeum.chat.conversation import Turn
from athenaeum.chat.provider import Access, Ask, open_provider
from athenaeum.settings import ServerSettings

QUESTION = [{"role": "user", "content": "How do I abort the launch?"}]


def complete(running, **wishes):
    return running.client.post("/v1/chat/completions", json={"model": "gpt-4o-mini", "messages": QUESTION, **wishes})


@pytest.fixture
def running(serve, llm):
    """A server whose chat asks the language-model server."""
    return serve(ServerSettings(chat_base_url=f"{llm.url}/v1", openai_api_key="sk-secret-123"))


@pytest.mark.parametrize(
    ("wishes", "bound"),
    [
        ({"max_completion_tokens": 77}, 77),
        ({"max_tokens": 66}, 66),
        ({"max_tokens": 66, "max_completion_tokens": 77}, 77),
        ({"max_completion_tokens": 32_000}, 4_096),
    ],
)
def test_both_names_of_the_bound_are_understood_and_the_newer_one_counts(running, llm, wishes, bound):
    assert complete(running, **wishes).status_code == 200
    assert llm.requests[0]["max_tokens"] == bound


def test_sampling_and_stop_words_are_passed_on(running, llm):
    wishes = {"temperature": 0.3, "top_p": 0.9, "stop": ["END"]}
    assert complete(running, **wishes).status_code == 200
    assert {name: llm.requests[0][name] for name in wishes} == wishes
    complete(running, stop="END")
    assert llm.requests[1]["stop"] == ["END"]
    assert "temperature" not in llm.requests[1]


def test_openai_itself_is_told_the_bound_by_its_newer_name(llm, monkeypatch):
    # The SDK's own variable: no address is set on our side, as for the real service.
    monkeypatch.setenv("OPENAI_BASE_URL", f"{llm.url}/v1")
    ask = Ask(question="q", sources=(), messages=(Turn("user", "q"),), model="gpt-4o-mini", max_tokens=55)
    list(open_provider("openai", Access(api_key="sk-secret-123")).stream(ask))
    assert llm.requests[0]["max_completion_tokens"] == 55
    assert "max_tokens" not in llm.requests[0]


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


def test_a_conversation_over_the_budget_of_a_request_is_413(running, llm):
    rules = [{"role": "system", "content": "Answer in the style of the countdown. " * 3_000}]
    answer = complete(running, messages=[*rules, *QUESTION])
    assert answer.status_code == 413
    error = answer.json()["error"]
    assert error["message"].startswith("The conversation is too long for this endpoint.")
    assert llm.requests == []
