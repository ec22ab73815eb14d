"""The options of a central system: they apply without a new listener."""

from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.ocpp_csms.csms.cards.authorization import Policy
from custom_components.ocpp_csms.records.costs import Tariff

type Upload = Callable[[bytes], Awaitable[str]]


async def test_options_apply_without_a_new_listener(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The central system takes them over as it runs."""
    runtime = init_integration.runtime_data
    result = await hass.config_entries.options.async_init(init_integration.entry_id)
    assert result["step_id"] == "init"
    user_input = {
        "unknown_charge_points": "reject",
        "id_tag_policy": "listed_only",
        "allowed_networks": ["192.168.1.7/24", " ", "fd00::/8"],
        "heartbeat_interval": 60,
        "call_timeout": 12.0,
    }
    result = await hass.config_entries.options.async_configure(result["flow_id"], user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == user_input | {"allowed_networks": ["192.168.1.0/24", "fd00::/8"]}
    await hass.async_block_till_done()
    assert init_integration.runtime_data is runtime
    settings = runtime.central.settings
    assert settings.discover is False
    assert settings.allowed_networks == ("192.168.1.0/24", "fd00::/8")
    assert (settings.heartbeat_interval, settings.call_timeout) == (60, 12.0)
    assert runtime.central.authorization.policy == "listed_only"


async def test_who_may_charge_is_automatic_until_it_is_chosen(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """Then nothing is kept: everybody may charge until there is a tag."""
    central = init_integration.runtime_data.central
    shown = []
    for policy in ("ask", "automatic"):
        result = await hass.config_entries.options.async_init(init_integration.entry_id)
        assert result["data_schema"] is not None
        shown += [
            key.description["suggested_value"] for key in result["data_schema"].schema if str(key) == "id_tag_policy"
        ]
        user_input = {
            "unknown_charge_points": "discover",
            "id_tag_policy": policy,
            "heartbeat_interval": 300,
            "call_timeout": 30,
        }
        await hass.config_entries.options.async_configure(result["flow_id"], user_input)
        await hass.async_block_till_done()
        assert central.authorization.policy is (Policy.ASK if policy == "ask" else Policy.ACCEPT_ALL)
    assert shown == ["automatic", "ask"]
    assert "id_tag_policy" not in init_integration.options


async def test_a_tariff_is_an_option(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """It is shown again, applies at once, and goes when its fields are emptied; so users without a site have one, too."""
    costs = init_integration.runtime_data.records.costs
    shown, used = [], []
    for tariff in ({"price": "sensor.price", "fixed_price": 0.31}, {}):
        result = await hass.config_entries.options.async_init(init_integration.entry_id)
        assert result["data_schema"] is not None
        [section] = [value for key, value in result["data_schema"].schema.items() if str(key) == "tariff"]
        shown.append((section.options["collapsed"], [key.description for key in section.schema.schema]))
        user_input = {
            "unknown_charge_points": "discover",
            "id_tag_policy": "automatic",
            "heartbeat_interval": 300,
            "call_timeout": 30,
            "tariff": tariff,
        }
        result = await hass.config_entries.options.async_configure(result["flow_id"], user_input)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        used.append(costs.tariff)
    assert used == [Tariff("sensor.price", 0.31), None]
    assert shown == [
        (True, [None, None]),
        (False, [{"suggested_value": "sensor.price"}, {"suggested_value": 0.31}]),
    ]


async def test_a_form_that_is_left_as_it_is_keeps_the_tariff(
    hass: HomeAssistant, init_integration: MockConfigEntry
) -> None:
    """The frontend fills in a section from its fields, but only if the section has no default of its own."""
    result = await hass.config_entries.options.async_init(init_integration.entry_id)
    assert result["data_schema"] is not None
    [section] = [key for key in result["data_schema"].schema if str(key) == "tariff"]
    assert section.default is vol.UNDEFINED


async def test_what_is_no_network_is_refused(hass: HomeAssistant, init_integration: MockConfigEntry) -> None:
    """The error names it; without networks all are allowed."""
    result = await hass.config_entries.options.async_init(init_integration.entry_id)
    user_input = {
        "unknown_charge_points": "discover",
        "id_tag_policy": "accept_all",
        "heartbeat_interval": 300,
        "call_timeout": 30,
    }
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], user_input | {"allowed_networks": ["10.0.0.0/8", "the garage"]}
    )
    assert result["errors"] == {"allowed_networks": "network_invalid"}
    assert result["description_placeholders"] == {"network": "the garage"}
    result = await hass.config_entries.options.async_configure(result["flow_id"], user_input)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["allowed_networks"] == []
