"""Answers that come in parts: put in order, once each, and not waited for without end."""

import asyncio
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ocpp_csms.csms.errors import NotConnectedError
from custom_components.ocpp_csms.csms.v2.reports import Report, Reports

REPORT = "NotifyReport"
PATIENT = 10.0


def part(place: Any, *, last: bool = False, request_id: int | None = 7, **fields: Any) -> dict[str, Any]:
    """Return one part of a report."""
    said = {} if request_id is None else {"requestId": request_id}
    return {**said, "seqNo": place, "tbc": not last, **fields}


@given(st.integers(1, 30).flatmap(lambda count: st.permutations(range(count))))
def test_parts_come_in_any_order(order: list[int]) -> None:
    """A report is complete with its last missing part, and not before."""
    report = Report()
    for place in order[:-1]:
        report.take(part(place, last=place == len(order) - 1))
    # Without the first part nobody can tell where the count begins.
    assert not report.is_complete or 0 not in order[:-1]
    report.take(part(order[-1], last=order[-1] == len(order) - 1))
    assert report.is_complete
    assert [item["seqNo"] for item in report.parts] == list(range(len(order)))


def test_a_part_that_comes_twice_is_one() -> None:
    """Stations repeat what was not answered in time."""
    report = Report()
    for item in (part(0), part(0), part(1, last=True), part(1, last=True)):
        report.take(item)
    assert report.is_complete
    assert len(report.parts) == 2


def test_who_does_not_count_is_understood() -> None:
    """All parts have the same place, and differ."""
    report = Report()
    for item in (part(0, data="a"), part(0, data="b"), part(0, data="c", last=True)):
        report.take(item)
    assert report.is_complete
    assert [item["data"] for item in report.parts] == ["a", "b", "c"]


@pytest.mark.parametrize("place", [None, -1, "first", [], True])
def test_a_place_that_is_none_is_the_next(place: Any) -> None:
    """What it says is kept all the same."""
    report = Report()
    report.take(part(place, data="a"))
    report.take(part(place, data="b", last=True))
    assert report.is_complete
    assert [item["data"] for item in report.parts] == ["a", "b"]


def test_who_counts_from_one_is_understood() -> None:
    """The last part completes it."""
    report = Report()
    report.take(part(1))
    assert not report.is_complete
    report.take(part(2, last=True))
    assert report.is_complete


async def test_a_gap_is_not_waited_for_without_end() -> None:
    """What has come is there; that it is not all is told."""
    report = Report()
    report.take(part(0))
    report.take(part(2, last=True))
    assert not await report.complete(0.01)
    assert len(report.parts) == 2


async def test_a_report_is_waited_for_as_long_as_it_goes_on() -> None:
    """Each part begins the wait anew."""
    report = Report()
    waiting = asyncio.create_task(report.complete(PATIENT))
    for place in range(3):
        await asyncio.sleep(0)
        report.take(part(place, last=place == 2))
    assert await waiting


async def test_a_report_that_never_ends_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has more parts than a sound one can have: no more are kept."""
    monkeypatch.setattr("custom_components.ocpp_csms.csms.v2.reports._MOST_PARTS", 50)
    report = Report()
    for place in range(200):
        report.take(part(place))
    assert not await report.complete(PATIENT)
    assert len(report.parts) == 50


async def test_with_the_connection_the_wait_ends() -> None:
    """Nothing more will come."""
    reports = Reports()
    report = reports.expect(REPORT, 7)
    waiting = asyncio.create_task(report.complete(PATIENT))
    await asyncio.sleep(0)
    reports.close()
    with pytest.raises(NotConnectedError):
        await waiting


def test_a_part_belongs_to_the_request_that_it_names() -> None:
    """Also when several are on their way, of one kind or of several."""
    reports = Reports()
    first, second = reports.expect(REPORT, 7), reports.expect(REPORT, 8)
    assert reports.arrived(REPORT, part(0, last=True, request_id=8))
    assert not reports.arrived("NotifyMonitoringReport", part(0, request_id=7))
    assert (first.parts, len(second.parts)) == ([], 1)


def test_what_nobody_asked_for_is_told_so() -> None:
    """Nor what is not waited for any more."""
    reports = Reports()
    assert not reports.arrived(REPORT, part(0))
    reports.expect(REPORT, 7)
    reports.forget(REPORT, 7)
    reports.forget(REPORT, 7)
    assert not reports.arrived(REPORT, part(0))


@pytest.mark.parametrize(("expected", "taken"), [([7], True), ([7, 8], False), ([], False)])
def test_a_part_without_an_id_belongs_to_the_only_report_of_its_kind(expected: list[int], taken: bool) -> None:
    """If there is one."""
    reports = Reports()
    for request_id in expected:
        reports.expect(REPORT, request_id)
    assert reports.arrived(REPORT, part(0, request_id=None)) is taken


async def test_only_so_many_reports_are_waited_for() -> None:
    """The oldest is given up."""
    reports = Reports()
    oldest = reports.expect(REPORT, 0)
    for request_id in range(1, 21):
        reports.expect(REPORT, request_id)
    with pytest.raises(NotConnectedError):
        await oldest.complete(PATIENT)
    assert reports.arrived(REPORT, part(0, request_id=20))


async def test_a_report_is_not_waited_for_without_end() -> None:
    """However patient somebody is between two parts."""
    report = Report()
    report.take(part(0))
    async with asyncio.timeout(PATIENT / 2):
        assert not await report.complete(PATIENT, longest=0.0)
    assert len(report.parts) == 1
