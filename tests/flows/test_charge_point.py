"""The flow of a charge point's subentry: its identity, its settings, its password."""

from copy import deepcopy
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.charging.wiring import Wiring
from custom_components.ocpp_csms.const import DOMAIN
from custom_components.ocpp_csms.csms.model import ValidationMode
from custom_components.ocpp_csms.csms.security.credentials import authorization_key, verify_password
from custom_components.ocpp_csms.csms.versions import Version
from tests.conftest import SimulatorFactory
from tests.csms.scripted_charge_point import ScriptedChargePoint
from tests.waiting import until_connected, until_gone
from tests.words import words

ADVANCED = {"configure": True, "measurands": [], "meter_interval": 30, "validation": "tolerant", "id_tag": "X"}
SETTINGS = {"generate_password": False, "maximum_current": 16.0, "phases": "3", "advanced": ADVANCED}


def typed(**changes: Any) -> dict[str, Any]:
    """Return what the user typed, apart from the identity."""
    advanced = {**ADVANCED, **changes.pop("advanced", {})}
    return deepcopy({**SETTINGS, **changes, "advanced": advanced})


def subentry_of(entry: MockConfigEntry, identity: str) -> ConfigSubentry:
    """Return a charge point's subentry."""
    return next(subentry for subentry in entry.subentries.values() if subentry.unique_id == identity)


class Flow:
    """One run of the flow."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Run it on this entry."""
        self._hass = hass
        self._entry = entry
        self._flow_id = ""

    async def start(self) -> dict[str, Any]:
        """Start adding a charge point."""
        result = await self._hass.config_entries.subentries.async_init(
            (self._entry.entry_id, "charge_point"), context={"source": SOURCE_USER}
        )
        self._flow_id = result["flow_id"]
        return dict(result)

    async def reconfigure(self, identity: str = "CP1") -> dict[str, Any]:
        """Start changing the settings of a charge point."""
        result = await self._entry.start_subentry_reconfigure_flow(
            self._hass, subentry_of(self._entry, identity).subentry_id
        )
        self._flow_id = result["flow_id"]
        return await self.submit({"next_step_id": "settings"})

    async def submit(self, user_input: dict[str, Any]) -> dict[str, Any]:
        """Submit the form."""
        result = await self._hass.config_entries.subentries.async_configure(self._flow_id, user_input)
        await self._hass.async_block_till_done()
        return dict(result)


@pytest.fixture
def flow(hass: HomeAssistant, init_integration: MockConfigEntry) -> Flow:
    """A flow on the entry, which is set up."""
    return Flow(hass, init_integration)


# Adding


async def test_an_identity_is_all_it_takes(init_integration: MockConfigEntry, flow: Flow) -> None:
    """The charge point is known at once, and the user is told its URL."""
    result = await flow.start()
    assert result["step_id"] == "user"
    result = await flow.submit({"charge_point_id": " Garage 1 ", **typed()})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["title"], result["unique_id"]) == ("Garage 1", "Garage 1")
    assert result["description_placeholders"]["url"] == "ws://127.0.0.1:0/Garage%201"
    charge_point = init_integration.runtime_data.central.charge_points["Garage 1"]
    assert charge_point.settings.credential is None
    assert charge_point.settings.maximum_current == 16.0


