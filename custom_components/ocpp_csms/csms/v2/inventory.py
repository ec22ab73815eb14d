"""What a charging station has: its device model read, kept as the configuration of the charge point, and brought to what is wanted.

It is read as a whole once (GetBaseReport), and again when the firmware is another one or the user asks; in between only what we go by is
looked at. It is not kept over a restart of ours: one report is cheaper than ten thousand variables on disk. Source: OCPP 2.0.1 part 2,
B05…B07, A01.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
import logging

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import (
    REFUSALS,
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    RefusedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.requests import new_request_id
from custom_components.ocpp_csms.csms.wanted_configuration import Wanted, measurands_satisfied
from custom_components.ocpp_csms.csms.wire.fields import folded

from .configuration import (
    CHANGING_KEYS,
    KEY_BASIC_AUTH,
    KEY_MEASURANDS,
    NEEDED_KEYS,
    VARIABLES_OF_1_6,
    deciding_keys,
    evse_count,
    measurands_to_try,
    values_on_request,
    values_to_write,
)
from .device_model import MOST_VARIABLES, Told, VariableAddress, read_variables
from .reports import Report, Reports
from .variables import Call, VariableAnswer, Variables

_LOGGER = logging.getLogger(__name__)

_PATIENCE = 15.0  # s without a further part until a report counts as broken off
_LONGEST = 120.0  # s: limits wait for it after a boot
_BASES = ("FullInventory", "ConfigurationInventory")
_GOOD = frozenset({"Accepted", "RebootRequired"})


class Inventory:
    """The device model of one charging station, over one connection."""

    def __init__(self, charge_point: ChargePoint, call: Call, reports: Reports, *, patience: float = _PATIENCE) -> None:
        """`call` sends a message and returns its answer, `reports` are fed by what the station sends; `patience` in s."""
        self._charge_point = charge_point
        self._call = call
        self._reports = reports
        self._patience = patience
        self._variables = Variables(call, lambda: charge_point.configuration)
        self._learned: set[str] = set()  # asked for already

    async def read(self) -> dict[str, ConfigurationKey]:
        """Return all variables that the station tells: of everything, else of what can be set, and one by one what we need and is missing.

        Raises the exceptions of `errors` if it tells nothing in any way.
        """
        found: dict[str, ConfigurationKey] = {}
        for base in _BASES:
            reported, is_complete = await self._base_report(base)
            found |= reported
            if is_complete and reported:
                break
        told = Told(found)
        if base == _BASES[0] and told.item(KEY_MEASURANDS) is not None:
            return found
        try:
            known, _unknown = await self._get([key for key in NEEDED_KEYS if told.item(key) is None], told)
        except (*REFUSALS, CallTimeoutError) as error:
            if not found:
                raise
            _LOGGER.debug("%s: its inventory has gaps: %s", self._charge_point.identity, error)
            return found
        return found | known

    async def get(self, keys: Iterable[str]) -> tuple[dict[str, ConfigurationKey], list[str]]:
        """Read variables by their keys, those of 1.6 among them; returns the known ones, and the keys as given that name none.

        Raises the exceptions of `errors`.
        """
        return await self._get(keys, Told(self._charge_point.configuration))

    async def set(self, key: str, value: str) -> str:
        """Write a variable; returns `Accepted` or `RebootRequired`.

        Raises `InvalidRequestError`: `password_key` for one that holds a password, `unknown_configuration_key` for what names none;
        `RefusedError` with what the station says of it, and the other exceptions of `errors`.
        """
        address = VariableAddress.parse(self.spelled(key))
        if address.is_secret:
            raise InvalidRequestError("password_key", configuration_key=key)
        return await self._set(address, value)

    async def set_password(self, password: str) -> str:
        """Write the password of the next connections (A01); returns `Accepted` or `RebootRequired`. Raises the exceptions of `errors`."""
        return await self._set(VariableAddress.parse(self.spelled(KEY_BASIC_AUTH)), password)

    def spelled(self, key: str) -> str:
        """Return a variable's key as the station spells it, if it has told; what 1.6 calls otherwise is understood."""
        return _spelled(key, Told(self._charge_point.configuration))

    async def learn(self, keys: Iterable[str]) -> None:
        """Ask for variables that are not known yet, once. Raises the exceptions of `errors`: then they may be asked for again."""
        point = self._charge_point
        unknown = [key for key in keys if key not in point.configuration and key not in self._learned]
        if point.knows_whole_configuration or not unknown:
            return
        known, _unknown = await self.get(unknown)
        self._learned.update(unknown)
        point.configuration_keys_read(known)

    async def learn_capabilities(self) -> None:
        """Before the first limit, ask once for what decides how it is wrapped; who does not tell gets the plainest."""
        keys = deciding_keys(self._charge_point.quirks)
        try:
            await self.learn(keys)
        except CallFailedError, UnclearAnswerError, CallTimeoutError:
            self._learned.update(keys)

    async def configure(self, wanted: Wanted) -> None:
        """Read what is not known, then write the variables that differ, at once; what is refused for good is remembered.

        Raises the exceptions of `errors` where a station cannot be read, or does not answer.
        """
        point = self._charge_point
        if point.knows_whole_configuration:
            await self._look_again()
        else:
            point.configuration_read(await self.read())
        if (count := evse_count(point.configuration)) is not None:
            point.connectors_known(count)
        point.flush()
        values = dict(values_to_write(point.configuration, wanted, point.quirks))
        measurands = self._measurands(wanted)
        if measurands:
            key, candidate = measurands.pop(0)
            values[key] = candidate
        written = await self._write(values)
        for key, candidate in measurands:
            if key in written or key in await self._write({key: candidate}):
                break
        await self._write(dict(values_on_request(point.configuration)))

    # Reading

    async def _base_report(self, base: str) -> tuple[dict[str, ConfigurationKey], bool]:
        """Ask for a report (B07); return what has come of it, and whether that is all."""
        request_id = new_request_id()
        report = self._reports.expect("NotifyReport", request_id)
        try:
            answer = await self._call("GetBaseReport", {"requestId": request_id, "reportBase": base})
            if not isinstance(answer, dict) or folded(answer.get("status")) != "accepted":
                return {}, False
            is_complete = await report.complete(self._patience, _LONGEST)
            return await _reported(report), is_complete
        except (CallFailedError, CallTimeoutError) as error:
            _LOGGER.debug("%s gives no %s: %s", self._charge_point.identity, base, error)
            return {}, False
        finally:
            self._reports.forget("NotifyReport", request_id)

    async def _get(self, keys: Iterable[str], told: Told) -> tuple[dict[str, ConfigurationKey], list[str]]:
        addresses: dict[VariableAddress, str] = {}
        unknown: list[str] = []
        for key in keys:
            try:
                addresses.setdefault(VariableAddress.parse(_spelled(key, told)), key)
            except InvalidRequestError:
                unknown.append(key)
        known = {}
        for key, answer in zip(addresses.values(), await self._variables.get(addresses), strict=True):
            if (item := _known(answer, told)) is None:
                unknown.append(key)
            else:
                known[item.key] = item
        return known, unknown

    async def _look_again(self) -> None:
        """Read what we go by and somebody may have changed; a station that does not tell it now has told it before."""
        told = Told(self._charge_point.configuration)
        keys = [item.key for key in CHANGING_KEYS if (item := told.item(key)) is not None]
        try:
            known, _unknown = await self._get(keys, told)
        except REFUSALS as error:
            _LOGGER.debug("%s: its variables are taken for what they were: %s", self._charge_point.identity, error)
            return
        self._charge_point.configuration_keys_read(known)

    # Writing

    def _measurands(self, wanted: Wanted) -> list[tuple[str, str]]:
        """Return the lists of measurands to try in turn, with the variable that takes them; none where one holds already, or none may be written."""
        point = self._charge_point
        current = Told(point.configuration).item(KEY_MEASURANDS)
        if current is None or current.readonly:
            return []
        left: list[tuple[str, str]] = []
        refused = point.refused_configuration.get(current.key, ())
        for candidate in measurands_to_try(point.configuration, wanted, point.quirks):
            if measurands_satisfied(current.value, candidate):
                break
            if candidate not in refused:
                left.append((current.key, candidate))
        return left

    async def _write(self, values: Mapping[str, str]) -> Collection[str]:
        """Write variables unless their value was refused before; return those that hold it now."""
        point = self._charge_point
        due = {
            VariableAddress.parse(key): (key, value)
            for key, value in values.items()
            if value not in point.refused_configuration.get(key, ())
        }
        if not due:
            return set()
        try:
            answers = await self._variables.set({address: value for address, (_key, value) in due.items()})
        except CallFailedError, UnclearAnswerError:
            return set()
        written = set()
        for (key, value), answer in zip(due.values(), answers, strict=True):
            if answer.status in _GOOD:
                point.configuration_written(key, value)
                written.add(key)
            elif answer.status:
                point.configuration_refused(key, value)
        return written

    async def _set(self, address: VariableAddress, value: str) -> str:
        (answer,) = await self._variables.set({address: value})
        if not answer.status:
            raise UnclearAnswerError("SetVariables")
        if answer.status not in _GOOD:
            raise RefusedError("SetVariables", answer.status)
        return answer.status


