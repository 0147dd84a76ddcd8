"""What a chat request may not ask for is refused, in either spelling of OpenAI's API."""

import pytest

from athenaeum.errors import RequestError
from athenaeum.server.chat.request import refuse_unsupported
from athenaeum.server.chat.schema import ChatRequest

QUESTION = {"messages": [{"role": "user", "content": "How do I roll back?"}]}
FORCED = {"name": "f"}


def read(**fields):
    return ChatRequest.model_validate({**QUESTION, **fields}).model_dump(exclude_unset=True)


@pytest.mark.parametrize(
    ("param", "fields"),
    [
        ("tool_choice", {"tool_choice": {"type": "function", "function": FORCED}}),
        ("tool_choice", {"tool_choice": "required"}),
        ("function_call", {"function_call": FORCED, "functions": [{**FORCED, "parameters": {}}]}),
    ],
)
def test_a_forced_call_is_refused(param, fields):
    with pytest.raises(RequestError, match=f"{param} is not supported") as caught:
        refuse_unsupported(read(**fields))
    assert (caught.value.param, caught.value.code) == (param, "unsupported_parameter")


@pytest.mark.parametrize("choice", ["none", "auto", None])
def test_functions_on_offer_are_ignored(choice):
    refuse_unsupported(read(function_call=choice, functions=[FORCED], tool_choice=choice))
