"""Chargers of all kinds obey within three tries: over a real socket, and what counts is what the simulated car really draws."""

import pytest

from custom_components.ocpp_csms.charging.profiles import Expiry, Kind, Purpose, Strategy, Unit
from custom_components.ocpp_csms.charging.strategies import Outcome
from custom_components.ocpp_csms.csms.errors import CallFailedError, CallTimeoutError, RefusedError
from custom_components.ocpp_csms.simulator import PRESETS, VENDORS
from tests.csms.wallbox import Wallbox, wallbox

pytestmark = pytest.mark.usefixtures("socket_enabled")

MOST_TRIES = 3

PLAIN = Strategy(stack_level=8)
RELATIVE = Strategy(kind=Kind.RELATIVE)
FOR_TRANSACTIONS = Strategy(purpose=Purpose.TX, unit=Unit.WATTS)

# What is found in 1.6, and with how many tries: newer chargers say more of themselves.
FOUND: dict[str, tuple[int, Strategy]] = {
    "none": (1, PLAIN),
    # Refused
    "no_max_profile": (1, PLAIN),
    "tx_default_only": (1, PLAIN),
    "tx_profile_only": (3, FOR_TRANSACTIONS),
    "relative_only": (2, RELATIVE),
    "absolute_only": (1, PLAIN),
    "hangs_on_absolute": (3, RELATIVE),
    "stack_level_zero": (2, RELATIVE),
    "one_period": (1, Strategy(stack_level=8, expiry=Expiry.VALID_TO)),
    "secretly_one_period": (2, Strategy(kind=Kind.RELATIVE, stack_level=8, expiry=Expiry.VALID_TO)),
    "no_valid_to": (1, PLAIN),
    "no_duration": (1, PLAIN),
    "no_expiry": (2, Strategy(kind=Kind.RELATIVE, expiry=Expiry.NONE)),
    "no_number_phases": (1, PLAIN),
    "needs_transaction_id": (1, PLAIN),
    "amperes_only": (1, PLAIN),
    "watts_only": (1, Strategy(stack_level=8, unit=Unit.WATTS)),
    "whole_amperes_only": (1, PLAIN),
    "refuses_zero": (1, Strategy(stack_level=8, pause=0.1)),
    # Accepted and not obeyed
    "ignores_absolute": (2, RELATIVE),
    "ignores_relative": (1, PLAIN),
    "ignores_max_profile": (1, PLAIN),
    "ignores_tx_profile": (1, PLAIN),
    "ignores_tx_default": (3, FOR_TRANSACTIONS),
    "ignores_highest_stack_level": (2, RELATIVE),
    "defaults_wait": (3, FOR_TRANSACTIONS),
    "forgets_profiles_offline": (1, PLAIN),
    "forgets_profiles_at_reboot": (1, PLAIN),
    # Told
    "offered_is_hardware": (1, PLAIN),
    "offered_missing": (1, PLAIN),
    "composite_rejected": (1, PLAIN),
    "no_composite": (1, PLAIN),
    "composite_lies": (1, PLAIN),
    # Done with them
    "coarse_steps": (1, PLAIN),
    "pause_ends_transaction": (1, PLAIN),
    "switches_phases": (1, PLAIN),
    "ignores_phases": (1, PLAIN),
    "no_phase_switching": (1, PLAIN),
    # Vendors, as far as the table of quirks knows them
    "abb": (1, Strategy()),
    "autel": (1, PLAIN),
    "chargeamps": (1, PLAIN),
    "enplus": (1, PLAIN),
    "evbox": (1, PLAIN),
    "goe": (1, Strategy(stack_level=8, number_phases=True)),
    "grizzle": (1, PLAIN),
    "huawei": (1, Strategy(stack_level=8, unit=Unit.WATTS)),
    "injet": (1, PLAIN),
    "necharge": (1, PLAIN),
    "schneider": (1, Strategy(stack_level=999)),
    "syncev": (1, PLAIN),
    "timxon": (1, Strategy(kind=Kind.RELATIVE, stack_level=8)),
    "wallbox": (1, Strategy()),
    "wallbox_old": (1, RELATIVE),
}


