"""Firmware updates in OCPP 2.x: each step is told with the request that it belongs to."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from custom_components.ocpp_csms.simulator.certificates import Root, RootUse
from tests.simulator.authority import Authority, pem_of
from tests.simulator.file_server import FileServer
from tests.simulator.v2.central import CheckingCentral

FIRMWARE = b"version=2.0\n"
STATUS = "FirmwareStatusNotification"


def in_seconds(seconds: float) -> str:
    """A time from now, as it goes into messages."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def told(central: CheckingCentral) -> list[str]:
    """The statuses that were told; all are of the same request."""
    assert {each["requestId"] for each in central.payloads(STATUS)} <= {7}
    return [each["status"] for each in central.payloads(STATUS)]


async def update(central: CheckingCentral, location: str, **others: Any) -> str:
    """Have an update done and return the status of the answer."""
    firmware = {"location": location, "retrieveDateTime": in_seconds(-60), **others}
    answer = await central.call("UpdateFirmware", {"requestId": 7, "firmware": firmware})
    return str(answer["status"])


class Signer:
    """A manufacturer that signs firmware."""

    def __init__(self) -> None:
        """Make new keys."""
        self.root = Authority.new("manufacturer")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = pem_of(self.root.issue("signer", self._key.public_key()))

    def signed(self, content: bytes) -> dict[str, str]:
        """Return what a signed update says of a file."""
        signature = base64.b64encode(self._key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()
        return {"signingCertificate": self.certificate, "signature": signature}


@pytest.fixture
def signer(charge_point: SimulatedChargePoint) -> Signer:
    """A manufacturer whose root is installed."""
    result = Signer()
    charge_point.certificates.roots.append(Root(RootUse.manufacturer_root_certificate, result.root.pem))
    return result


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_signed_update_is_told_step_by_step(
    central: CheckingCentral, charge_point: SimulatedChargePoint, files: FileServer, signer: Signer
) -> None:
    """L01.FR.01, FR.10, FR.28 and FR.31; the variable of the version follows."""
    files.files["/new.bin"] = FIRMWARE
    assert await update(central, files.url("/new.bin"), **signer.signed(FIRMWARE)) == "Accepted"
    await central.wait(lambda: "Installed" in told(central))
    assert told(central) == [
        *("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed")
    ]
    assert (await central.wait_call("SecurityEventNotification"))["type"] == "FirmwareUpdated"
    boot = central.payloads("BootNotification")[1]
    assert (boot["reason"], boot["chargingStation"]["firmwareVersion"]) == ("FirmwareUpdate", "2.0")
    assert charge_point.configuration("ChargingStation.FirmwareVersion") == "2.0"


async def test_an_update_without_signature_is_not_checked(
    central: CheckingCentral, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    """L02."""
    files.files["/new.bin"] = FIRMWARE
    await update(central, files.url("/new.bin"))
    await central.wait(lambda: "Installed" in told(central))
    assert "SignatureVerified" not in told(central)
    assert charge_point.firmware_version == "2.0"


async def test_an_update_waits_for_its_times(
    central: CheckingCentral, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    """L01.FR.13 and FR.16."""
    files.files["/new.bin"] = FIRMWARE
    times = {"retrieveDateTime": in_seconds(60), "installDateTime": in_seconds(200)}
    await update(central, files.url("/new.bin"), **times)
    await central.wait_call(STATUS)
    await charge_point.tick(61)
    await central.wait(lambda: "InstallScheduled" in told(central))
    await charge_point.tick(200)
    await central.wait(lambda: "Installed" in told(central))
    assert told(central)[:4] == ["DownloadScheduled", "Downloading", "Downloaded", "InstallScheduled"]


@pytest.mark.usefixtures("signer")
async def test_a_signer_that_nobody_knows_is_refused(central: CheckingCentral, files: FileServer) -> None:
    """L01.FR.02 and FR.22."""
    answer = await update(central, files.url("/new.bin"), **Signer().signed(FIRMWARE))
    assert answer == "InvalidCertificate"
    event = await central.wait_call("SecurityEventNotification")
    assert event["type"] == "InvalidFirmwareSigningCertificate"
    assert central.payloads(STATUS) == []


async def test_a_wrong_signature_is_told(central: CheckingCentral, files: FileServer, signer: Signer) -> None:
    """L01.FR.03 and FR.04."""
    files.files["/new.bin"] = FIRMWARE
    await update(central, files.url("/new.bin"), **signer.signed(b"other"))
    await central.wait(lambda: "InvalidSignature" in told(central))
    event = await central.wait_call("SecurityEventNotification")
    assert event["type"] == "InvalidFirmwareSignature"


@pytest.mark.parametrize(
    ("content", "outcome"), [(None, "DownloadFailed"), (b"", "InstallVerificationFailed")], ids=["missing", "empty"]
)
async def test_a_failure_is_told_and_a_trigger_tells_it_again(
    central: CheckingCentral, files: FileServer, signer: Signer, content: bytes | None, outcome: str
) -> None:
    """L01.FR.26, FR.29 and FR.30."""
    if content is not None:
        files.files["/new.bin"] = content
    await update(central, files.url("/new.bin"), **signer.signed(content or b""))
    await central.wait(lambda: outcome in told(central))
    count = len(central.payloads(STATUS))
    await central.call("TriggerMessage", {"requestedMessage": STATUS})
    assert (await central.wait_call(STATUS, count + 1)) == {"status": outcome, "requestId": 7}


@pytest.mark.usefixtures("charge_point")
async def test_without_update_a_trigger_tells_that_there_is_none(central: CheckingCentral) -> None:
    """L01.FR.20: no request is named."""
    await central.call("TriggerMessage", {"requestedMessage": STATUS})
    assert await central.wait_call(STATUS) == {"status": "Idle"}


async def test_a_new_update_takes_the_place_of_the_one_under_way(
    central: CheckingCentral, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    """L01.FR.24."""
    files.files["/new.bin"] = FIRMWARE
    await update(central, files.url("/new.bin"), retrieveDateTime=in_seconds(60))
    await central.wait_call(STATUS)
    assert await update(central, files.url("/new.bin")) == "AcceptedCanceled"
    await central.wait(lambda: "Installed" in told(central))
    assert charge_point.firmware_version == "2.0"
