"""Two versions of OCPP side by side: nothing on the dashboard is another thing for one of them."""

from pathlib import Path
from typing import Any

import pytest

from scripts.demonstration import __main__ as demonstration
from scripts.demonstration.dashboard import CONTROL_KEYS, KEYS, SITE_KEYS, dashboard

IDENTITIES = ("garage", "carport")


def shown() -> dict[str, Any]:
    """Return the dashboard of two chargers whose entities are called after them."""
    chargers = {name: {key: f"sensor.{name}_{key}" for key in KEYS | CONTROL_KEYS} for name in IDENTITIES}
    return dashboard(chargers, {key: f"sensor.site_{key}" for key in SITE_KEYS})


def section_of(identity: str, view: dict[str, Any]) -> dict[str, Any]:
    """Return the section under the heading of a charger."""
    return next(item for item in view["sections"] if item["cards"][0]["heading"] == identity.capitalize())


def test_a_charger_of_each_version_dials_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1.6 and 2.0.1 are what most chargers speak."""
    monkeypatch.setattr(demonstration, "STATE", tmp_path)
    chargers = demonstration.charge_points(9000)
    assert [(charger.identity, charger.version) for charger in chargers] == [("garage", "1.6"), ("carport", "2.0.1")]


@pytest.mark.parametrize("view", [0, 1])
def test_both_have_the_same_cards(view: int) -> None:
    """They differ in their names and entities alone."""
    garage, carport = (section_of(identity, shown()["views"][view]) for identity in IDENTITIES)
    assert str(garage).replace("garage", "carport").replace("Garage", "Carport") == str(carport)


def test_the_heading_tells_the_version() -> None:
    """That is all there is to tell them apart."""
    heading = section_of("carport", shown()["views"][0])["cards"][0]
    assert [badge["entity"] for badge in heading["badges"]] == ["sensor.carport_0_ocpp_version"]


def test_each_has_to_follow_the_sun_in_the_check() -> None:
    """So a version that is told its limits in vain fails it."""
    assert {follower for follower, _power in demonstration.CHECKED} == set(IDENTITIES)
