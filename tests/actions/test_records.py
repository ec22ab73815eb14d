"""The actions about what has been charged: pages, files, totals, and clear words for what cannot be."""

import csv
from datetime import timedelta
import json
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.actions import records as actions
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from tests.records.charges import at
from tests.scripted import start_transaction, stop_transaction

from .calls import act

ANNA = "04A2B3C4"


@pytest.fixture(autouse=True)
async def _time(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """It is the 20th of November, in Berlin."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(at(20, 12))


@pytest.fixture
async def charged(hass: HomeAssistant, charge_point: ChargePoint) -> ChargePoint:
    """CP1, with a charge on the last evening of October, two of Anna in November, and one that goes on."""
    for day, month, id_tag in ((31, 10, "B"), (5, 11, ANNA), (10, 11, ANNA)):
        begun = start_transaction(charge_point, at=at(day, 22, 30, month=month), id_tag=id_tag)
        stop_transaction(charge_point, begun, at=at(day, 22, 30, month=month) + timedelta(hours=2))
    start_transaction(charge_point, at=at(20, 11), id_tag="B")
    await hass.async_block_till_done()
    return charge_point


@pytest.fixture
def allowed(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A folder that Home Assistant may write to."""
    folder = tmp_path / "media"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


async def ask(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    """Return the answer of an action."""
    return cast("dict[str, Any]", await act(hass, action, **data))


def started(answer: dict[str, Any]) -> list[str]:
    """Return when the transactions of an answer began."""
    return [transaction["started"] for transaction in answer["transactions"]]


# Pages


async def test_transactions_are_returned_newest_first(hass: HomeAssistant, charged: ChargePoint) -> None:
    """With local times; what runs only if it is asked for."""
    answer = await ask(hass, "get_transactions")
    assert started(answer) == ["2026-11-10T23:30:00+01:00", "2026-11-05T23:30:00+01:00", "2026-10-31T23:30:00+01:00"]
    assert answer["next"] is None
    assert answer["transactions"][0]["energy_kwh"] == 6.0
    running = await ask(hass, "get_transactions", running=True)
    assert (len(running["transactions"]), running["transactions"][0]["stopped"]) == (4, None)


async def test_a_page_tells_where_the_next_one_begins(hass: HomeAssistant, charged: ChargePoint) -> None:
    """Until there is none."""
    first = await ask(hass, "get_transactions", limit=2)
    second = await ask(hass, "get_transactions", limit=2, cursor=first["next"])
    assert started(first) + started(second) == started(await ask(hass, "get_transactions"))
    assert second["next"] is None


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({"id_tag": ANNA.lower()}, 2),
        ({"id_tag": "nobody"}, 0),
        ({"parent": "nobody"}, 0),
        ({"start": "2026-11-01 00:00:00"}, 3),  # the first one ended at half past one that night
        ({"start": "2026-11-01 00:00:00", "end": "2026-11-06 00:00:00"}, 2),
        ({"start": "2026-11-01T01:00:00+00:00"}, 2),
    ],
)
async def test_only_what_is_asked_for_is_returned(
    hass: HomeAssistant, charged: ChargePoint, which: dict[str, str], found: int
) -> None:
    """Times without a zone are local."""
    assert len((await ask(hass, "get_transactions", **which))["transactions"]) == found


async def test_only_the_chargers_that_are_asked_for_are_looked_at(
    hass: HomeAssistant, charged: ChargePoint, device_id: str
) -> None:
    """By their devices, one or several; one that is none of ours is refused."""
    assert len((await ask(hass, "get_transactions", device_id=device_id))["transactions"]) == 3
    with pytest.raises(ServiceValidationError):
        await ask(hass, "get_transactions", device_id=[device_id, "unknown"])


async def test_a_connector_has_its_own_records(
    hass: HomeAssistant, charged: ChargePoint, device_id: str, second_connector: str
) -> None:
    """Those of its device only; the charger's device means all."""
    begun = start_transaction(charged, 2, at=at(12, 10, month=11), id_tag="B")
    stop_transaction(charged, begun, at=at(12, 11, month=11))
    await hass.async_block_till_done()
    answer = await ask(hass, "get_transactions", device_id=second_connector)
    assert [transaction["connector"] for transaction in answer["transactions"]] == [2]
    answer = await ask(hass, "get_transactions", device_id=device_id)
    assert len(answer["transactions"]) == 4


async def test_records_of_several_central_systems_are_one_list(
    hass: HomeAssistant, charged: ChargePoint, entry_data: dict[str, Any]
) -> None:
    """In the order of their start, page by page."""
    other = MockConfigEntry(domain=DOMAIN, data=entry_data)
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    first = await ask(hass, "get_transactions", limit=2)
    second = await ask(hass, "get_transactions", limit=2, cursor=first["next"])
    assert len(started(first) + started(second)) == 3
    assert (await ask(hass, "get_totals"))["totals"][0]["transactions"] == 2
    await hass.config_entries.async_unload(other.entry_id)


