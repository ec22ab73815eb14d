"""The flow in which firmware is offered to a charger: by address, as an upload, signed, and taken back."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ocpp_csms.files import kept as files
from custom_components.ocpp_csms.files.firmware_offers import OfferError
from custom_components.ocpp_csms.files.kept import firmware_folder
from tests.signing import SIGNATURE, signing_certificate

pytestmark = pytest.mark.usefixtures("own_folder")

type Upload = Callable[[bytes], Awaitable[str]]

LOCATION = "https://example.org/fw.bin"


@pytest.fixture
async def upload(
    init_integration: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    own_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Upload:
    """Upload a file as the frontend does, and return its id."""
    # Uploads lie in a folder of the test's own: that of the system is shared with tests that run at the same time.
    monkeypatch.setattr("homeassistant.components.file_upload.TEMP_DIR_NAME", str(own_folder / "uploads"))
    client = await hass_client()

    async def upload(content: bytes) -> str:
        form = {"file": BytesIO(content)}
        response = await client.post("/api/file_upload", data=form)
        return str((await response.json())["file_id"])

    return upload


class Flow:
    """One run of the flow."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Run it for CP1."""
        self._hass = hass
        self._entry = entry
        self._flow_id = ""

    @property
    def subentry(self) -> ConfigSubentry:
        """The subentry of CP1."""
        return next(iter(self._entry.subentries.values()))

    @property
    def uploads(self) -> list[Path]:
        """The firmware that is kept for CP1."""
        folder = firmware_folder(self._hass, self._entry.entry_id, "CP1")
        return list(folder.iterdir()) if folder.exists() else []

    async def start(self) -> dict[str, Any]:
        """Choose firmware in the menu."""
        result = await self._entry.start_subentry_reconfigure_flow(self._hass, self.subentry.subentry_id)
        assert (result["type"], result["menu_options"]) == (FlowResultType.MENU, ["settings", "firmware"])
        self._flow_id = result["flow_id"]
        return await self._submit({"next_step_id": "firmware"})

    async def submit(self, *, found: Exception | None = None, **user_input: Any) -> dict[str, Any]:
        """Submit the form. The check of an address finds a file, unless it raises `found`."""
        with patch("custom_components.ocpp_csms.flows.firmware.async_check_location", side_effect=[found]):
            return await self._submit(user_input)

    async def _submit(self, user_input: dict[str, Any]) -> dict[str, Any]:
        result = await self._hass.config_entries.subentries.async_configure(self._flow_id, user_input)
        await self._hass.async_block_till_done()
        return dict(result)


@pytest.fixture
def flow(hass: HomeAssistant, init_integration: MockConfigEntry) -> Flow:
    """A flow on the entry, which is set up."""
    return Flow(hass, init_integration)


def suggested(result: dict[str, Any]) -> dict[str, Any]:
    """Return what the form suggests."""
    return {
        str(field): field.description["suggested_value"]
        for field in result["data_schema"].schema
        if field.description and "suggested_value" in field.description
    }


async def test_an_address_is_offered(flow: Flow) -> None:
    """It is all that is kept, beside what was there."""
    before = dict(flow.subentry.data)
    form = await flow.start()
    assert (form["step_id"], suggested(form)) == ("firmware", {})
    result = await flow.submit(version=" 2.0 ", location=LOCATION)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert flow.subentry.data == {**before, "firmware": {"version": "2.0", "location": LOCATION}}


async def test_a_file_is_uploaded(flow: Flow, upload: Upload) -> None:
    """It is kept until another is offered."""
    await flow.start()
    await flow.submit(version="2.0", file=await upload(b"two"))
    [kept] = flow.uploads
    assert flow.subentry.data["firmware"] == {"version": "2.0", "file": kept.name}
    assert kept.read_bytes() == b"two"
    form = await flow.start()
    assert suggested(form)["version"] == "2.0"
    assert form["description_placeholders"]["file"] == kept.name
    await flow.submit(version="3.0", file=await upload(b"three"), withdraw=False)
    assert [path.read_bytes() for path in flow.uploads] == [b"three"]


async def test_an_uploaded_file_stays_when_its_version_is_corrected(flow: Flow, upload: Upload) -> None:
    """Nobody has to upload it again."""
    await flow.start()
    await flow.submit(version="2.0", file=await upload(b"two"))
    await flow.start()
    await flow.submit(version="2.0.1", withdraw=False)
    assert flow.subentry.data["firmware"]["version"] == "2.0.1"
    assert [path.read_bytes() for path in flow.uploads] == [b"two"]