def _spelled(key: str, told: Told) -> str:
    key = key.strip()
    for name in (key, VARIABLES_OF_1_6.get(key.casefold(), "")):
        if (found := told.item(name)) is not None:
            return found.key
    return VARIABLES_OF_1_6.get(key.casefold(), key)


def _known(answer: VariableAnswer, told: Told) -> ConfigurationKey | None:
    """Return what was read of a variable; None if there is no such one. One that is there and may not be read has no value (B06.FR.09)."""
    if answer.status not in {"Accepted", "Rejected"}:
        return None
    key = str(answer.address)
    known = told.item(key) or ConfigurationKey(key, None, readonly=False, write_only=answer.address.is_secret)
    return known if answer.status == "Rejected" or known.write_only else replace(known, value=answer.value)


async def _reported(report: Report) -> dict[str, ConfigurationKey]:
    """Return the variables of a report, as many as are kept. Attributes may come one by one: what has no value does not take one away."""
    found: dict[str, ConfigurationKey] = {}
    for part in report.parts:
        for item in read_variables(part):
            known = found.get(item.key)
            if (known is None and len(found) < MOST_VARIABLES) or (known is not None and item.value is not None):
                found[item.key] = item
        await asyncio.sleep(0)  # others have their turn: a station may have ten thousand
    return found
