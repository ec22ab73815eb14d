"""The variables of the scripted station, by the names that people use, and the three ways in which they are told and changed."""

from collections.abc import Iterable
from typing import Any, Final

from tests.conformance.checked_station import Payload

VARIABLES: Final = {
    "AlignedDataCtrlr.Interval": "900",
    "AuthCtrlr.AuthorizeRemoteStart": "false",
    "AuthCtrlr.Enabled": "true",
    "DeviceDataCtrlr.BytesPerMessage[GetReport]": "16000",
    "DeviceDataCtrlr.BytesPerMessage[GetVariables]": "16000",
    "DeviceDataCtrlr.BytesPerMessage[SetVariables]": "16000",
    "DeviceDataCtrlr.ItemsPerMessage[GetReport]": "50",
    "DeviceDataCtrlr.ItemsPerMessage[GetVariables]": "50",
    "DeviceDataCtrlr.ItemsPerMessage[SetVariables]": "50",
    "EVSE(1).AvailabilityState": "Available",
    "LocalAuthListCtrlr.Available": "true",
    "LocalAuthListCtrlr.BytesPerMessage": "16000",
    "LocalAuthListCtrlr.Enabled": "true",
    "LocalAuthListCtrlr.ItemsPerMessage": "20",
    "OCPPCommCtrlr.HeartbeatInterval": "300",
    "OCPPCommCtrlr.NetworkConfigurationPriority": "1",
    "OCPPCommCtrlr.OfflineThreshold": "60",
    "SampledDataCtrlr.TxUpdatedInterval": "60",
    "SampledDataCtrlr.TxUpdatedMeasurands": "Energy.Active.Import.Register",
    "SecurityCtrlr.SecurityProfile": "1",
    "SmartChargingCtrlr.Enabled": "true",
    "TxCtrlr.TxStartPoint": "EVConnected,Authorized",
    "TxCtrlr.TxStopPoint": "EVConnected",
}


def name_of(component: Payload, variable: Payload) -> str:
    """Return the name that people use: `Component[instance](evse,connector).Variable[instance]`."""
    evse = component.get("evse")
    where = "" if evse is None else f"({','.join(str(number) for number in evse.values())})"
    return f"{component['name']}{_instance(component)}{where}.{variable['name']}{_instance(variable)}"


def _instance(item: Payload) -> str:
    return f"[{item['instance']}]" if "instance" in item else ""


def address_of(name: str) -> Payload:
    """Return component and variable of a name."""
    component_name, _, variable_name = name.partition(".")
    component_name, _, evse = component_name.partition("(")
    component: dict[str, Any] = {"name": component_name}
    if evse:
        component["evse"] = {"id": int(evse.rstrip(")"))}
    name, _, instance = variable_name.partition("[")
    return {
        "component": component,
        "variable": {"name": name} | ({"instance": instance.rstrip("]")} if instance else {}),
    }


class Variables(dict[str, str]):
    """Values by name. What is written to a variable that is not there is refused, unless it is secret: passwords are not listed."""

    secrets = frozenset({"SecurityCtrlr.BasicAuthPassword"})

    def __init__(self, values: dict[str, str]) -> None:
        """Start with these; what is in `refused` later cannot be changed."""
        super().__init__(values)
        self.refused: set[str] = set()

    def read(self, items: Iterable[Payload]) -> list[Payload]:
        """Return the results of a GetVariables."""
        return [self._read(item) for item in items]

    def _read(self, item: Payload) -> Payload:
        name = name_of(item["component"], item["variable"])
        address = {key: item[key] for key in ("component", "variable")}
        if name not in self or item.get("attributeType", "Actual") != "Actual":
            return address | {"attributeStatus": "UnknownVariable"}
        return address | {"attributeStatus": "Accepted", "attributeValue": self[name]}

    def write(self, items: Iterable[Payload]) -> list[Payload]:
        """Change variables and return the results of a SetVariables."""
        return [self._write(item) for item in items]

    def _write(self, item: Payload) -> Payload:
        name = name_of(item["component"], item["variable"])
        status = "Accepted" if name in self or name in self.secrets else "UnknownVariable"
        if name in self.refused:
            status = "Rejected"
        elif name in self:
            self[name] = item["attributeValue"]
        return {"attributeStatus": status} | {key: item[key] for key in ("component", "variable")}


def report_data(variables: Variables, names: Iterable[str] | None = None) -> list[Payload]:
    """Return the variables (or those named) as a NotifyReport has them."""
    return [
        address_of(name)
        | {"variableAttribute": [{"type": "Actual", "value": variables[name], "mutability": "ReadWrite"}]}
        for name in (variables if names is None else names)
    ]