async def test_an_uploaded_file_goes_when_an_address_takes_its_place(flow: Flow, upload: Upload) -> None:
    """It is of no use any more."""
    await flow.start()
    await flow.submit(version="2.0", file=await upload(b"two"))
    await flow.start()
    await flow.submit(version="3.0", location=LOCATION, withdraw=False)
    assert flow.uploads == []
    assert flow.subentry.data["firmware"] == {"version": "3.0", "location": LOCATION}


async def test_signed_firmware_is_offered(flow: Flow) -> None:
    """Line breaks in the signature do not matter."""
    certificate = signing_certificate()
    await flow.start()
    await flow.submit(
        version="2.0", location=LOCATION, certificate=certificate, signature=f"{SIGNATURE[:4]}\n{SIGNATURE[4:]}\n"
    )
    assert flow.subentry.data["firmware"] == {
        "version": "2.0",
        "location": LOCATION,
        "certificate": certificate.strip(),
        "signature": SIGNATURE,
    }


async def test_an_offer_can_be_taken_back(flow: Flow, upload: Upload) -> None:
    """Its file goes with it; without an offer there is nothing to take back."""
    before = dict(flow.subentry.data)
    form = await flow.start()
    assert "withdraw" not in form["data_schema"].schema
    await flow.submit(version="2.0", file=await upload(b"two"))
    await flow.start()
    result = await flow.submit(version="2.0", withdraw=True)
    assert result["type"] is FlowResultType.ABORT
    assert flow.subentry.data == before
    assert flow.uploads == []


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"version": "  "}, {"version": "version_invalid"}),
        ({"version": "x" * 51}, {"version": "version_invalid"}),
        ({"location": None}, {"location": "firmware_missing"}),
        ({"signature": SIGNATURE}, {"certificate": "signature_incomplete"}),
        ({"certificate": "x", "signature": SIGNATURE}, {"certificate": "signing_certificate_invalid"}),
    ],
)
async def test_what_cannot_be_is_refused_until_it_is_corrected(
    flow: Flow, wrong: dict[str, Any], errors: dict[str, str]
) -> None:
    """Each error stands where it belongs; what was entered stays."""
    await flow.start()
    entered = {"version": "2.0", "location": LOCATION} | wrong
    result = await flow.submit(**{key: value for key, value in entered.items() if value is not None})
    assert result["errors"] == errors
    assert suggested(result)["version"] == entered["version"]
    result = await flow.submit(version="2.0", location=LOCATION)
    assert result["type"] is FlowResultType.ABORT


async def test_an_address_without_a_file_is_refused(flow: Flow) -> None:
    """The user is told what its server says."""
    await flow.start()
    missing = OfferError("location", "location_not_found", status="404")
    result = await flow.submit(version="2.0", location=LOCATION, found=missing)
    assert result["errors"] == {"location": "location_not_found"}
    assert result["description_placeholders"]["status"] == "404"
    assert "firmware" not in flow.subentry.data


async def test_an_address_and_a_file_are_one_too_many(flow: Flow, upload: Upload) -> None:
    """The user chooses."""
    await flow.start()
    result = await flow.submit(version="2.0", location=LOCATION, file=await upload(b"two"))
    assert result["errors"] == {"location": "firmware_ambiguous"}


async def test_an_upload_that_got_lost_is_asked_for_again(flow: Flow) -> None:
    """Home Assistant forgets uploads when it restarts."""
    await flow.start()
    result = await flow.submit(version="2.0", file="0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    assert result["errors"] == {"file": "upload_failed"}


@pytest.mark.parametrize("content", [b"", b"too large"])
async def test_a_file_of_an_impossible_size_is_refused(
    flow: Flow, upload: Upload, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """The one before stays."""
    await flow.start()
    await flow.submit(version="2.0", file=await upload(b"two"))
    monkeypatch.setattr(files, "LARGEST_FIRMWARE", 5)
    await flow.start()
    result = await flow.submit(version="3.0", file=await upload(content), withdraw=False)
    assert result["errors"] == {"file": "upload_failed"}
    assert [path.read_bytes() for path in flow.uploads] == [b"two"]
