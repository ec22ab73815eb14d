"""Named sets of oddities: who they say they are, and how they add up."""

from pathlib import Path

import pytest

from custom_components.ocpp_csms.simulator import PRESETS, VENDORS, Quirks, combined
from tests.simulator.central import Central
from tests.simulator.conftest import Dial


def test_no_two_sets_are_the_same() -> None:
    sets = [*PRESETS.values()]
    assert all(one != other for index, one in enumerate(sets) for other in sets[:index])


def test_every_set_of_limits_and_vendors_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    limits = [name for name in PRESETS if list(PRESETS).index(name) > list(PRESETS).index("resumes_after_power_loss")]
    assert [name for name in limits if f"`{name}`" not in page] == []


def test_every_vendor_is_named() -> None:
    assert all(PRESETS[name].vendor is not None for name in VENDORS)
    assert [name for name in PRESETS if PRESETS[name].vendor is not None] == [*VENDORS]


def test_what_is_said_at_boot_fits_the_specification() -> None:
    """CiString20 for vendor and model, CiString50 for the firmware version (section 6.5)."""
    for quirks in PRESETS.values():
        assert len(quirks.vendor or "") <= 20
        assert len(quirks.model or "") <= 20
        assert len(quirks.firmware_version or "") <= 50


@pytest.mark.parametrize("name", [name for name in VENDORS if PRESETS[name].sends_boot])
async def test_a_vendors_charge_point_says_who_it_is(central: Central, dial: Dial, name: str) -> None:
    await dial(quirks=PRESETS[name])
    boot = central.payloads("BootNotification")[0]
    assert boot["chargePointVendor"] == PRESETS[name].vendor
    assert boot["chargePointModel"] == (PRESETS[name].model or "Sim 22")
    assert boot["firmwareVersion"] == (PRESETS[name].firmware_version or "1.0.0")


async def test_what_the_charge_point_is_built_with_goes_before_its_quirks(central: Central, dial: Dial) -> None:
    await dial(quirks=PRESETS["abb"], vendor="ACME", model="Terra", firmware_version="2")
    boot = central.payloads("BootNotification")[0]
    assert (boot["chargePointVendor"], boot["chargePointModel"], boot["firmwareVersion"]) == ("ACME", "Terra", "2")


def test_nothing_adds_up_to_nothing() -> None:
    assert combined([]) == combined(["none"]) == Quirks()


def test_collections_are_united_and_of_other_values_the_later_wins() -> None:
    both = combined(["ignores_absolute", "tx_default_only", "ignores_relative", "relative_only", "no_max_profile"])
    assert both.ignored_kinds == {"Absolute", "Relative"}
    assert both.refused_kinds == {"Absolute": "Rejected"}
    assert both.refused_purposes == {"ChargePointMaxProfile": "Rejected", "TxProfile": "NotSupported"}
    assert combined(["watts_only", "amperes_only"]).rate_units == ("Current",)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        combined(["perfection"])
