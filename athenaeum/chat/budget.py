"""How many tokens an endpoint may spend in a day, counted in this process or in one DynamoDB table for all of them.

A request reserves what it could cost before the provider is asked, and gives back what it did not use: two requests at
once cannot both spend the last tokens.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from athenaeum.chat.conversation import Turn
from athenaeum.chat.counting import count_tokens
from athenaeum.errors import BudgetExceededError, ProviderError

_TOO_MUCH = "This endpoint's token budget for today is used up; search still works."


class Meter(Protocol):
    """Counts tokens. A limit of 0 counts nothing."""

    def reserve(self, tokens: int) -> None:
        """Take `tokens` from today's budget; `BudgetExceededError` when they are not left."""

    def settle(self, *, reserved: int, used: int) -> None:
        """Give back what a reservation did not use. Never raises."""


def estimate_tokens(messages: tuple[Turn, ...], *, answer: int) -> int:
    """What a request can cost: its messages, each with its frame, and the whole answer."""
    return sum(count_tokens(turn.text) + 8 for turn in messages) + answer


def today(clock: Callable[[], float] = time.time) -> str:
    """The budget's day: UTC, such as `2026-01-31`."""
    return time.strftime("%Y-%m-%d", time.gmtime(clock()))


@dataclass(slots=True)
class ProcessMeter:
    """Counts in this process alone: `athenaeum serve`, and tests."""

    limit: int
    clock: Callable[[], float] = time.time
    _day: str = ""
    _spent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, tokens: int) -> None:
        """Take from today's budget."""
        if not self.limit:
            return
        with self._lock:
            if self._day != (day := today(self.clock)):
                self._day, self._spent = day, 0
            if self._spent + tokens > self.limit:
                raise BudgetExceededError(_TOO_MUCH)
            self._spent += tokens

    def settle(self, *, reserved: int, used: int) -> None:
        """Correct the count."""
        with self._lock:
            self._spent = max(0, self._spent + used - reserved)


@dataclass(slots=True)
class TableMeter:
    """Counts in a DynamoDB table with the string key `day`; items carry `expires` for the table's time to live."""

    table: str
    limit: int
    clock: Callable[[], float] = time.time
    client: Any = None

    def reserve(self, tokens: int) -> None:
        """One conditional update; a table that cannot be reached refuses, because spending is what it bounds."""
        if not self.limit:
            return
        if tokens > self.limit:
            raise BudgetExceededError(_TOO_MUCH)
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._add(tokens, most=self.limit - tokens)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                raise BudgetExceededError(_TOO_MUCH) from None
            raise ProviderError("The token budget cannot be read, so no paid answer is given.") from None
        except BotoCoreError:
            raise ProviderError("The token budget cannot be read, so no paid answer is given.") from None

    def settle(self, *, reserved: int, used: int) -> None:
        """Correct the count; a failure leaves the reservation, which errs on the side of spending less."""
        if not self.limit or reserved == used:
            return
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._add(used - reserved)
        except (BotoCoreError, ClientError):
            return

    def _add(self, tokens: int, *, most: int | None = None) -> None:
        if self.client is None:
            import boto3
            from botocore.config import Config

            self.client = boto3.client(
                "dynamodb", config=Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
            )
        values = {":n": {"N": str(tokens)}, ":e": {"N": str(int(self.clock()) + 3 * 86_400)}}
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": {"day": {"S": today(self.clock)}},
            "UpdateExpression": "ADD tokens :n SET expires = :e",
            "ExpressionAttributeValues": values,
        }
        if most is not None:
            values[":m"] = {"N": str(most)}
            request["ConditionExpression"] = "attribute_not_exists(tokens) OR tokens <= :m"
        self.client.update_item(**request)
