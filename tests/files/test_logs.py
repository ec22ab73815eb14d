"""Logs: a charger that really sends them, over real sockets, by HTTP and by FTP; and what becomes of those that do not come."""

import asyncio
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aioftp
from homeassistant.components.persistent_notification import _async_get_or_create_notifications
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.csms.errors import CallFailedError, NotConnectedError, RefusedError
from custom_components.ocpp_csms.csms.files.logs import LogStatus
from custom_components.ocpp_csms.csms.requests import LogKind
from custom_components.ocpp_csms.files import logs as log_transfers
from custom_components.ocpp_csms.files.kept import KEPT_LOGS, logs_folder
from custom_components.ocpp_csms.files.logs import LogTransfers, LogWish, PendingLog
from tests.chargers_with_files import charger, keys, send_file
from tests.csms.scripted_charge_point import TIMEOUT, ErrorAnswer, ScriptedChargePoint

pytestmark = pytest.mark.usefixtures("own_folder")

DIAGNOSTICS = {"fileName": "diagnostics.zip"}


@pytest.fixture
def logs(init_integration: MockConfigEntry) -> LogTransfers:
    """What asks for logs."""
    transfers: LogTransfers = init_integration.runtime_data.logs
    return transfers


async def notifications(hass: HomeAssistant) -> list[str]:
    """Return the texts of the notifications that are shown."""
    await hass.async_block_till_done()
    return [item["message"] for item in _async_get_or_create_notifications(hass).values()]


async def location_of(far_end: ScriptedChargePoint) -> str:
    """Return where the charger was told to send its diagnostics."""
    return str((await far_end.heard("GetDiagnostics"))["location"])


async def test_a_log_is_sent_kept_and_announced(
    hass: HomeAssistant,
    init_integration: MockConfigEntry,
    logs: LogTransfers,
    hass_client: ClientSessionGenerator,
) -> None:
    """The charger sends it to the port that it is connected to; the link of the notification downloads it."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish())
        location = await location_of(far_end)
        assert location.startswith(f"http://127.0.0.1:{far_end.port}/files/")
        assert await send_file(f"{location}diagnostics.zip", b"what happened") == HTTPStatus.CREATED
        path = await pending.async_wait(TIMEOUT)
    assert path == logs_folder(hass, init_integration.entry_id, "CP1") / "diagnostics.zip"
    assert path.read_bytes() == b"what happened"
    [message] = await notifications(hass)
    assert message.startswith("The log can be downloaded for a week")
    client = await hass_client()
    link = message.partition('href="')[2].partition('"')[0]
    client.session.headers.pop("Authorization", None)
    response = await client.get(link, headers={"Authorization": ""})
    assert await response.read() == b"what happened"
    assert response.headers["Content-Disposition"] == 'attachment; filename="diagnostics.zip"'


async def test_a_charger_that_speaks_only_ftp_sends_by_ftp(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """It says so in its configuration; the file ends up in the same place."""
    configuration = keys(SupportedFileTransferProtocols="FTP")
    log = {"status": "Accepted", "filename": "log.txt"}
    async with charger(hass, init_integration, GetConfiguration=configuration, GetLog=log) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish())
        parts = urlsplit((await far_end.heard("GetLog"))["log"]["remoteLocation"])
        assert (parts.scheme, parts.hostname) == ("ftp", "127.0.0.1")
        async with aioftp.Client.context(
            "127.0.0.1", parts.port or 0, parts.username or "", parts.password or ""
        ) as ftp:
            async with ftp.upload_stream("log.txt") as stream:
                await stream.write(b"by ftp")
            path = await pending.async_wait(TIMEOUT)
    assert path.read_bytes() == b"by ftp"


async def test_what_is_known_of_a_charger_goes_before_what_it_says(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """The user's quirk decides."""
    subentry = next(iter(init_integration.subentries.values()))
    hass.config_entries.async_update_subentry(
        init_integration, subentry, data={**subentry.data, "quirks": {"file_transfer": "ftp"}}
    )
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        await logs.async_request(charge_point, LogWish())
        assert (await location_of(far_end)).startswith("ftp://")