async def test_every_setting_reaches_the_charge_point(init_integration: MockConfigEntry, flow: Flow) -> None:
    """What the form asks for is what the central system works with."""
    await flow.start()
    advanced = {
        "configure": False,
        "measurands": ["Voltage", "Vendor.Special"],
        "meter_interval": 10,
        "validation": "strict",
        "id_tag": " TAG ",
        "quirks": {"stack_level": 2, "rate_unit": "W"},
        "fallback_current": 10.0,
        "phase_rotation": "l2_l3_l1",
        "supply_voltage": 240.0,
        "version": "v2_0_1",
    }
    await flow.submit(
        {"charge_point_id": "CP2", **typed(name="Left", maximum_current=20.5, phases="1", advanced=advanced)}
    )
    settings = init_integration.runtime_data.central.charge_points["CP2"].settings
    assert (settings.maximum_current, settings.phases, settings.configure) == (20.5, 1, False)
    assert (settings.measurands, settings.meter_interval) == (("Voltage", "Vendor.Special"), 10)
    assert (settings.validation, settings.id_tag) == (ValidationMode.STRICT, "TAG")
    assert settings.quirks == {"stack_level": 2, "rate_unit": "W"}
    assert (settings.fallback_current, settings.grid_phases) == (10.0, (1, 2, 0))
    assert settings.wiring == Wiring(1, 240.0)
    assert settings.version is Version.V2_0_1
    assert subentry_of(init_integration, "CP2").title == "Left"


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"charge_point_id": " "}, {"charge_point_id": "charge_point_id_invalid"}),
        ({"charge_point_id": "a/b"}, {"charge_point_id": "charge_point_id_invalid"}),
        ({"charge_point_id": "bell\x07"}, {"charge_point_id": "charge_point_id_invalid"}),
        ({"charge_point_id": "x" * 256}, {"charge_point_id": "charge_point_id_invalid"}),
        ({"charge_point_id": "CP1"}, {"charge_point_id": "charge_point_id_in_use"}),
        ({"password": "2short"}, {"password": "password_too_short"}),
        ({"password": "x" * 65}, {"password": "password_too_long"}),
        ({"password": "correct horse", "generate_password": True}, {"password": "password_ambiguous"}),
        ({"advanced": {"id_tag": "  "}}, {"base": "id_tag_invalid"}),
        ({"advanced": {"id_tag": "x" * 21}}, {"base": "id_tag_invalid"}),
        ({"advanced": {"fallback_current": 17.0}}, {"base": "fallback_current_too_high"}),
        ({"advanced": {"quirks": ["stack_level"]}}, {"base": "quirks_not_a_mapping"}),
        ({"advanced": {"quirks": {"stack_level": "high"}}}, {"base": "quirk_invalid"}),
        ({"advanced": {"quirks": {"no_such_quirk": 1}}}, {"base": "quirk_invalid"}),
    ],
)
async def test_what_cannot_be_is_refused_until_it_is_corrected(
    flow: Flow, wrong: dict[str, Any], errors: dict[str, str]
) -> None:
    """Each error stands where it belongs, and the corrected form succeeds."""
    await flow.start()
    result = await flow.submit({"charge_point_id": "CP2"} | typed(**wrong))
    assert result["errors"] == errors
    result = await flow.submit({"charge_point_id": "CP2", **typed()})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_what_is_not_touched_is_the_default(init_integration: MockConfigEntry, flow: Flow) -> None:
    """A charger that hears no more of us charges with the least current, and its phases are those of the house."""
    await flow.start()
    await flow.submit({"charge_point_id": "CP2", **typed()})
    settings = init_integration.runtime_data.central.charge_points["CP2"].settings
    assert (settings.fallback_current, settings.grid_phases, settings.voltage) == (6.0, (0, 1, 2), 230.0)
    assert settings.version is None


async def test_as_much_as_the_maximum_may_go_on_without_us(init_integration: MockConfigEntry, flow: Flow) -> None:
    """And nothing at all."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    for current in (16.0, 0.0):
        await flow.reconfigure()
        result = await flow.submit(typed(advanced={"fallback_current": current}))
        assert result["reason"] == "reconfigure_successful"
        assert charge_point.settings.fallback_current == current


async def test_the_last_limit_can_go_on_without_us(init_integration: MockConfigEntry, flow: Flow) -> None:
    """Then no other current counts, however high; it can be taken back."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await flow.reconfigure()
    result = await flow.submit(typed(advanced={"keep_limit": True, "fallback_current": 63.0}))
    assert result["reason"] == "reconfigure_successful"
    assert charge_point.settings.fallback_current is None
    result = await flow.reconfigure()
    advanced = {str(key): key for key in result["data_schema"].schema["advanced"].schema.schema}
    assert (advanced["keep_limit"].default(), advanced["fallback_current"].default()) == (True, 6.0)
    await flow.submit(typed(advanced={"keep_limit": False}))
    assert charge_point.settings.fallback_current == 6.0


