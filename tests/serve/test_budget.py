"""Token budgets and provider keys on emulated AWS APIs: counted once for all instances, read late, told to nobody."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from athenaeum.chat.budget import ProcessMeter, TableMeter, estimate_tokens, today
from athenaeum.chat.conversation import Turn
from athenaeum.chat.provider import Access, open_provider
from athenaeum.chat.secrets import key_in, read_secret
from athenaeum.errors import BudgetExceededError, ProviderError, ProviderKeyError


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
    one.reserve(600)
    with pytest.raises(BudgetExceededError):
        two.reserve(600)
    one.settle(reserved=600, used=100)
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


def test_a_budget_that_cannot_be_read_lets_nothing_be_spent(aws: str) -> None:
    with pytest.raises(ProviderError, match="no paid answer"):
        TableMeter("no-such-table", limit=100).reserve(1)
    with pytest.raises(BudgetExceededError):
        TableMeter("no-such-table", limit=100).reserve(101)
    TableMeter("no-such-table", limit=100).settle(reserved=5, used=1)


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
    from athenaeum.chat.provider import Ask

    list(provider.stream(Ask(question="x", sources=(), messages=(Turn("user", "x"),), model="m")))
    headers = {name.lower(): value for name, value in llm.headers[0].items()}
    assert headers["authorization"] == "Bearer sk-used"
