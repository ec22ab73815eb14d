"""What a charge point without quirks says is valid by the schemas of OCPP 1.6."""

import json
from typing import Any

from ocpp.messages import MessageType, get_validator
import pytest

from custom_components.ocpp_csms.simulator.messages import to_payload
from custom_components.ocpp_csms.simulator.metering import MEASURANDS
from tests.simulator.authority import Authority
from tests.simulator.central import Central
from tests.simulator.conftest import Dial
from tests.simulator.file_server import FileServer

COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("GetConfiguration", {}),
    ("GetConfiguration", {"key": ["Nonsense"]}),
    ("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": ",".join(MEASURANDS)}),
    ("ClearCache", {}),
    ("ClearChargingProfile", {}),
    ("DataTransfer", {"vendorId": "x"}),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": 60}),
    ("GetDiagnostics", {"location": "gopher://x"}),
    ("GetLocalListVersion", {}),
    ("CancelReservation", {"reservationId": 1}),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full"}),
    ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
    ("TriggerMessage", {"requestedMessage": "MeterValues"}),
    ("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}),
    ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
    ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}),
    ("ExtendedTriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}),
    ("GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"}),
    ("InstallCertificate", {"certificateType": "CentralSystemRootCertificate", "certificate": Authority.new().pem}),
    ("GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"}),
    ("CertificateSigned", {"certificateChain": "x"}),
]


async def test_everything_it_says_is_valid(central: Central, dial: Dial, files: FileServer) -> None:
    charging = await dial(security_events=True, configuration={"CpoName": "ACME"})
    await charging.plug_in(1)
    await charging.present_card(1, "TAG")
    files.files["/2.bin"] = b"2.0"
    for action, payload in COMMANDS:
        await central.call(action, payload)
    await central.call("GetLog", {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": files.url("/")}})
    firmware = {"location": files.url("/2.bin"), "retrieveDate": "2026-01-01T00:00:00Z"}
    await central.call("UpdateFirmware", firmware)
    await charging.tick(120)
    await charging.fault(1, "GroundFailure")
    await charging.clear_fault(1)
    await charging.unplug(1)
    await central.wait_call("FirmwareStatusNotification", 4)
    for frame in [frame for frame in charging.frames if frame.direction.name == "sent"]:
        _, _, *content = json.loads(frame.text)
        kind = MessageType.Call if frame.kind == "call" else MessageType.CallResult
        get_validator(kind, str(frame.action), "1.6").validate(content[-1])
    assert {
        "StartTransaction",
        "MeterValues",
        "StopTransaction",
        "SecurityEventNotification",
        "SignCertificate",
    } <= set(central.actions())


def test_only_messages_have_a_payload() -> None:
    with pytest.raises(TypeError, match="not a message"):
        to_payload("text")