async def test_the_times_of_a_log_are_those_of_the_charger(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """It has written its log by its own clock."""
    oldest = datetime(2026, 11, 1, 12, tzinfo=UTC)
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        charge_point.clock_skew.told(dt_util.utcnow() + timedelta(hours=2), dt_util.utcnow())
        await logs.async_request(charge_point, LogWish(oldest=oldest, latest=oldest + timedelta(days=1)))
        request = await far_end.heard("GetDiagnostics")
    assert (request["startTime"], request["stopTime"]) == ("2026-11-01T14:00:00Z", "2026-11-02T14:00:00Z")


async def test_what_is_left_of_uploads_that_broke_off_goes(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """A crash leaves the beginning of a file, or the folder of an FTP server; one that may still be used stays."""
    folder = logs_folder(hass, init_integration.entry_id, "CP1")
    for name in (".ftp/log", ".left.part", ".used.part"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    for name in (".ftp", ".left.part"):
        os.utime(folder / name, (0, 0))
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish())
        await send_file(f"{await location_of(far_end)}log", b"x")
        await pending.async_wait(TIMEOUT)
        await hass.async_block_till_done()
    assert sorted(path.name for path in folder.iterdir()) == [".used.part", "log"]


async def test_a_few_logs_are_kept(hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers) -> None:
    """The oldest go."""
    folder = logs_folder(hass, init_integration.entry_id, "CP1")
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        for number in range(KEPT_LOGS + 2):
            pending = await logs.async_request(charge_point, LogWish())
            await send_file(f"{await location_of(far_end)}log-{number}", b"x")
            await pending.async_wait(TIMEOUT)
            await hass.async_block_till_done()
    assert sorted(path.name for path in folder.iterdir()) == [f"log-{number}" for number in range(2, KEPT_LOGS + 2)]


@pytest.mark.parametrize("retries", [None, 1])
async def test_a_failed_upload_is_an_error(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers, retries: int | None
) -> None:
    """Once the charger has failed as often as it may; the error says how."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish(retries=retries))
        for _ in range((retries or 0) + 1):
            await far_end.call("DiagnosticsStatusNotification", {"status": "Uploading"})
            await far_end.call("DiagnosticsStatusNotification", {"status": "UploadFailed"})
        with pytest.raises(HomeAssistantError) as raised:
            await pending.async_wait(TIMEOUT)
        assert raised.value.translation_key == "log_upload_failed"
        assert await send_file(f"{await location_of(far_end)}log", b"x") == HTTPStatus.NOT_FOUND


async def test_a_failure_that_is_repeated_is_none(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """The charger may try again as often as it was told."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish(retries=1))
        await far_end.call("DiagnosticsStatusNotification", {"status": "UploadFailed"})
        await send_file(f"{await location_of(far_end)}log", b"x")
        assert (await pending.async_wait(TIMEOUT)).name == "log"


async def test_a_file_that_is_said_to_be_sent_and_does_not_come_is_missed(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a moment: the charger has sent it to somewhere else."""
    monkeypatch.setattr(log_transfers, "_GRACE", 0.01)
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish())
        await far_end.call("DiagnosticsStatusNotification", {"status": "Uploaded"})
        await far_end.call("DiagnosticsStatusNotification", {"status": "Idle"})
        with pytest.raises(HomeAssistantError) as raised:
            await pending.async_wait(TIMEOUT)
    assert raised.value.translation_key == "log_not_received"
    assert raised.value.translation_placeholders == {"charge_point": "CP1", "status": "uploaded"}


async def test_who_waits_waits_no_longer_than_it_wants(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """The log may still come, and is announced then."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        pending = await logs.async_request(charge_point, LogWish())
        with pytest.raises(HomeAssistantError, match="not come in time"):
            await pending.async_wait(0)
        assert await send_file(f"{await location_of(far_end)}log", b"x") == HTTPStatus.CREATED
        assert len(await notifications(hass)) == 1


async def test_a_second_request_takes_the_place_of_the_first(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """Its address holds no longer, and who waits for it is told."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        first = await logs.async_request(charge_point, LogWish())
        await logs.async_request(charge_point, LogWish())
        with pytest.raises(HomeAssistantError):
            await first.async_wait(TIMEOUT)
        assert await send_file(f"{await location_of(far_end)}log", b"x") == HTTPStatus.NOT_FOUND
        assert await send_file(f"{await location_of(far_end)}log", b"x") == HTTPStatus.CREATED


async def test_a_second_request_that_is_refused_leaves_the_first(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """The charger may be in the midst of sending."""
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        first = await logs.async_request(charge_point, LogWish())
        far_end.answers["GetDiagnostics"] = ErrorAnswer("InternalError")
        with pytest.raises(CallFailedError):
            await logs.async_request(charge_point, LogWish())
        assert await send_file(f"{await location_of(far_end)}log", b"x") == HTTPStatus.CREATED
        assert (await first.async_wait(TIMEOUT)).read_bytes() == b"x"


async def test_who_has_nothing_to_send_is_an_error(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """And its address holds no longer."""
    async with charger(hass, init_integration, GetDiagnostics={}) as (far_end, charge_point):
        with pytest.raises(HomeAssistantError) as raised:
            await logs.async_request(charge_point, LogWish())
        assert raised.value.translation_key == "no_log"
        assert await send_file(f"{await location_of(far_end)}log", b"x") == HTTPStatus.NOT_FOUND


async def test_a_refusal_is_that_of_the_charger(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """It is passed on."""
    async with charger(hass, init_integration, GetLog={"status": "Rejected"}) as (far_end, charge_point):
        with pytest.raises(RefusedError):
            await logs.async_request(charge_point, LogWish(kind=LogKind.SECURITY))
        location = (await far_end.heard("GetLog"))["log"]["remoteLocation"]
        assert await send_file(f"{location}log", b"x") == HTTPStatus.NOT_FOUND
    assert charge_point.logs.status is LogStatus.IDLE


async def test_a_charger_that_is_not_connected_is_not_asked(
    init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """Nothing is opened for it that stays."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    with pytest.raises(NotConnectedError):
        await logs.async_request(charge_point, LogWish())


async def test_a_folder_that_cannot_be_made_is_an_error(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers, tmp_path: Path
) -> None:
    """Before the charger is asked."""
    (tmp_path / "ocpp_csms").write_text("in the way")
    async with charger(hass, init_integration, GetDiagnostics=DIAGNOSTICS) as (far_end, charge_point):
        with pytest.raises(HomeAssistantError) as raised:
            await logs.async_request(charge_point, LogWish())
        assert far_end.calls == []
    assert raised.value.translation_key == "files_unusable"


async def test_a_file_may_be_faster_than_the_answer(
    hass: HomeAssistant, init_integration: MockConfigEntry, logs: LogTransfers
) -> None:
    """It is not lost."""
    async with charger(hass, init_integration) as (far_end, charge_point):
        sent: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        async def answer_late(message_id: str) -> None:
            await send_file(f"{await location_of(far_end)}log", b"x")
            await far_end.send([3, message_id, {}])
            sent.set_result(None)

        far_end.answer_with(answer_late)
        pending: PendingLog = await logs.async_request(charge_point, LogWish())
        assert (await pending.async_wait(TIMEOUT)).name == "log"
        await sent