async def obedient(box: Wallbox, amperes: float) -> int:
    """Set a limit, again if it is not answered, and return how many were sent until the car drew no more."""
    for _ in range(MOST_TRIES):
        try:
            await box.set_limit(amperes)
        except CallTimeoutError:
            continue
        break
    tries = None
    for _ in range(30):
        await box.passes(5)
        if tries is None and box.current == pytest.approx(amperes, abs=0.05):
            tries = len(box.profiles)
    assert box.current == pytest.approx(amperes, abs=0.05)
    assert tries is not None
    return tries


@pytest.mark.parametrize(("preset", "tries", "expected"), [(name, *found) for name, found in FOUND.items()])
async def test_a_charger_of_any_kind_obeys_within_three_tries(
    preset: str, tries: int, expected: Strategy, ocpp_version: str
) -> None:
    """And goes on to, also through a pause, in the same way."""
    async with wallbox(ocpp_version, PRESETS[preset]) as box:
        await box.charge()
        assert box.current > 10
        needed = await obedient(box, 10)
        assert needed <= MOST_TRIES
        if ocpp_version == "1.6":
            assert needed == tries
        await box.set_limit(8)
        await box.passes(30)
        assert box.current == pytest.approx(8, abs=0.05)
        await box.point.pause(1)
        await box.passes(30)
        assert box.current == 0
        await box.point.resume(1)
        await box.passes(60)
        assert box.current == pytest.approx(8, abs=0.05)
        search = box.point.limits.search
        assert search is not None
        assert search.outcome is Outcome.CONFIRMED
        if ocpp_version == "1.6":
            assert search.current == expected
        assert not box.point.connectors[1].limit_ignored


def test_all_vendors_are_looked_at() -> None:
    """Those that the simulator knows."""
    assert set(VENDORS) <= set(FOUND)


@pytest.mark.parametrize("preset", ["ignores_limits", "lies_about_limits"])
async def test_who_obeys_nothing_is_shown(preset: str, ocpp_version: str) -> None:
    """Once all has been tried, and not written to without end."""
    async with wallbox(ocpp_version, PRESETS[preset]) as box:
        await box.charge()
        await box.set_limit(10)
        await box.passes(420)
        assert box.point.connectors[1].limit_ignored
        written = len(box.profiles)
        await box.passes(300)
        assert len(box.profiles) == written


async def test_who_cannot_be_limited_says_so(ocpp_version: str) -> None:
    """It is an error."""
    async with wallbox(ocpp_version, PRESETS["no_smart_charging"]) as box:
        await box.charge()
        with pytest.raises((CallFailedError, RefusedError)):
            await box.set_limit(10)
        assert box.point.connectors[1].limit is None


@pytest.mark.parametrize(
    ("preset", "failures"),
    [("relative_only", 1), ("stack_level_zero", 1), ("ignores_absolute", 1), ("ignores_tx_default", 2), ("none", 0)],
)
async def test_a_limit_that_is_set_before_the_car_comes_holds_for_it(
    preset: str, failures: int, ocpp_version: str
) -> None:
    """What is relative is told again when the transaction starts; what proves to be ignored is told in another way."""
    async with wallbox(ocpp_version, PRESETS[preset]) as box:
        await box.set_limit(10)
        await box.passes(20)
        await box.charge()
        await box.passes(120)
        assert box.current == pytest.approx(10, abs=0.05)
        search = box.point.limits.search
        assert search is not None
        outcomes = [trial.outcome for trial in search.history]
        assert outcomes.count(Outcome.REFUSED) + outcomes.count(Outcome.IGNORED) == failures


async def test_parts_of_an_ampere_are_left_out_where_they_are_refused(ocpp_version: str) -> None:
    """The car draws a little less than it might."""
    async with wallbox(ocpp_version, PRESETS["whole_amperes_only"]) as box:
        await box.charge()
        await box.set_limit(10.5)
        await box.passes(40)
        assert box.current == pytest.approx(10, abs=0.05)
        assert len(box.profiles) == (3 if ocpp_version == "2.1" else 2)  # 2.1 gets a better dead man, once
