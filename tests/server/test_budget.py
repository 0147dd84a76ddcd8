"""Token budgets and provider keys on emulated AWS APIs: counted once for all instances, read late, told to nobody."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from athenaeum.chat.answering import LONGEST_ANSWER, Chat
from athenaeum.chat.budget import HOLD_SECONDS, ProcessMeter, Reservation, TableMeter, estimate_tokens, today
from athenaeum.chat.conversation import Turn
from athenaeum.chat.providers.base import Access, Piece
from athenaeum.chat.providers.choose import open_provider
from athenaeum.chat.secrets import key_in, read_secret
from athenaeum.errors import (
    BudgetExceededError,
    ProviderBusyError,
    ProviderError,
    ProviderKeyError,
    ProviderTimeoutError,
)
from athenaeum.records import Hit
from athenaeum.settings import ServerSettings


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """The address of emulated AWS APIs, with the environment that points at it."""
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(port=0, verbose=False)
    server.start()
    # DynamoDB decides one write after another; moto checks a condition and writes later, so that two can win.
    inner, one_at_a_time = server._server.app, threading.Lock()

    def atomic(environ: Any, start_response: Any) -> Any:
        with one_at_a_time:
            return inner(environ, start_response)

    server._server.app = atomic
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        address = f"http://{host}:{port}"
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        yield address
    server.stop()


@pytest.fixture
def table(aws: str, request: pytest.FixtureRequest) -> str:
    import boto3

    name = f"budget-{abs(hash(request.node.name))}"
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "day", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "day", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def spent(table: str, day: str) -> int:
    import boto3

    item = boto3.client("dynamodb").get_item(TableName=table, Key={"day": {"S": day}}).get("Item", {})
    return int(item.get("tokens", {"N": "0"})["N"])


def test_instances_share_one_budget_and_give_back_what_they_did_not_use(table: str) -> None:
    one, two = TableMeter(table, limit=1000), TableMeter(table, limit=1000)
    held = one.reserve(600)
    with pytest.raises(BudgetExceededError, match="held by answers"):
        two.reserve(600)
    one.settle(held, used=100)
    two.reserve(600)
    assert spent(table, today()) == 700


def test_requests_at_once_never_spend_more_than_the_budget(table: str) -> None:
    meter = TableMeter(table, limit=1000)

    def spend(_: int) -> bool:
        try:
            meter.reserve(100)
        except BudgetExceededError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(24))) == 10
    assert spent(table, today()) == 1000


def test_the_budget_is_whole_again_the_next_day(table: str) -> None:
    now = [1_800_000_000.0]
    meter = TableMeter(table, limit=100, clock=lambda: now[0])
    meter.reserve(100)
    with pytest.raises(BudgetExceededError):
        meter.reserve(1)
    now[0] += 86_400
    meter.reserve(100)


NOON = 1_800_014_400.0
"""A moment at which neither a day nor a slot begins."""


@pytest.fixture(params=["process", "table"])
def meter(request: pytest.FixtureRequest) -> Any:
    """`meter(limit, clock)` for either way of counting, over one shared count."""
    if request.param == "process":
        return lambda limit, clock: ProcessMeter(limit, clock=clock)
    table = request.getfixturevalue("table")
    return lambda limit, clock: TableMeter(table, limit, clock=clock)


def test_a_reservation_is_settled_on_its_own_day(meter: Any) -> None:
    """Of 200,000 a day, requests over midnight once had 384,000."""
    now = [NOON]
    counted = meter(200_000, lambda: now[0])
    held = [counted.reserve(16_000) for _ in range(12)]
    now[0] += 86_400
    for each in held:
        counted.settle(each, used=0)
    for _ in range(12):
        counted.settle(counted.reserve(16_000), used=16_000)
    with pytest.raises(BudgetExceededError):
        counted.reserve(16_000)


def test_a_reservation_over_midnight_takes_nothing_from_the_next_day_and_counts_on_its_own(meter: Any) -> None:
    now = [NOON]
    counted = meter(1_000, lambda: now[0])
    late = counted.reserve(900)
    now[0] += 86_400
    counted.reserve(1_000)
    now[0] -= 86_400
    counted.settle(late, used=800)
    with pytest.raises(BudgetExceededError):
        counted.reserve(201)
    counted.reserve(200)


def test_what_a_killed_function_held_is_given_up_once(meter: Any) -> None:
    now = [NOON]
    counted = meter(200_000, lambda: now[0])
    killed = [counted.reserve(16_000) for _ in range(12)]
    with pytest.raises(BudgetExceededError, match="held by answers"):
        counted.reserve(16_000)
    now[0] += 2 * HOLD_SECONDS
    again = [counted.reserve(16_000) for _ in range(12)]
    with pytest.raises(BudgetExceededError):
        counted.reserve(16_000)
    # One that lives on after all counts what it used, and takes nothing from the others.
    counted.settle(killed[0], used=16_000)
    with pytest.raises(BudgetExceededError):
        counted.reserve(1)
    for each in again:
        counted.settle(each, used=0)
    counted.reserve(184_000)
    with pytest.raises(BudgetExceededError):
        counted.reserve(1)


def test_what_is_held_is_held_as_long_as_an_answer_may_take(meter: Any) -> None:
    assert LONGEST_ANSWER + 3 * Access().timeout < HOLD_SECONDS
    now = [NOON]
    counted = meter(100, lambda: now[0])
    counted.reserve(100)
    now[0] += HOLD_SECONDS
    with pytest.raises(BudgetExceededError):
        counted.reserve(1)


def test_many_at_once_with_killed_ones_among_them_never_have_more_than_the_budget(meter: Any) -> None:
    now = [NOON]
    counted = meter(1_000, lambda: now[0])
    for _ in range(5):
        counted.reserve(100)
    now[0] += 2 * HOLD_SECONDS
    used = []

    def spend(number: int) -> None:
        try:
            held = counted.reserve(100)
        except BudgetExceededError:
            return
        used.append(60 if number % 2 else 100)
        counted.settle(held, used=used[-1])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(spend, range(40)))
    # Seven others may hold 40 more than they will use when the last one is refused.
    assert 1_000 - 100 - 7 * 40 <= sum(used) <= 1_000
    with pytest.raises(BudgetExceededError):
        counted.reserve(1_001 - sum(used))


def test_a_table_keeps_no_slot_that_has_ended(table: str) -> None:
    import boto3

    counted = TableMeter(table, 1_000, clock=lambda: NOON)
    held = [counted.reserve(100) for _ in range(3)]
    for each in held:
        counted.settle(each, used=10)
    item = boto3.client("dynamodb").get_item(TableName=table, Key={"day": {"S": held[0].day}})["Item"]
    assert sorted(item) == ["day", "expires", "tokens"]
    assert item["tokens"] == {"N": "30"}


class Upstream:
    """A provider that gives some pieces and then does as it is told."""

    default_model, counts = "m", True

    def __init__(self, *, pieces: int = 0, then: Exception | None = None, tick: Any = lambda: None) -> None:
        self.pieces, self.then, self.tick = pieces, then, tick

    def stream(self, _ask: Any) -> Iterator[Piece]:
        for _ in range(self.pieces):
            self.tick()
            yield Piece(text="word ")
        if self.then:
            raise self.then


def asked(meter: Any, provider: Upstream, **options: Any) -> Iterator[Any]:
    hit = Hit(
        id="a",
        title="A",
        headings=(),
        content="launch",
        path="a.md",
        start_line=1,
        end_line=1,
        url="",
        permalink="",
        score=1,
    )
    chat = Chat(provider=provider, models=("m",), meter=meter, **options)
    return chat.answer([Turn("user", "launch")], lambda _query, _limit: [hit])


@pytest.mark.parametrize("error", [ProviderError("refused"), ProviderKeyError("key"), ProviderBusyError("busy")])
def test_a_provider_that_refuses_costs_nothing(meter: Any, error: Exception) -> None:
    counted = meter(5_000, lambda: NOON)
    for _ in range(12):
        with pytest.raises(ProviderError):
            list(asked(counted, Upstream(then=error)))
    counted.reserve(5_000)


@pytest.mark.parametrize("pieces", [0, 3])
def test_twelve_silent_or_abandoned_requests_hold_their_prompts_alone(meter: Any, pieces: int) -> None:
    counted = meter(20_000, lambda: NOON)
    for number in range(12):
        parts = asked(counted, Upstream(pieces=pieces, then=ProviderTimeoutError("silent")))
        if number % 2 and pieces:
            next(parts)
            parts.close()
        else:
            with pytest.raises(ProviderTimeoutError):
                list(parts)
    counted.reserve(10_000)


def test_an_answer_that_drips_ends_at_its_deadline(meter: Any) -> None:
    seconds = [0.0]

    def tick() -> None:
        seconds[0] += 20

    counted = meter(20_000, lambda: NOON)
    parts = asked(counted, Upstream(pieces=100, tick=tick), clock=lambda: seconds[0])
    with pytest.raises(ProviderTimeoutError, match="too long"):
        list(parts)
    assert seconds[0] <= LONGEST_ANSWER + 20
    counted.reserve(18_000)


def test_a_budget_that_cannot_be_read_lets_nothing_be_spent(aws: str) -> None:
    with pytest.raises(ProviderError, match="no paid answer"):
        TableMeter("no-such-table", limit=100).reserve(1)
    with pytest.raises(BudgetExceededError):
        TableMeter("no-such-table", limit=100).reserve(101)
    TableMeter("no-such-table", limit=100).settle(Reservation("2026-01-31", 5, 1), used=1)


def test_without_a_limit_nothing_is_counted() -> None:
    TableMeter("no-such-table", limit=0).reserve(10**9)
    ProcessMeter(0).reserve(10**9)


def test_an_estimate_is_never_below_a_token_for_each_character_of_scripts_without_spaces() -> None:
    assert estimate_tokens((Turn("user", "ロケット" * 100),), answer=10) >= 410
    assert estimate_tokens((Turn("user", "word " * 300),), answer=0) >= 400


@pytest.mark.parametrize(
    ("stored", "key"),
    [
        ("sk-plain", "sk-plain"),
        (" sk-plain\n", "sk-plain"),
        ('{"OPENAI_API_KEY": "sk-json"}', "sk-json"),
        ('{"other": 1, "api_key": "sk-json"}', "sk-json"),
    ],
)
def test_a_key_is_found_in_what_is_stored(stored: str, key: str) -> None:
    assert key_in(stored) == key


@pytest.mark.parametrize("stored", ["", "  ", "{}", '{"OPENAI_API_KEY": ""}', "[]", "5"])
def test_a_secret_without_a_key_says_so(stored: str) -> None:
    with pytest.raises(ProviderKeyError):
        key_in(stored)


def test_keys_are_read_from_secrets_manager_and_parameters(aws: str) -> None:
    import boto3

    secret = boto3.client("secretsmanager").create_secret(Name="openai", SecretString='{"OPENAI_API_KEY": "sk-a"}')
    assert read_secret(secret["ARN"]) == "sk-a"
    boto3.client("ssm").put_parameter(Name="/docs/key", Value="sk-b", Type="SecureString")
    assert read_secret("arn:aws:ssm:us-east-1:123456789012:parameter/docs/key") == "sk-b"
    boto3.client("ssm").put_parameter(Name="plain", Value="sk-c", Type="SecureString")
    assert read_secret("arn:aws:ssm:us-east-1:123456789012:parameter/plain") == "sk-c"
    with pytest.raises(ProviderKeyError) as caught:
        read_secret("arn:aws:secretsmanager:us-east-1:123456789012:secret:nothing")
    assert "arn:" not in str(caught.value)


def test_the_key_of_a_secret_is_what_the_provider_is_asked_with(aws: str, llm) -> None:
    import boto3

    secret = boto3.client("secretsmanager").create_secret(Name="used", SecretString=json.dumps({"api_key": "sk-used"}))
    provider = open_provider("openai", Access(base_url=f"{llm.url}/v1", secret_arn=secret["ARN"]))
    from athenaeum.chat.providers.base import Ask

    list(provider.stream(Ask(question="x", sources=(), messages=(Turn("user", "x"),), model="m")))
    headers = {name.lower(): value for name, value in llm.headers[0].items()}
    assert headers["authorization"] == "Bearer sk-used"


def test_clients_that_leave_their_streams_hold_nothing_once_their_requests_have_ended(serve: Any, llm: Any) -> None:
    """Real streams, left in the middle while the provider is silent: a thread waits for it, and is not cut off."""
    llm.fault = "silence"
    running = serve(ServerSettings(chat_base_url=f"{llm.url}/v1", chat_daily_tokens=60_000))
    body = {"messages": [{"role": "user", "content": "launch"}], "stream": True, "max_tokens": 4_096}
    meter = running.parts.chat().meter
    for _ in range(6):
        with running.client.stream("POST", "/chat/completions", json=body) as answer:
            assert next(answer.iter_lines()).startswith("data: ")
    deadline = time.monotonic() + 60
    while True:
        try:
            held = meter.reserve(50_000)
            break
        except BudgetExceededError:
            assert time.monotonic() < deadline, "the requests still hold the budget"
            time.sleep(0.1)
    meter.settle(held, used=0)
    assert not [line for line in running.lines() if line.get("event") == "failure"]
