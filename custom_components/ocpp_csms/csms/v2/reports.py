"""Answers that a charging station gives in parts, by later messages of its own: they are put together here.

A request names an id, each part repeats it and says its place (`seqNo`) and whether more are to come (`tbc`). Parts may come twice, out of
order, before the answer to the request, or never. Pure, but for waiting. Source: OCPP 2.0.1 part 2, B07 and B08 (NotifyReport), N02
(NotifyMonitoringReport), K09 (ReportChargingProfiles), N09 (NotifyCustomerInformation), O03 (NotifyDisplayMessages).
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from custom_components.ocpp_csms.csms.errors import NotConnectedError
from custom_components.ocpp_csms.csms.wire.fields import number

_MOST_PARTS = 20_000  # of one report: a station may send each variable by itself
_LONGEST = 300.0  # s, however often another part comes
_MOST_REPORTS = 20  # that are waited for at a time

type Part = Mapping[str, Any]


class Report:
    """One report on its way. `parts` are those that have come, in their order."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._parts: dict[int, Part] = {}
        self._last: int | None = None
        self._progress = asyncio.Event()
        self._closed = False

    @property
    def parts(self) -> list[Part]:
        """The parts that have come, in the order that they say."""
        return [self._parts[place] for place in sorted(self._parts)]

    @property
    def is_complete(self) -> bool:
        """Whether the last part has come and none is missing between the first and it: some count from one."""
        return self._last is not None and len(self._parts) > self._last - min(self._parts)

    async def complete(self, timeout: float, longest: float = _LONGEST) -> bool:
        """Return whether all has come, once it has, or nothing more has for `timeout` s. Raises `NotConnectedError`.

        A report that never ends stops being waited for after `longest` s, or when it has as many parts as a sound one can have.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + longest
        while not self.is_complete and len(self._parts) < _MOST_PARTS:
            if self._closed:
                raise NotConnectedError("the connection was lost while a report came")
            self._progress.clear()
            try:
                async with asyncio.timeout(min(timeout, end - clock())):
                    await self._progress.wait()
            except TimeoutError:
                return False
        return self.is_complete

    def take(self, part: Part) -> None:
        """Add a part. One whose place is taken is another one behind all others, unless it is the same once more."""
        place = number(part.get("seqNo"))
        if place is None or place < 0:
            place = len(self._parts)
        known = self._parts.get(place)
        if known is not None and known != part:
            place = max(self._parts) + 1  # a station that does not count
        elif known is not None:
            return
        if len(self._parts) >= _MOST_PARTS:
            return
        self._parts[place] = part
        if part.get("tbc") is not True:
            self._last = place
        self._progress.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._progress.set()


class Reports:
    """The reports of one connection that are waited for."""

    def __init__(self) -> None:
        """Wait for none."""
        self._expected: dict[tuple[str, int], Report] = {}

    def expect(self, action: str, request_id: int) -> Report:
        """Wait for a report from now on; the oldest is given up when there are too many."""
        while len(self._expected) >= _MOST_REPORTS:
            self._expected.pop(next(iter(self._expected))).close()
        report = self._expected[action, request_id] = Report()
        return report

    def forget(self, action: str, request_id: int) -> None:
        """Wait no more."""
        self._expected.pop((action, request_id), None)

    def arrived(self, action: str, payload: Part) -> bool:
        """Take a part; return whether it was asked for. One without an id belongs to the only report of its kind, if there is one."""
        request_id = number(payload.get("requestId"))
        report = self._expected.get((action, request_id)) if request_id is not None else None
        if report is None and request_id is None:
            waiting = [item for (kind, _), item in self._expected.items() if kind == action]
            report = waiting[0] if len(waiting) == 1 else None
        if report is None:
            return False
        report.take(payload)
        return True

    def close(self) -> None:
        """The connection has ended: nothing more will come."""
        for report in self._expected.values():
            report.close()
        self._expected.clear()