@pytest.mark.parametrize(
    ("chosen", "version"), [("v1_6", Version.V1_6), ("v2_0_1", Version.V2_0_1), ("v2_1", Version.V2_1)]
)
async def test_a_charge_point_can_be_kept_to_a_version(
    init_integration: MockConfigEntry, flow: Flow, chosen: str, version: Version
) -> None:
    """The default is the highest that it offers, which is chosen again by its name; nothing is kept then."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await flow.reconfigure()
    await flow.submit(typed(advanced={"version": chosen}))
    assert charge_point.settings.version is version
    result = await flow.reconfigure()
    advanced = {str(key): key for key in result["data_schema"].schema["advanced"].schema.schema}
    assert advanced["version"].default() == chosen
    await flow.submit(typed(advanced={"version": "automatic"}))
    assert init_integration.runtime_data.central.charge_points["CP1"].settings.version is None
    assert "version" not in subentry_of(init_integration, "CP1").data


async def test_another_version_is_spoken_at_once(
    hass: HomeAssistant, init_integration: MockConfigEntry, flow: Flow
) -> None:
    """The charger dials in again, and speaks the version that it is kept to; nothing else closes its connection."""
    central = init_integration.runtime_data.central
    charge_point = central.charge_points["CP1"]
    offers = ("ocpp2.0.1", "ocpp1.6")
    async with ScriptedChargePoint(central.port, subprotocols=offers) as far_end:
        await until_connected(charge_point)
        assert charge_point.version == "2.0.1"
        await flow.reconfigure()
        await flow.submit(typed(maximum_current=10.0))
        assert charge_point.connected
        await flow.reconfigure()
        await flow.submit(typed(maximum_current=10.0, advanced={"version": "v1_6"}))
        assert await far_end.closed() == 1000
    await until_gone(charge_point)
    async with ScriptedChargePoint(central.port, subprotocols=offers) as far_end:
        assert far_end.websocket.subprotocol == "ocpp1.6"
        await until_connected(charge_point)
        assert charge_point.version == "1.6"
    await until_gone(charge_point)


async def test_a_charge_point_may_have_a_policy_of_its_own(init_integration: MockConfigEntry, flow: Flow) -> None:
    """The default is that of the central system, which it follows again when it is chosen again; nothing is kept then."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await flow.reconfigure()
    await flow.submit(typed(advanced={"id_tag_policy": "ask", "local_list": False}))
    assert charge_point.id_tag_policy == "ask"
    assert not charge_point.settings.local_list
    result = await flow.reconfigure()
    advanced = {str(key): key for key in result["data_schema"].schema["advanced"].schema.schema}
    assert (advanced["id_tag_policy"].default(), advanced["local_list"].default()) == ("ask", False)
    await flow.submit(typed(advanced={"id_tag_policy": "central_system", "local_list": True}))
    assert "id_tag_policy" not in subentry_of(init_integration, "CP1").data
    assert charge_point.settings.local_list
    assert charge_point.id_tag_policy is init_integration.runtime_data.central.authorization.policy


async def test_vendors_whose_data_is_accepted_are_entered_as_a_list(
    init_integration: MockConfigEntry, flow: Flow
) -> None:
    """Blanks and repetitions are dropped; none is the default, and a list can be emptied again."""
    await flow.start()
    await flow.submit(
        {"charge_point_id": "CP2", **typed(advanced={"data_transfer_vendors": [" com.example", "", "com.example"]})}
    )
    charge_point = init_integration.runtime_data.central.charge_points["CP2"]
    assert charge_point.settings.data_transfer_vendors == ("com.example",)
    await flow.reconfigure("CP2")
    await flow.submit(typed())
    assert charge_point.settings.data_transfer_vendors == ()


@pytest.mark.parametrize("vendors", [[f"com.example.{number}" for number in range(21)], ["V" * 256]])
async def test_there_cannot_be_any_number_of_vendors_or_a_name_of_any_length(flow: Flow, vendors: list[str]) -> None:
    """The form says how many and how long."""
    await flow.start()
    result = await flow.submit({"charge_point_id": "CP2", **typed(advanced={"data_transfer_vendors": vendors})})
    assert result["errors"] == {"base": "vendor_ids_invalid"}


async def test_an_identity_belongs_to_one_central_system(hass: HomeAssistant, flow: Flow) -> None:
    """Its unique ids would meet in a second one."""
    other = MockConfigEntry(
        domain=DOMAIN,
        data={"host": "127.0.0.1", "port": 0},
        subentries_data=[{"data": {}, "subentry_type": "charge_point", "title": "CP2", "unique_id": "CP2"}],
    )
    other.add_to_hass(hass)
    await flow.start()
    result = await flow.submit({"charge_point_id": "CP2", **typed()})
    assert result["errors"] == {"charge_point_id": "charge_point_id_in_use"}


async def test_a_password_is_kept_as_a_salted_hash(init_integration: MockConfigEntry, flow: Flow) -> None:
    """Nothing that is kept contains the password."""
    await flow.start()
    await flow.submit({"charge_point_id": "CP2", **typed(password="correct horse")})
    data = subentry_of(init_integration, "CP2").data
    assert verify_password(b"correct horse", data["credential"])
    assert "correct horse" not in repr(dict(data))


