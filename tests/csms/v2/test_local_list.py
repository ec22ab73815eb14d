"""What the variables of a station say about its local authorization list."""

import pytest

from custom_components.ocpp_csms.csms.cards.local_list import ListSupport
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v2.local_list import list_support


@pytest.mark.parametrize(
    ("told", "support"),
    [
        ({}, ListSupport(supported=False)),
        ({"Available": "true"}, ListSupport(supported=True)),
        ({"Available": "false", "ItemsPerMessage": "10"}, ListSupport(supported=False, longest_message=10)),
        ({"ItemsPerMessage": "10"}, ListSupport(supported=True, longest_message=10)),
        ({"Available": "true", "Enabled": "False"}, ListSupport(supported=True, enabled=False)),
        ({"Available": "true", "Enabled": "true"}, ListSupport(supported=True)),
        ({"ItemsPerMessage": "10", "BytesPerMessage": "1500"}, ListSupport(supported=True, longest_message=4)),
        ({"ItemsPerMessage": "10", "BytesPerMessage": "100"}, ListSupport(supported=True, longest_message=1)),
        ({"Available": "true", "BytesPerMessage": "65000"}, ListSupport(supported=True, longest_message=216)),
    ],
)
def test_the_list_is_what_the_variables_say(told: dict[str, str], support: ListSupport) -> None:
    """Whether there is one, whether it is used, and how much a message may hold."""
    keys = {f"LocalAuthListCtrlr.{name}": value for name, value in told.items()}
    assert list_support({key: ConfigurationKey(key, value, readonly=True) for key, value in keys.items()}) == support


@pytest.mark.parametrize(("maximum", "longest"), [(500.0, 500), (0.0, None), (None, None)])
def test_the_most_entries_are_the_highest_value_of_their_number(maximum: float | None, longest: int | None) -> None:
    """The value itself is how many there are now."""
    key = "localAuthListCtrlr.entries"
    support = list_support({key: ConfigurationKey(key, "3", readonly=True, maximum=maximum)})
    assert support.longest == longest
    assert support.supported is (maximum is not None)
