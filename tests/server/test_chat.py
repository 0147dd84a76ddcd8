"""Chat as a drop-in for OpenAI's API, through OpenAI's own client: plain, streamed, and when it goes wrong."""

import asyncio
import json
import time

import openai
import pytest

from athenaeum.server.http.tokens import TokenVerifier
from athenaeum.settings import ServerSettings

QUESTION = [{"role": "user", "content": "How do I abort the launch?"}]


def settings(llm, **more) -> ServerSettings:
    return ServerSettings(chat_base_url=f"{llm.url}/v1", openai_api_key="sk-secret-123", **more)


def client(running, **more) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running.url}/v1", api_key="unused", max_retries=0, **more)


def test_a_plain_answer_has_checked_citations_sources_and_usage(serve, shelf, llm):
    running = serve(settings(llm))
    answer = client(running).chat.completions.create(
        model="gpt-4o-mini", messages=QUESTION, temperature=0.2, max_tokens=99
    )
    message = answer.choices[0].message
    assert message.content == "Press the red button [1]. Never trust ."
    cited = message.annotations[0].url_citation
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert len(message.annotations) == 1
    source = answer.sources[0]
    assert (source["number"], source["path"], cited.url) == (1, "guide/launch.md", source["url"])
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (100, 20, 120)
    assert (answer.choices[0].finish_reason, answer.system_fingerprint) == ("stop", shelf.pointer.release)
    asked = llm.requests[0]
    assert (asked["temperature"], asked["max_tokens"], asked["model"]) == (0.2, 99, "gpt-4o-mini")


@pytest.mark.parametrize(("wished", "bound"), [(77, 77), (9_000, 4_096)])
def test_the_newer_name_of_the_bound_and_the_sampling_reach_the_model(serve, llm, wished, bound):
    client(serve(settings(llm))).chat.completions.create(
        model="gpt-4o-mini", messages=QUESTION, max_completion_tokens=wished, temperature=0, top_p=0.3, stop="END"
    )
    asked = llm.requests[0]
    assert {name: asked[name] for name in ("max_tokens", "temperature", "top_p", "stop")} == {
        "max_tokens": bound,
        "temperature": 0,
        "top_p": 0.3,
        "stop": ["END"],
    }


def test_a_streamed_answer_is_the_same_in_pieces(serve, llm):
    running = serve(settings(llm))
    stream = client(running).chat.completions.create(
        model="gpt-4o-mini", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "Press the red button [1]. Never trust ."
    assert len([chunk for chunk in chunks if chunk.choices]) > 4
    last = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason)
    assert last.choices[0].delta.annotations[0]["url_citation"]["start_index"] == text.index("[1]")
    assert last.sources[0]["path"] == "guide/launch.md"
    assert chunks[-1].usage.total_tokens == 120
    assert not chunks[-1].choices
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_clients_stream_helper_puts_the_same_completion_together(serve, llm):
    with client(serve(settings(llm))).chat.completions.stream(
        model="gpt-4o-mini", messages=QUESTION, stream_options={"include_usage": True}
    ) as stream:
        kinds = [event.type for event in stream]
        whole = stream.get_final_completion()
    assert kinds.count("content.delta") > 4
    assert whole.choices[0].message.content == "Press the red button [1]. Never trust ."
    assert whole.choices[0].message.annotations[0].url_citation.url.endswith("#abort")
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage.total_tokens == 120


def test_the_asynchronous_client_gets_the_same(serve, llm):
    running = serve(settings(llm))

    async def talk():
        async with openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key="unused") as asking:
            plain = await asking.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
            stream = await asking.chat.completions.create(model="gpt-4o-mini", messages=QUESTION, stream=True)
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return plain.choices[0].message.content, "".join(pieces)

    plain, streamed = asyncio.run(talk())
    assert plain == streamed == "Press the red button [1]. Never trust ."


