"""Reading and writing variables of a charging station: GetVariables and SetVariables, in as few messages as it takes.

Only what it answers, variable by variable; what that means for the charge point is decided in `inventory`. Source: OCPP 2.0.1 part 2,
B05 (SetVariables), B06 (GetVariables).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from custom_components.ocpp_csms.csms.errors import CallFailedError, UnclearAnswerError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.wire.fields import folded

from .device_model import VariableAddress, value_text
from .message_limits import limits_of, split

type Call = Callable[[str, dict[str, Any]], Awaitable[Any]]

# AttributeStatusEnumTypes, as the specification spells them.
_STATUSES = {
    status.casefold(): status
    for status in (
        "Accepted",
        "Rejected",
        "RebootRequired",
        "UnknownComponent",
        "UnknownVariable",
        "NotSupportedAttributeType",
    )
}


@dataclass(frozen=True, slots=True)
class VariableAnswer:
    """What a station has answered about one variable: a status (empty: none), and for one that was read its value."""

    address: VariableAddress
    status: str
    value: str | None = None


class Variables:
    """The variables of one station, over one connection."""

    def __init__(self, call: Call, configuration: Callable[[], Mapping[str, ConfigurationKey]]) -> None:
        """`call` sends a message and returns its answer; `configuration` is what is known of the station."""
        self._call = call
        self._configuration = configuration

    async def get(self, addresses: Iterable[VariableAddress]) -> list[VariableAnswer]:
        """Read variables, each named once. Returns what was answered about each. Raises the exceptions of `errors`."""
        items = {address: address.as_payload() for address in addresses}
        return await self._ask("GetVariables", "getVariable", items)

    async def set(self, values: Mapping[VariableAddress, str]) -> list[VariableAnswer]:
        """Write variables. Returns what was answered about each. Raises the exceptions of `errors`."""
        items = {address: {"attributeValue": value, **address.as_payload()} for address, value in values.items()}
        return await self._ask("SetVariables", "setVariable", items)

    async def _ask(
        self, action: str, subject: str, items: Mapping[VariableAddress, Mapping[str, Any]]
    ) -> list[VariableAnswer]:
        addresses = list(items)
        answers: list[VariableAnswer] = []
        for part in split(list(items.values()), limits_of(self._configuration(), action)):
            asked = addresses[len(answers) : len(answers) + len(part)]
            answers += await self._ask_part(action, subject, asked, part)
        return answers

    async def _ask_part(
        self, action: str, subject: str, asked: Sequence[VariableAddress], part: Sequence[Mapping[str, Any]]
    ) -> list[VariableAnswer]:
        """Ask about some at once; one after the other where a station does not stand that, or stumbles over one of them."""
        try:
            return _read(action, subject, asked, await self._call(action, {f"{subject}Data": list(part)}))
        except CallFailedError:
            if len(part) == 1:
                raise
        answers, failure = [], None
        for address, item in zip(asked, part, strict=True):
            try:
                answers += _read(action, subject, [address], await self._call(action, {f"{subject}Data": [item]}))
            except CallFailedError as error:
                failure = error
                answers.append(VariableAnswer(address, ""))
        if failure is not None and not any(answer.status for answer in answers):
            raise failure
        return answers


def _read(action: str, subject: str, asked: Sequence[VariableAddress], answer: Any) -> list[VariableAnswer]:
    """Return what was answered about each, found by its name, else by its place. Raises `UnclearAnswerError` for an answer without results."""
    results = answer.get(f"{subject}Result") if isinstance(answer, dict) else None
    if not isinstance(results, list) or not any(isinstance(result, dict) for result in results):
        raise UnclearAnswerError(action)
    named = {
        address.folded: (address, result)
        for result in results
        if isinstance(result, dict) and (address := VariableAddress.from_payload(result)) is not None
    }
    answers = []
    for place, address in enumerate(asked):
        spelled, result = named.get(address.folded, (address, None))
        if result is None and len(results) == len(asked):
            result = results[place]
        answers.append(_answer(spelled, result))
    return answers


def _answer(address: VariableAddress, result: Any) -> VariableAnswer:
    if not isinstance(result, dict):
        return VariableAnswer(address, "")
    status = result.get("attributeStatus")
    known = _STATUSES.get(folded(status), "")
    return VariableAnswer(address, known, None if address.is_secret else value_text(result.get("attributeValue")))
