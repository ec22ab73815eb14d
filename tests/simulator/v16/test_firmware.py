"""Firmware updates: what is fetched, checked, told and running afterwards."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from custom_components.ocpp_csms.simulator import SimulatedChargePoint
from custom_components.ocpp_csms.simulator.certificates import Root, RootUse
from tests.simulator.authority import Authority, pem_of
from tests.simulator.central import ACCEPTED, Central, Fail
from tests.simulator.conftest import Dial
from tests.simulator.file_server import FileServer

FIRMWARE = b"version=2.0\n"
PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
MANUFACTURER = RootUse.manufacturer_root_certificate


def in_seconds(seconds: float) -> str:
    """A time from now, as it goes into messages."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def told(central: Central, action: str = PLAIN) -> list[str]:
    """The statuses that were told."""
    return [each["status"] for each in central.payloads(action)]


async def update(central: Central, location: str, *, seconds: float = -60, **others: Any) -> None:
    """Have a plain update done."""
    request = {"location": location, "retrieveDate": in_seconds(seconds), **others}
    assert await central.call("UpdateFirmware", request) == {}


class Signer:
    """A manufacturer that signs firmware, and a central system that has it installed."""

    def __init__(self) -> None:
        """Make new keys."""
        self.root = Authority.new("manufacturer")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = pem_of(self.root.issue("signer", self._key.public_key()))

    def signature(self, content: bytes) -> str:
        """Sign a file."""
        return base64.b64encode(self._key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()

    async def update(
        self, central: Central, location: str, *, request_id: int = 7, content: bytes = FIRMWARE, **others: Any
    ) -> str:
        """Have a signed update done and return the status of the answer."""
        firmware = {
            "location": location,
            "retrieveDateTime": in_seconds(-60),
            "signingCertificate": self.certificate,
            "signature": self.signature(content),
            **others,
        }
        answer = await central.call("SignedUpdateFirmware", {"requestId": request_id, "firmware": firmware})
        return str(answer["status"])


@pytest.fixture
def signer(charge_point: SimulatedChargePoint) -> Signer:
    """A manufacturer whose root is installed."""
    result = Signer()
    charge_point.certificates.roots.append(Root(MANUFACTURER, result.root.pem))
    return result


# Plain


@pytest.mark.parametrize("delay", [-60, 120])
async def test_an_update_is_told_step_by_step_and_changes_the_version(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, delay: float
) -> None:
    files.files["/new.bin"] = FIRMWARE
    await update(central, files.url("/new.bin"), seconds=delay)
    await charge_point.tick(max(0, delay + 1))
    await central.wait_call(PLAIN, 4)
    assert told(central) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert central.payloads("BootNotification")[1]["firmwareVersion"] == "2.0"
    assert charge_point.firmware_version == "2.0"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"3.1", "3.1"), (b"\x00\xff" * 20, "sim-9"), (b"a long story\n" * 20, "sim-9"), (b"x" * 51, "sim-9")],
)
async def test_the_version_is_what_the_file_says_or_its_name(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, content: bytes, said: str
) -> None:
    files.files["/sim-9.bin"] = content
    await update(central, files.url("/sim-9.bin"))
    await central.wait_call(PLAIN, 4)
    assert charge_point.firmware_version == said


@pytest.mark.parametrize("location", ["/missing.bin", "gopher://x/y", "http://127.0.0.1:1/x", "nonsense"])
async def test_a_file_that_is_not_there_fails(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, location: str
) -> None:
    await update(central, files.url(location) if location.startswith("/") else location)
    await central.wait_call(PLAIN, 2)
    assert told(central) == ["Downloading", "DownloadFailed"]
    assert charge_point.firmware_version == "1.0.0"