def test_the_clients_own_timeout_and_a_missing_token_raise_their_classes(serve, llm):
    llm.fault = "stall"
    with pytest.raises(openai.APITimeoutError):
        client(serve(settings(llm)), timeout=0.5).chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
    guarded = serve(settings(llm), verifier=TokenVerifier("https://issuer.example/", "aud", "https://issuer.example/k"))
    with pytest.raises(openai.AuthenticationError) as caught:
        client(guarded).chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
    assert set(caught.value.body) == {"message", "type", "param", "code"}


def test_without_a_key_passages_are_quoted(serve):
    answer = client(serve()).chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
    assert "> Press the red button to abort." in answer.choices[0].message.content
    assert answer.choices[0].message.annotations[0].url_citation.url.endswith("#abort")
    assert answer.usage.total_tokens == 0


def test_what_the_docs_do_not_hold_is_said_without_asking_a_model(serve, llm):
    answer = client(serve(settings(llm))).chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "zebra quokka"}]
    )
    assert answer.choices[0].message.content == "The documentation does not answer this."
    assert llm.requests == []


def test_a_follow_up_is_searched_with_its_context(serve, shelf, llm):
    llm.answer = "Yes [1]."
    client(serve(settings(llm))).chat.completions.create(
        model="gpt-4o-mini",
        messages=[
            {"role": "user", "content": "How does the countdown of a launch start?"},
            {"role": "assistant", "content": "At ten [1]."},
            {"role": "user", "content": "And how do I abort it?"},
        ],
    )
    queries = shelf.searchers[shelf.pointer.release].queries
    assert any("countdown" in query and "abort" in query for query in queries)
    assert "And how do I abort it?" in queries
    roles = [message["role"] for message in llm.requests[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_system_messages_join_the_instructions_and_do_not_replace_them(serve, llm):
    messages = [{"role": "developer", "content": "Answer like a pirate."}, *QUESTION]
    client(serve(settings(llm))).chat.completions.create(model="gpt-4o-mini", messages=messages)
    (system,) = [message["content"] for message in llm.requests[0]["messages"] if message["role"] == "system"]
    assert system.startswith("You answer questions about")
    assert "Answer like a pirate." in system


@pytest.mark.parametrize(
    ("request_", "kind", "status"),
    [
        ({"model": "gpt-9", "messages": QUESTION}, openai.NotFoundError, 404),
        ({"model": "gpt-4o-mini", "messages": []}, openai.BadRequestError, 400),
        ({"model": "gpt-4o-mini", "messages": [{"role": "boss", "content": "x"}]}, openai.BadRequestError, 400),
        ({"model": "gpt-4o-mini", "messages": [{"role": "assistant", "content": "x"}]}, openai.BadRequestError, 400),
        ({"model": "gpt-4o-mini", "messages": QUESTION, "n": 2}, openai.BadRequestError, 400),
        ({"model": "gpt-4o-mini", "messages": QUESTION, "temperature": 3}, openai.BadRequestError, 400),
        ({"model": "gpt-4o-mini", "messages": QUESTION, "tool_choice": "required"}, openai.BadRequestError, 400),
        (
            {"model": "gpt-4o-mini", "messages": QUESTION, "response_format": {"type": "json_object"}},
            openai.BadRequestError,
            400,
        ),
        (
            {
                "model": "gpt-4o-mini",
                "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x"}}]}],
            },
            openai.BadRequestError,
            400,
        ),
    ],
)
def test_refusals_raise_the_clients_own_errors(serve, llm, request_, kind, status):
    with pytest.raises(kind) as caught:
        client(serve(settings(llm))).chat.completions.create(**request_)
    assert caught.value.status_code == status
    assert set(caught.value.body) == {"message", "type", "param", "code"}
    assert llm.requests == []