async def test_a_generated_password_is_shown_once(init_integration: MockConfigEntry, flow: Flow) -> None:
    """The charge point is added when the user has seen it."""
    await flow.start()
    result = await flow.submit({"charge_point_id": "CP2", **typed(generate_password=True)})
    assert result["step_id"] == "generated_password"
    password = result["description_placeholders"]["password"]
    assert "CP2" not in init_integration.runtime_data.central.charge_points
    result = await flow.submit({})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert verify_password(password.encode(), subentry_of(init_integration, "CP2").data["credential"])


# Changing


async def test_a_change_applies_on_the_open_connection(
    hass: HomeAssistant, init_integration: MockConfigEntry, flow: Flow, simulator: SimulatorFactory
) -> None:
    """Name and settings change; the charge point stays connected."""
    charger = await simulator("CP1")
    await charger.wait_accepted()
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    result = await flow.reconfigure()
    assert result["step_id"] == "settings"
    result = await flow.submit(typed(name="Garage", maximum_current=10.0))
    assert result["reason"] == "reconfigure_successful"
    assert charge_point.settings.maximum_current == 10.0
    assert charge_point.connected
    assert charge_point.reconnects == 0
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier((DOMAIN, "CP1"), init_integration.entry_id)
    assert device is not None
    assert device.name == "Garage"


async def test_the_form_shows_what_is_set(hass: HomeAssistant, init_integration: MockConfigEntry, flow: Flow) -> None:
    """An empty submission of the form would change nothing."""
    await flow.reconfigure()
    advanced_input = {
        "quirks": {"stack_level": 2},
        "meter_interval": 15,
        "fallback_current": 8.0,
        "phase_rotation": "l3_l2_l1",
        "supply_voltage": 120.0,
    }
    await flow.submit(typed(name="Garage", advanced=advanced_input))
    result = await flow.reconfigure()
    fields = {str(key): key for key in result["data_schema"].schema}
    advanced = {str(key): key for key in result["data_schema"].schema["advanced"].schema.schema}
    assert fields["name"].description["suggested_value"] == "Garage"
    assert fields["maximum_current"].default() == 16.0
    assert advanced["quirks"].description["suggested_value"] == {"stack_level": 2}
    assert advanced["meter_interval"].default() == 15
    assert advanced["fallback_current"].default() == 8.0
    assert advanced["keep_limit"].default() is False
    assert advanced["phase_rotation"].default() == "l3_l2_l1"
    assert advanced["supply_voltage"].default() == 120.0
    assert "remove_password" not in fields


async def test_without_a_name_the_identity_is_the_name(init_integration: MockConfigEntry, flow: Flow) -> None:
    """A name can be taken back."""
    await flow.reconfigure()
    await flow.submit(typed(name="Garage"))
    await flow.reconfigure()
    await flow.submit(typed(name=" "))
    assert subentry_of(init_integration, "CP1").title == "CP1"


async def test_a_wrong_change_is_refused_until_it_is_corrected(flow: Flow) -> None:
    """The quirk at fault is named."""
    await flow.reconfigure()
    result = await flow.submit(typed(advanced={"quirks": {"no_such_quirk": 1}}))
    assert result["errors"] == {"base": "quirk_invalid"}
    assert result["description_placeholders"] == {"quirk": "no_such_quirk"}
    result = await flow.submit(typed())
    assert result["reason"] == "reconfigure_successful"


async def test_a_password_is_set_kept_and_removed(init_integration: MockConfigEntry, flow: Flow) -> None:
    """An empty field keeps the password; only a deliberate choice removes it."""
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await flow.reconfigure()
    await flow.submit(typed(password="correct horse"))
    credential = charge_point.settings.credential
    assert verify_password(b"correct horse", credential)

    await flow.reconfigure()
    await flow.submit(typed(remove_password=False))
    assert charge_point.settings.credential == credential

    await flow.reconfigure()
    result = await flow.submit(typed(password="battery staple", remove_password=True))
    assert result["errors"] == {"password": "password_ambiguous"}
    await flow.submit(typed(remove_password=True))
    assert charge_point.settings.credential is None


