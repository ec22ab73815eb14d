"""Addresses of variables: as text, on the wire, and whether a filter means them."""

import pytest

from custom_components.ocpp_csms.simulator.messages import to_payload
from custom_components.ocpp_csms.simulator.v2.addresses import Address

TEXTS = [
    "SampledDataCtrlr.TxUpdatedInterval",
    "EVSE(1).AvailabilityState",
    "Connector(2,1).AvailabilityState",
    "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
    "Display[front](1).Color[red]",
    "ConnectedEV(1).ProtocolSupportedByEV[a.b]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_and_written_alike(text: str) -> None:
    assert str(Address.from_text(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_an_address_comes_back_from_the_wire(text: str) -> None:
    address = Address.from_text(text)
    component, variable = to_payload(address.component_type()), to_payload(address.variable_type())
    assert Address.from_wire(component, variable) == address


@pytest.mark.parametrize("text", ["", "Component", "EVSE(x).Power", ".Power", "EVSE(1.Power"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not Component"):
        Address.from_text(text)


def test_an_empty_instance_is_none() -> None:
    assert Address.from_wire({"name": "A", "instance": ""}, {"name": "B", "instance": ""}) == Address.from_text("A.B")


@pytest.mark.parametrize(
    ("component", "variable", "meant"),
    [
        ({"name": "connector"}, None, True),
        ({"name": "Connector", "evse": {"id": 2}}, {"name": "availabilitystate"}, True),
        ({"name": "Connector", "evse": {"id": 2, "connectorId": 1}}, None, True),
        ({"name": "Connector", "evse": {"id": 1}}, None, False),
        ({"name": "Connector", "evse": {"id": 2, "connectorId": 2}}, None, False),
        ({"name": "Connector", "instance": "left"}, None, False),
        ({"name": "Connector"}, {"name": "Available"}, False),
        ({"name": "Connector"}, {"name": "AvailabilityState", "instance": "x"}, False),
        ({"name": "EVSE"}, None, False),
    ],
)
def test_a_filter_means_what_it_leaves_open(
    component: dict[str, object], variable: dict[str, object] | None, *, meant: bool
) -> None:
    address = Address.from_text("Connector(2,1).AvailabilityState")
    assert address.is_within(component, variable) is meant