def test_tools_on_offer_and_unknown_fields_are_ignored(serve, llm):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    answer = client(serve(settings(llm))).chat.completions.create(
        model="gpt-4o-mini", messages=QUESTION, tools=[tool], tool_choice="auto", seed=1, extra_body={"new_field": 1}
    )
    assert answer.choices[0].message.content
    assert "tools" not in llm.requests[0]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("401", openai.InternalServerError),
        ("404", openai.InternalServerError),
        ("429", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("cut", openai.InternalServerError),
        ("not json", openai.InternalServerError),
        ("error event", openai.InternalServerError),
    ],
)
def test_a_failing_provider_raises_the_right_error_and_tells_no_key(serve, llm, fault, kind):
    llm.fault = fault
    running = serve(settings(llm))
    with pytest.raises(kind) as caught:
        client(running).chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
    assert "sk-secret" not in str(caught.value)
    assert "sk-secret" not in running.log.getvalue()


def test_a_provider_that_breaks_off_ends_the_stream_with_an_error(serve, llm):
    llm.fault = "cut"
    running = serve(settings(llm))
    stream = client(running).chat.completions.create(model="gpt-4o-mini", messages=QUESTION, stream=True)
    with pytest.raises(openai.APIError, match="broke off"):
        list(stream)


def test_the_daily_budget_refuses_with_429_and_search_goes_on(serve, llm):
    running = serve(settings(llm, chat_daily_tokens=3_000))
    asking = client(running)
    asking.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)

    def ask_often():
        for _ in range(20):
            asking.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)

    with pytest.raises(openai.RateLimitError) as caught:
        ask_often()
    assert caught.value.body["code"] == "budget_exceeded"
    assert running.client.post("/search", json={"query": "launch"}).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_would_cost_too_much_is_413_and_no_model_is_asked(serve, llm, stream):
    instructions = {"role": "system", "content": "Answer like a pirate. " * 3_000}
    body = {"messages": [instructions, *QUESTION], "stream": stream}
    refused = serve(settings(llm)).client.post("/chat/completions", json=body)
    assert refused.status_code == 413
    error = refused.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", "payload_too_large")
    assert error["message"].startswith("The conversation is too long")
    assert "16,000 are allowed" in error["message"]
    assert llm.requests == []


def test_models_lists_what_may_be_asked_for(serve, llm):
    running = serve(settings(llm, chat_model="gpt-4.1-mini", chat_models="gpt-4.1, gpt-4o"))
    assert [model.id for model in client(running).models.list()] == ["gpt-4.1-mini", "gpt-4.1", "gpt-4o"]
    answer = client(running).chat.completions.create(model="athenaeum", messages=QUESTION)
    assert answer.model == "gpt-4.1-mini"


def test_the_endpoint_is_the_same_with_and_without_v1_and_the_guides_curl_works(serve):
    body = json.loads(
        '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is this documentation about?"}]}'
    )
    running = serve()
    for path in ("/chat/completions", "/v1/chat/completions"):
        assert running.client.post(path, json=body).json()["object"] == "chat.completion"


def test_a_client_that_leaves_gives_its_lease_back(serve, shelf, llm):
    running = serve(settings(llm))
    llm.answer = "word " * 2000
    with running.client.stream("POST", "/chat/completions", json={"messages": QUESTION, "stream": True}) as answer:
        next(answer.iter_lines())
    old = shelf.pointer.release
    shelf.publish({"index.md": "# New\n\nlaunch\n"})
    running.client.get("/health")
    for _ in range(100):
        if shelf.searchers[old].closed:
            break
        time.sleep(0.05)
    assert shelf.searchers[old].closed


def test_a_provider_that_does_not_exist_fails_the_chat_and_nothing_else(serve):
    running = serve(ServerSettings(chat_provider="made-up"))
    assert running.client.get("/").status_code == 200
    refused = running.client.post("/chat/completions", json={"messages": QUESTION})
    assert refused.status_code == 500
    assert set(refused.json()["error"]) == {"message", "type", "param", "code"}
