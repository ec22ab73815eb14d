"""What becomes of a limit when one side dies: over a real socket, and what counts is what the simulated car really draws."""

from dataclasses import replace

import pytest

from custom_components.ocpp_csms.charging.profiles import DEAD_MAN
from custom_components.ocpp_csms.csms import central_system
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import CallTimeoutError
from custom_components.ocpp_csms.simulator import PRESETS, Quirks
from tests.csms.wallbox import Wallbox, background_work, wallbox

pytestmark = pytest.mark.usefixtures("socket_enabled")

FOREVER = ChargePointSettings(meter_interval=10, fallback_current=None)


async def limited(box: Wallbox, amperes: float = 16) -> None:
    """Let a car charge within a limit."""
    await box.charge()
    await box.set_limit(amperes)
    await box.passes(60)
    assert box.current == pytest.approx(amperes, abs=0.05)


async def pass_alone(box: Wallbox, seconds: float) -> None:
    """Let time pass at the charge point, which nobody listens to."""
    box.clock.skipped += seconds
    await box.simulated.tick(seconds)


@pytest.mark.parametrize(
    "preset",
    [
        "none",
        "one_period",
        "secretly_one_period",
        "relative_only",
        "tx_profile_only",
        "ignores_highest_stack_level",
        "watts_only",
    ],
)
async def test_when_the_central_system_dies_the_car_comes_down_to_the_fallback(preset: str, ocpp_version: str) -> None:
    """Within the dead man's time, not before, and for good."""
    async with wallbox(ocpp_version, PRESETS[preset]) as box:
        await limited(box)
        await box.simulated.go_offline()
        await pass_alone(box, DEAD_MAN - 180)
        assert box.current == pytest.approx(16, abs=0.05)
        await pass_alone(box, 190)  # 2.1 counts from the loss of the connection; then the current comes down
        assert box.current == pytest.approx(6, abs=0.05)
        await pass_alone(box, 4 * 3600)
        assert box.current == pytest.approx(6, abs=0.05)


async def test_who_wants_no_fallback_keeps_the_limit(ocpp_version: str) -> None:
    """For ever."""
    async with wallbox(ocpp_version, settings=FOREVER) as box:
        await limited(box)
        await box.simulated.go_offline()
        await pass_alone(box, 2 * DEAD_MAN)
        assert box.current == pytest.approx(16, abs=0.05)


async def test_a_pause_outlives_the_central_system(ocpp_version: str) -> None:
    """It has no dead man."""
    async with wallbox(ocpp_version) as box:
        await limited(box)
        await box.point.pause(1)
        await box.simulated.go_offline()
        await pass_alone(box, 4 * 3600)
        assert box.current == 0


async def test_at_its_stop_the_central_system_leaves_the_fallback(ocpp_version: str) -> None:
    """Before the connection is closed."""
    async with wallbox(ocpp_version) as box:
        await limited(box)
        await box.central.stop()
        await pass_alone(box, 10)
        assert box.current == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize("call_timeout", [0.2, 30.0])
async def test_a_charge_point_that_does_not_answer_does_not_keep_the_central_system_from_stopping(
    monkeypatch: pytest.MonkeyPatch, call_timeout: float, ocpp_version: str
) -> None:
    """It waits for no answer longer than a moment; then the dead man sees to it."""
    monkeypatch.setattr(central_system, "_FAREWELL", 0.1)
    async with wallbox(ocpp_version) as box:
        await limited(box)
        box.central.update_settings(replace(box.central.settings, call_timeout=call_timeout))
        box.simulated.ignore("SetChargingProfile")
        await box.central.stop()
        assert not box.point.connected
        await pass_alone(box, DEAD_MAN + 10)
        assert box.current == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize("preset", ["forgets_profiles_offline", "goe", "none"])
async def test_who_is_back_within_the_time_goes_on_as_before(preset: str, ocpp_version: str) -> None:
    """One that forgets profiles with the connection is told again."""
    async with wallbox(ocpp_version, PRESETS[preset]) as box:
        await limited(box)
        await box.simulated.go_offline()
        await pass_alone(box, 60)
        await box.simulated.go_online()
        await box.simulated.wait_accepted()
        await background_work()
        await box.passes(15)
        assert box.current == pytest.approx(16, abs=0.05)


async def test_who_forgets_its_limits_at_a_restart_is_told_again(ocpp_version: str) -> None:
    """The car goes on within its limit."""
    quirks = replace(PRESETS["forgets_profiles_at_reboot"], resumes_after_power_loss=True)
    async with wallbox(ocpp_version, quirks) as box:
        await limited(box)
        await box.simulated.power_cut()
        await box.simulated.power_up()
        await box.simulated.wait_accepted()
        await background_work()
        await box.passes(30)
        assert box.current == pytest.approx(16, abs=0.05)


async def test_a_charge_point_that_is_removed_is_freed_of_its_limits(ocpp_version: str) -> None:
    """It is ours no longer."""
    async with wallbox(ocpp_version) as box:
        await limited(box)
        box.central.remove("CP1")
        await box.simulated.wait_message("ClearChargingProfile", 2)
        await box.simulated.tick(30)
        assert box.current == pytest.approx(32, abs=0.05)


@pytest.mark.parametrize("call_timeout", [0.02, 30.0])
async def test_a_charge_point_that_does_not_answer_is_removed_all_the_same(
    monkeypatch: pytest.MonkeyPatch, call_timeout: float, ocpp_version: str
) -> None:
    """Its limits lapse."""
    monkeypatch.setattr(central_system, "_FAREWELL", 0.1)
    async with wallbox(ocpp_version) as box:
        await limited(box)
        box.central.update_settings(replace(box.central.settings, call_timeout=call_timeout))
        box.simulated.ignore("ClearChargingProfile")
        box.central.remove("CP1")
        await box.simulated.wait_for(lambda: not box.point.connected)
        assert box.central.charge_points.get("CP1") is not box.point


async def test_silence_while_a_limit_is_told_leaves_the_one_before(ocpp_version: str) -> None:
    """Until its dead man."""
    async with wallbox(ocpp_version, Quirks()) as box:
        await limited(box)
        box.simulated.ignore("SetChargingProfile")
        with pytest.raises(CallTimeoutError):
            await box.set_limit(20)
        assert box.point.connectors[1].limit == 16
        await box.passes(30)
        assert box.current == pytest.approx(16, abs=0.05)