async def test_a_download_is_tried_again_as_often_as_it_is_told(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    files.statuses.extend([503, 503])
    files.files["/new.bin"] = FIRMWARE
    await update(central, files.url("/new.bin"), retries=2, retryInterval=30)
    for count in (1, 2, 3):
        await central.wait_call(PLAIN, count)
        await charge_point.settle()
        await charge_point.tick(31)
    await central.wait_call(PLAIN, 6)
    assert told(central) == [*["Downloading"] * 3, "Downloaded", "Installing", "Installed"]
    assert len(files.asked) == 3


async def test_a_file_without_content_cannot_be_installed(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    files.files["/empty.bin"] = b""
    await update(central, files.url("/empty.bin"))
    await central.wait_call(PLAIN, 4)
    assert told(central) == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
    assert charge_point.firmware_version == "1.0.0"


async def test_a_new_update_takes_the_place_of_one_that_waits(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer
) -> None:
    files.files |= {"/one.bin": b"1.1", "/two.bin": b"1.2"}
    await update(central, files.url("/one.bin"), seconds=60)
    await update(central, files.url("/two.bin"))
    await central.wait_call(PLAIN, 4)
    await charge_point.wait_accepted()
    await charge_point.tick(61)
    assert files.asked == ["/two.bin"]
    assert charge_point.firmware_version == "1.2"


# Signed


async def test_a_signed_update_is_checked_and_told_with_its_request(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, signer: Signer
) -> None:
    files.files["/new.bin"] = FIRMWARE
    assert await signer.update(central, files.url("/new.bin")) == "Accepted"
    await central.wait_call("SecurityEventNotification")
    steps = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
    assert told(central, SIGNED) == steps
    assert {each["requestId"] for each in central.payloads(SIGNED)} == {7}
    assert central.payloads("SecurityEventNotification")[0]["type"] == "FirmwareUpdated"
    assert charge_point.firmware_version == "2.0"


async def test_a_signed_update_may_be_scheduled(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, signer: Signer
) -> None:
    files.files["/new.bin"] = FIRMWARE
    times: dict[str, Any] = {"retrieveDateTime": in_seconds(60), "installDateTime": in_seconds(3600)}
    assert await signer.update(central, files.url("/new.bin"), **times) == "Accepted"
    await charge_point.tick(70)
    await central.wait_call(SIGNED, 5)
    await charge_point.tick(3600)
    await central.wait_call(SIGNED, 8)
    assert told(central, SIGNED) == [
        *("DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled"),
        *("Installing", "InstallRebooting", "Installed"),
    ]


async def test_a_wrong_signature_ends_the_update(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, signer: Signer
) -> None:
    files.files["/new.bin"] = b"something else"
    assert await signer.update(central, files.url("/new.bin")) == "Accepted"
    await central.wait_call(SIGNED, 3)
    assert told(central, SIGNED) == ["Downloading", "Downloaded", "InvalidSignature"]
    assert central.payloads("SecurityEventNotification")[0]["type"] == "InvalidFirmwareSignature"
    assert charge_point.firmware_version == "1.0.0"


async def test_a_signed_file_without_content_cannot_be_installed(
    central: Central, files: FileServer, signer: Signer
) -> None:
    files.files["/new.bin"] = b""
    await signer.update(central, files.url("/new.bin"), content=b"")
    await central.wait_call(SIGNED, 5)
    assert told(central, SIGNED)[-1] == "InstallVerificationFailed"


async def test_an_unknown_signer_is_refused_at_once(central: Central, charge_point: SimulatedChargePoint) -> None:
    assert await Signer().update(central, "http://127.0.0.1:1/x") == "InvalidCertificate"
    assert (await central.wait_call("SecurityEventNotification"))["type"] == "InvalidFirmwareSigningCertificate"
    assert charge_point.count(SIGNED) == 0


async def test_a_signed_update_takes_the_place_of_one_under_way(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, signer: Signer
) -> None:
    files.files["/new.bin"] = FIRMWARE
    await signer.update(central, "http://127.0.0.1:1/x", request_id=1, retrieveDateTime=in_seconds(60))
    await central.wait_call(SIGNED)
    assert await signer.update(central, files.url("/new.bin"), request_id=2) == "AcceptedCanceled"
    await central.wait_call(SIGNED, 7)
    await charge_point.wait_accepted()
    await charge_point.tick(70)
    assert [each["requestId"] for each in central.payloads(SIGNED)] == [1, *[2] * 6]


async def test_a_step_of_an_update_that_was_replaced_is_not_told(
    central: Central, charge_point: SimulatedChargePoint, files: FileServer, signer: Signer
) -> None:
    """The first is replaced while its file is on the way."""
    files.files["/new.bin"] = FIRMWARE
    gate = files.hold("/slow.bin")
    await signer.update(central, files.url("/slow.bin"), request_id=1)
    await files.wait_asked("/slow.bin")
    await signer.update(central, files.url("/new.bin"), request_id=2)
    gate.set()
    await central.wait_call(SIGNED, 7)
    await charge_point.wait_accepted()
    assert [each["requestId"] for each in central.payloads(SIGNED)] == [1, *[2] * 6]


@pytest.mark.usefixtures("charge_point")
async def test_a_signed_update_without_signature_gets_a_callerror(central: Central) -> None:
    with pytest.raises(Fail, match="TypeConstraintViolation"):
        await central.call("SignedUpdateFirmware", {"requestId": 1, "firmware": {"location": "x"}})


# On demand


async def test_a_trigger_asks_where_an_update_is(
    central: Central, charge_point: SimulatedChargePoint, signer: Signer
) -> None:
    await signer.update(central, "http://127.0.0.1:1/x", retrieveDateTime=in_seconds(60))
    await central.wait_call(SIGNED)
    wanted = {"requestedMessage": PLAIN}
    assert await central.call("ExtendedTriggerMessage", wanted) == ACCEPTED
    assert await central.wait_call(SIGNED, 2) == {"status": "DownloadScheduled", "requestId": 7}
    assert await central.call("TriggerMessage", wanted) == ACCEPTED
    assert await central.wait_call(PLAIN) == {"status": "Idle"}


@pytest.mark.usefixtures("charge_point")
async def test_without_an_update_the_firmware_is_idle(central: Central) -> None:
    for trigger, action in (("TriggerMessage", PLAIN), ("ExtendedTriggerMessage", SIGNED)):
        await central.call(trigger, {"requestedMessage": PLAIN})
        assert await central.wait_call(action) == {"status": "Idle"}


async def test_an_update_goes_on_without_connection(central: Central, dial: Dial, files: FileServer) -> None:
    files.files["/new.bin"] = FIRMWARE
    charge_point = await dial()
    await update(central, files.url("/new.bin"), seconds=60)
    await charge_point.go_offline()
    await charge_point.tick(61)
    await central.wait_call("BootNotification", 2)
    assert (await central.wait_call(PLAIN))["status"] == "Installed"
