"""What the rooms that know no version do at a station of 2.x, by what its variables say that it can do."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.errors import CallFailedError, InvalidRequestError
from custom_components.ocpp_csms.csms.files.logs import LogOrder
from custom_components.ocpp_csms.csms.model import ConfigurationKey, ConnectorStatus
from tests.csms.central import NOON
from tests.csms.v2.scripted_model import ScriptedModel
from tests.scripted import report

HEARTBEAT = "OCPPCommCtrlr.HeartbeatInterval"
ANY = "ReservationCtrlr.NonEvseSpecific"


@pytest.fixture
async def model() -> AsyncGenerator[ScriptedModel]:
    """A station that is connected: it has an EVSE and a few variables."""
    model = ScriptedModel(**{HEARTBEAT: "600", ANY: "true", "SecurityCtrlr.OrganizationName": ""})
    model.connect()
    report(model.point, 1, ConnectorStatus.AVAILABLE)
    yield model
    model.disconnect()


@pytest.fixture
def point(model: ScriptedModel) -> ChargePoint:
    """The charge point of the station."""
    return model.point


def told(model: ScriptedModel) -> list[str]:
    """Return what was asked of the station, by name."""
    return [action for action, _payload in model.calls]


async def test_a_station_is_known_for_what_every_one_can_before_it_tells_anything(point: ChargePoint) -> None:
    """From the connection on."""
    assert point.features.get_log
    assert point.longest_id_tag == 36


async def test_a_log_is_asked_for_by_the_only_message_there_is(model: ScriptedModel, point: ChargePoint) -> None:
    """Who does not know it keeps no log."""
    model.answers["GetLog"] = {"status": "Accepted", "filename": "x.zip"}
    assert (await point.logs.request(LogOrder(location="http://ha/x/"))).file_name == "x.zip"
    model.answers["GetLog"] = CallFailedError("GetLog", "NotImplemented")
    with pytest.raises(InvalidRequestError, match="no_security_log"):
        await point.logs.request(LogOrder(location="http://ha/x/"))
    assert told(model) == ["GetLog", "GetLog"]


async def test_any_evse_is_reserved_if_the_station_says_that_it_can(model: ScriptedModel, point: ChargePoint) -> None:
    """It is asked for the variable."""
    model.answers["ReserveNow"] = {"status": "Accepted"}
    await point.reserve(0, NOON + timedelta(hours=1), "ANNA")
    assert model.read() == [[ANY]]
    assert point.features.any_connector is True


async def test_a_tag_may_be_as_long_as_the_version_has_it(model: ScriptedModel, point: ChargePoint) -> None:
    """36 characters, and no more."""
    model.answers["ReserveNow"] = {"status": "Accepted"}
    await point.reserve(1, NOON + timedelta(hours=1), "T" * 36)
    with pytest.raises(InvalidRequestError, match="id_tag_too_long"):
        await point.reserve(1, NOON + timedelta(hours=1), "T" * 37)


async def test_a_written_variable_is_known_by_its_own_name(model: ScriptedModel, point: ChargePoint) -> None:
    """Whichever name it was written by."""
    await point.get_configuration()
    assert await point.set_configuration("HeartbeatInterval", "60") == "Accepted"
    assert point.configuration[HEARTBEAT].value == "60"
    assert "HeartbeatInterval" not in point.configuration


async def test_what_can_only_be_written_is_not_kept(model: ScriptedModel, point: ChargePoint) -> None:
    """Nobody could read it back from the station either."""
    code = ConfigurationKey("Vendor.Code", None, readonly=False, write_only=True)
    point.configuration_keys_read({code.key: code})
    await point.set_configuration("Vendor.Code", "hush")
    assert point.configuration["Vendor.Code"].value is None


@pytest.mark.parametrize("key", ["SecurityCtrlr.SecurityProfile", "SecurityProfile"])
async def test_a_security_profile_that_would_lock_it_out_is_not_written(
    model: ScriptedModel, point: ChargePoint, key: str
) -> None:
    """By whichever name."""
    with pytest.raises(InvalidRequestError, match="security_profile_needs_tls"):
        await point.set_configuration(key, "2")
    assert model.calls == []


async def test_features_are_told_when_they_change(model: ScriptedModel, point: ChargePoint) -> None:
    """What shows them looks again."""
    news: list[bool] = []
    point.listen(0, ("features",), lambda: news.append(point.features.reservations))
    model.values["ReservationCtrlr.Available"] = "true"
    await point.get_configuration()
    await point.get_configuration()
    assert news == [True]


async def test_what_a_station_can_do_is_known_while_it_is_away(model: ScriptedModel, point: ChargePoint) -> None:
    """It will be the same when it comes back."""
    model.values["ReservationCtrlr.Available"] = "true"
    await point.get_configuration()
    model.disconnect()
    assert point.features.reservations
    assert point.knows_whole_configuration