# Files


async def test_a_month_is_exported_as_a_file(hass: HomeAssistant, charged: ChargePoint, allowed: Path) -> None:
    """What began in it, oldest first: the charge of October's last evening is October's."""
    path = allowed / "november.csv"
    path.write_text("last year's")
    which = {"start": "2026-11-01 00:00:00", "end": "2026-12-01 00:00:00", "path": str(path)}
    assert await ask(hass, "export_transactions", **which) == {"count": 2, "path": str(path)}
    rows = list(csv.DictReader(path.open(newline="")))
    assert [(row["id_tag"], row["started"], row["energy_kwh"]) for row in rows] == [
        (ANNA, "2026-11-05T23:30:00+01:00", "6.000"),
        (ANNA, "2026-11-10T23:30:00+01:00", "6.000"),
    ]


async def test_an_export_may_be_json(hass: HomeAssistant, charged: ChargePoint, allowed: Path) -> None:
    """For programs."""
    path = allowed / "all.json"
    await ask(hass, "export_transactions", format="json", path=str(path), running=True)
    assert len(json.loads(path.read_text())) == 4


async def test_an_export_may_be_the_answer(hass: HomeAssistant, charged: ChargePoint) -> None:
    """For an automation that sends it on."""
    answer = await ask(hass, "export_transactions", id_tag=ANNA)
    assert answer["count"] == 2
    assert len(answer["content"].splitlines()) == 3


async def test_a_path_is_one_in_the_configuration(hass: HomeAssistant, charged: ChargePoint) -> None:
    """Unless it begins at the root."""
    folder = Path(hass.config.path("www"))
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    answer = await ask(hass, "export_transactions", path="www/all.csv")
    assert answer["path"] == str(folder / "all.csv")
    assert (folder / "all.csv").is_file()


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/etc/charging.csv", "export_forbidden"),
        ("{allowed}/../charging.csv", "export_forbidden"),
        ("{allowed}/char\0ging.csv", "export_forbidden"),
        ("{allowed}/no\0ne/charging.csv", "export_forbidden"),
        ("{allowed}/none/charging.csv", "export_no_folder"),
        ("{allowed}/charging.yaml", "export_wrong_ending"),
        ("{allowed}/charging.json", "export_wrong_ending"),
        ("{allowed}", "export_wrong_ending"),
    ],
)
async def test_a_path_that_cannot_be_is_refused_with_what_to_do(
    hass: HomeAssistant, charged: ChargePoint, allowed: Path, path: str, key: str
) -> None:
    """Nothing is written anywhere."""
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(hass, "export_transactions", path=path.format(allowed=allowed))
    assert refusal.value.translation_key == key
    assert not list(allowed.parent.rglob("charging*"))


async def test_a_file_that_cannot_be_written_is_no_success(
    hass: HomeAssistant, charged: ChargePoint, allowed: Path
) -> None:
    """The error names the file and the cause."""
    with (
        patch.object(actions, "write_utf8_file_atomic", side_effect=WriteError("No space left")),
        pytest.raises(HomeAssistantError) as error,
    ):
        await ask(hass, "export_transactions", path=str(allowed / "a.csv"))
    assert error.value.translation_placeholders == {"path": str(allowed / "a.csv"), "error": "No space left"}


# Totals


async def test_totals_are_by_month_and_tag(hass: HomeAssistant, charged: ChargePoint) -> None:
    """The newest month first."""
    totals = (await ask(hass, "get_totals"))["totals"]
    assert [(total["month"], total["id_tag"], total["sessions"], total["energy_kwh"]) for total in totals] == [
        ("2026-11", ANNA, 2, 12.0),
        ("2026-10", "B", 1, 6.0),
    ]
    assert totals[0]["duration_minutes"] == 240


# What makes no sense


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"start": "2026-11-02 00:00:00", "end": "2026-11-01 00:00:00"}, "end_before_start"),
        ({"cursor": "page two"}, "cursor_invalid"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    hass: HomeAssistant, charged: ChargePoint, data: dict[str, str], key: str
) -> None:
    """With a reason."""
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(hass, "get_transactions", **data)
    assert refusal.value.translation_key == key


@pytest.mark.parametrize("limit", [0, 501])
async def test_a_page_has_bounds(hass: HomeAssistant, charged: ChargePoint, limit: int) -> None:
    """Nobody asks for all at once by mistake."""
    with pytest.raises(vol.Invalid):
        await ask(hass, "get_transactions", limit=limit)


async def test_without_a_central_system_there_is_nothing_to_ask(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """The action is there and says so."""
    await hass.config_entries.async_unload(init_integration.entry_id)
    with pytest.raises(ServiceValidationError) as refusal:
        await ask(hass, "get_transactions")
    assert refusal.value.translation_key == "no_central_system"
