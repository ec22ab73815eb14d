"""What becomes of a firmware update: repair issues of a failure, and the name of what was installed."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.csms.files.firmware import FirmwareStatus
from custom_components.ocpp_csms.csms.model import StationInfo
from custom_components.ocpp_csms.files.firmware_offers import FirmwareInstaller, FirmwareOffer, FirmwareWish

OFFER = {"version": "2.0", "location": "https://example.org/fw.bin"}


def issues(hass: HomeAssistant) -> set[str]:
    """Return the ids of the issues that are shown."""
    return {issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN}


def offered(entry: MockConfigEntry) -> str:
    """Return the version that is offered to CP1."""
    return str(next(iter(entry.subentries.values())).data["firmware"]["version"])


async def tell(hass: HomeAssistant, charge_point: ChargePoint, status: FirmwareStatus) -> None:
    """Let the charge point tell how its update goes."""
    charge_point.firmware.reported(status, None)
    charge_point.flush()
    await hass.async_block_till_done()


async def boot(hass: HomeAssistant, charge_point: ChargePoint, version: str) -> None:
    """Let the charge point start."""
    charge_point.booted(StationInfo(firmware=version), triggered=False)
    charge_point.flush()
    await hass.async_block_till_done()


@pytest.fixture
async def ordered(hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint) -> ChargePoint:
    """CP1, which runs version 1.0, and has been offered and told to install version 2.0."""
    subentry = next(iter(init_integration.subentries.values()))
    hass.config_entries.async_update_subentry(init_integration, subentry, data={**subentry.data, "firmware": OFFER})
    await boot(hass, charge_point, "1.0")
    installer: FirmwareInstaller = init_integration.runtime_data.firmware
    await installer.async_install(charge_point, FirmwareOffer(**OFFER), FirmwareWish())
    return charge_point


@pytest.mark.parametrize(
    ("status", "issue"),
    [
        (FirmwareStatus.DOWNLOAD_FAILED, "firmware_download_failed_CP1"),
        (FirmwareStatus.INSTALLATION_FAILED, "firmware_installation_failed_CP1"),
        (FirmwareStatus.INSTALL_VERIFICATION_FAILED, "firmware_installation_failed_CP1"),
        (FirmwareStatus.INVALID_SIGNATURE, "firmware_signature_invalid_CP1"),
    ],
)
async def test_a_failure_is_an_issue_until_the_next_try(
    hass: HomeAssistant, ordered: ChargePoint, status: FirmwareStatus, issue: str
) -> None:
    """It names the version."""
    await tell(hass, ordered, status)
    assert issues(hass) == {issue}
    shown = ir.async_get(hass).async_get_issue(DOMAIN, issue)
    assert shown is not None
    assert shown.translation_placeholders == {"charge_point_id": "CP1", "version": "2.0"}
    await tell(hass, ordered, FirmwareStatus.DOWNLOADING)
    assert issues(hass) == set()


async def test_a_failure_goes_with_the_charger(
    hass: HomeAssistant, init_integration: MockConfigEntry, charge_point: ChargePoint
) -> None:
    """Nobody can do anything about it any more."""
    await tell(hass, charge_point, FirmwareStatus.DOWNLOAD_FAILED)
    assert issues(hass)
    hass.config_entries.async_remove_subentry(init_integration, next(iter(init_integration.subentries)))
    await hass.async_block_till_done()
    assert issues(hass) == set()


@pytest.mark.parametrize("told", ["before the boot", "after the boot", "never"])
async def test_an_offer_takes_the_name_that_the_charger_gives_it(
    hass: HomeAssistant, init_integration: MockConfigEntry, ordered: ChargePoint, told: str
) -> None:
    """Once it is installed: the user could not know it."""
    await tell(hass, ordered, FirmwareStatus.INSTALLING)
    if told == "before the boot":
        await tell(hass, ordered, FirmwareStatus.INSTALLED)
    assert offered(init_integration) == "2.0"
    await boot(hass, ordered, "2.0-rc7")
    if told == "after the boot":
        await tell(hass, ordered, FirmwareStatus.INSTALLED)
    assert offered(init_integration) == "2.0-rc7"


async def test_an_offer_that_was_changed_meanwhile_keeps_its_name(
    hass: HomeAssistant, init_integration: MockConfigEntry, ordered: ChargePoint
) -> None:
    """It is not what was installed."""
    subentry = next(iter(init_integration.subentries.values()))
    newer = {**subentry.data, "firmware": {**OFFER, "version": "3.0"}}
    hass.config_entries.async_update_subentry(init_integration, subentry, data=newer)
    await tell(hass, ordered, FirmwareStatus.INSTALLING)
    await boot(hass, ordered, "2.0-rc7")
    assert offered(init_integration) == "3.0"