async def test_a_generated_password_is_given_to_the_charge_point(
    init_integration: MockConfigEntry, flow: Flow, simulator: SimulatorFactory
) -> None:
    """The charge point confirms it, the user sees it, and from then on it is needed and sufficient."""
    charger = await simulator("CP1")
    await charger.wait_accepted()
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await flow.reconfigure()
    result = await flow.submit(typed(generate_password=True))
    assert result["step_id"] == "generated_password"
    password = result["description_placeholders"]["password"]
    told = password if charger.version != "1.6" else authorization_key(password)
    assert charger.configuration(words(charger).password) == told
    assert verify_password(password.encode(), charge_point.settings.credential)
    result = await flow.submit({})
    assert result["reason"] == "reconfigure_successful"

    await charger.go_offline()
    await until_gone(charge_point)
    await charger.go_online()
    await until_connected(charge_point)


async def test_a_password_that_needs_a_restart_holds_beside_the_present_one(
    init_integration: MockConfigEntry, flow: Flow, simulator: SimulatorFactory
) -> None:
    """Until the charge point first uses it; then it is the only one. Changing something else keeps both."""
    charger = await simulator("CP1")
    await charger.wait_accepted()
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    charger.refuse(words(charger).configure, "RebootRequired")
    await flow.reconfigure()
    result = await flow.submit(typed(generate_password=True))
    password = result["description_placeholders"]["password"]
    await flow.submit({})
    assert charge_point.settings.credential is None
    assert verify_password(password.encode(), charge_point.settings.next_credential or "")

    await flow.reconfigure()
    await flow.submit(typed(maximum_current=16.0))
    assert charge_point.settings.next_credential is not None
    await charger.go_offline()
    await until_gone(charge_point)
    await charger.go_online()
    await until_connected(charge_point)

    await charger.stop()
    await until_gone(charge_point)
    await simulator("CP1", password=password)
    await until_connected(charge_point)
    assert verify_password(password.encode(), charge_point.settings.credential or "")
    assert charge_point.settings.next_credential is None


@pytest.mark.parametrize("known", [True, False], ids=["refused", "unknown"])
async def test_a_refused_password_leaves_the_present_one(
    init_integration: MockConfigEntry, flow: Flow, simulator: SimulatorFactory, known: bool
) -> None:
    """The user reads the charge point's answer, and may go on without a new password."""
    charger = await simulator("CP1")
    await charger.wait_accepted()
    answer = "Rejected" if known else words(charger).unknown_key
    charger.refuse(words(charger).configure, answer)
    await flow.reconfigure()
    result = await flow.submit(typed(generate_password=True))
    assert result["errors"] == {"generate_password": "password_refused"}
    assert result["description_placeholders"] == {"answer": answer}
    assert init_integration.runtime_data.central.charge_points["CP1"].settings.credential is None
    result = await flow.submit(typed())
    assert result["reason"] == "reconfigure_successful"


async def test_a_password_that_was_not_confirmed_is_shown(
    hass: HomeAssistant, init_integration: MockConfigEntry, flow: Flow, simulator: SimulatorFactory
) -> None:
    """The charge point may use it all the same: it is let in as before until it first does, and by nothing else then."""
    charger = await simulator("CP1", configuration={"ConnectionTimeOut": "60"})
    await charger.wait_accepted()
    charger.ignore(words(charger).configure)
    name = words(charger).password.rpartition(".")[2]
    charge_point = init_integration.runtime_data.central.charge_points["CP1"]
    await flow.reconfigure()
    submission = hass.async_create_task(flow.submit(typed(generate_password=True)))
    await charger.wait_for(lambda: any(name in str(text) for text in charger.received))
    await charger.go_offline()
    result = await submission
    assert result["errors"] == {"generate_password": "password_not_confirmed"}
    assert set(result["description_placeholders"]) == {"answer", "password"}
    assert charge_point.settings.credential is None

    await flow.submit(typed())
    await simulator("CP1", password=result["description_placeholders"]["password"])
    await until_connected(charge_point)
    assert charge_point.settings.credential is not None


async def test_a_charge_point_that_is_offline_cannot_be_given_a_password(flow: Flow) -> None:
    """The error stands at the choice; a typed password is possible."""
    await flow.reconfigure()
    result = await flow.submit(typed(generate_password=True))
    assert result["errors"] == {"generate_password": "charge_point_offline"}
    result = await flow.submit(typed(password="correct horse"))
    assert result["reason"] == "reconfigure_successful"


async def test_without_a_running_central_system_no_password_is_sent(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """The error is that of an offline charge point."""
    config_entry.add_to_hass(hass)
    flow = Flow(hass, config_entry)
    await flow.reconfigure()
    result = await flow.submit(typed(generate_password=True))
    assert result["errors"] == {"generate_password": "charge_point_offline"}
