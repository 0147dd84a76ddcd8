"""How many tokens an endpoint may spend in a day, counted in this process or in one DynamoDB table for all of them.

A request reserves what it could cost before the provider is asked, and gives back what it did not use: two requests at
once cannot both spend the last tokens. A reservation carries its day, on which it is settled, and it ends: with its
request, which has a deadline, or, where a function was killed, when the time that no request may take has passed.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from athenaeum.chat.conversation import Turn
from athenaeum.chat.counting import count_tokens
from athenaeum.errors import BudgetExceededError, ProviderError

HOLD_SECONDS = 300
"""A reservation is given up between this and twice as long after it was made; `answering.LONGEST_ANSWER` is shorter."""
_TOO_MUCH = "This endpoint's token budget for today is used up; search still works."
_HELD = "All of what is left of this endpoint's token budget is held by answers that are being written."
_UNREADABLE = "The token budget cannot be read, so no paid answer is given."


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens held for one request on `day`. It is given up when the clock has come to `slot` times `HOLD_SECONDS`."""

    day: str
    tokens: int
    slot: int


class Meter(Protocol):
    """Counts tokens. A limit of 0 counts nothing."""

    def reserve(self, tokens: int) -> Reservation:
        """Hold `tokens` of today's budget; `BudgetExceededError` when they are not left."""

    def settle(self, reservation: Reservation, *, used: int) -> None:
        """Count what was used on the reservation's day and give the rest back. Never raises."""


def estimate_tokens(messages: tuple[Turn, ...], *, answer: int) -> int:
    """What a request can cost: its messages, each with its frame, and the whole answer."""
    return sum(count_tokens(turn.text) + 8 for turn in messages) + answer


def today(clock: Callable[[], float] = time.time) -> str:
    """The budget's day: UTC, such as `2026-01-31`."""
    return _day(clock())


def _day(now: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(now))


def _reservation(tokens: int, now: float) -> Reservation:
    return Reservation(_day(now), tokens, int(now // HOLD_SECONDS) + 2)


def _refused(*, held: bool) -> BudgetExceededError:
    return BudgetExceededError(_HELD, remedy="Ask again in a minute.") if held else BudgetExceededError(_TOO_MUCH)


@dataclass(slots=True)
class ProcessMeter:
    """Counts in this process alone: `athenaeum serve`, and tests."""

    limit: int
    clock: Callable[[], float] = time.time
    _spent: dict[str, int] = field(default_factory=dict)
    _held: list[Reservation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, tokens: int) -> Reservation:
        """Hold a part of today's budget."""
        now = self.clock()
        made = _reservation(tokens, now)
        if not self.limit:
            return made
        with self._lock:
            self._held = [one for one in self._held if one.slot * HOLD_SECONDS > now]
            days = {made.day, *(one.day for one in self._held)}
            self._spent = {day: spent for day, spent in self._spent.items() if day in days}
            held = sum(one.tokens for one in self._held if one.day == made.day)
            spent = self._spent.get(made.day, 0)
            if spent + held + tokens > self.limit:
                raise _refused(held=spent + tokens <= self.limit)
            self._held.append(made)
        return made

    def settle(self, reservation: Reservation, *, used: int) -> None:
        """Count what was used."""
        with self._lock:
            self._held = [one for one in self._held if one is not reservation]
            self._spent[reservation.day] = self._spent.get(reservation.day, 0) + used


@dataclass(slots=True)
class TableMeter:
    """Counts in a DynamoDB table with the string key `day`; items carry `expires` for the table's time to live.

    `tokens` of an item are those spent and held together, so that one conditional update reserves. `held_SLOT` are
    those held until a slot ends: whoever is refused gives up the ones that have ended, each once.
    """

    table: str
    limit: int
    clock: Callable[[], float] = time.time
    client: Any = None

    def reserve(self, tokens: int) -> Reservation:
        """One conditional update; a table that cannot be reached refuses, because spending is what it bounds."""
        now = self.clock()
        made = _reservation(tokens, now)
        if not self.limit:
            return made
        if tokens > self.limit:
            raise _refused(held=False)
        if (item := self._hold(made)) is None:
            return made
        held = _held_in(item)
        ended = {slot: count for slot, count in held.items() if slot * HOLD_SECONDS <= now}
        for slot, count in ended.items():
            self._change(made.day, -count, slot=slot, remove=True, condition="#h = :h", h=count)
        if ended and self._hold(made) is None:
            return made
        waiting = sum(count for slot, count in held.items() if slot not in ended)
        spent = int(item.get("tokens", {"N": "0"})["N"]) - sum(held.values())
        raise _refused(held=bool(waiting) and spent + tokens <= self.limit)

    def settle(self, reservation: Reservation, *, used: int) -> None:
        """Count what was used; a failure leaves the reservation until it ends."""
        if not self.limit:
            return
        day, tokens, slot = reservation.day, reservation.tokens, reservation.slot
        try:
            # The last of its slot takes the slot along; one whose slot was given up counts what it used alone.
            back = used - tokens
            if self._change(day, back, slot=slot, remove=True, condition="#h = :h", h=tokens) is None:
                return
            if self._change(day, back, slot=slot, add=-tokens, condition="#h > :h", h=tokens) is None:
                return
            self._change(day, used)
        except ProviderError:
            return

    def _hold(self, made: Reservation) -> dict[str, Any] | None:
        """None when the tokens are held, else the item as it is."""
        return self._change(
            made.day,
            made.tokens,
            slot=made.slot,
            add=made.tokens,
            condition="attribute_not_exists(tokens) OR tokens <= :h",
            h=self.limit - made.tokens,
        )

    def _change(
        self,
        day: str,
        tokens: int,
        *,
        slot: int = 0,
        add: int = 0,
        remove: bool = False,
        condition: str = "",
        h: int = 0,
    ) -> dict[str, Any] | None:
        """Add `tokens` to the day under a condition; None when it held, else the item. `ProviderError` else."""
        from botocore.exceptions import BotoCoreError, ClientError

        values = {":n": {"N": str(tokens)}, ":e": {"N": str(int(self.clock()) + 3 * 86_400)}}
        expression = "SET expires = :e ADD tokens :n"
        request: dict[str, Any] = {"TableName": self.table, "Key": {"day": {"S": day}}}
        if condition:
            values[":h"] = {"N": str(h)}
            request |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        if add:
            values[":a"] = {"N": str(add)}
            expression += ", #h :a"
        if remove:
            expression += " REMOVE #h"
        if slot:
            request["ExpressionAttributeNames"] = {"#h": f"{_SLOT}{slot}"}
        request |= {"UpdateExpression": expression, "ExpressionAttributeValues": values}
        try:
            self._connected().update_item(**request)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return dict(error.response.get("Item") or {})
            raise ProviderError(_UNREADABLE) from None
        except BotoCoreError:
            raise ProviderError(_UNREADABLE) from None
        return None

    def _connected(self) -> Any:
        if self.client is None:
            import boto3
            from botocore.config import Config

            self.client = boto3.client(
                "dynamodb", config=Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
            )
        return self.client


_SLOT = "held_"


def _held_in(item: dict[str, Any]) -> dict[int, int]:
    """Slot → tokens held until it ends."""
    return {int(name.removeprefix(_SLOT)): int(value["N"]) for name, value in item.items() if name.startswith(_SLOT)}
