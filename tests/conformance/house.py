"""Home Assistant as its user has it: actions, entities and flows, by the names that automations use. Nothing of OCPP."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.event_type import EventType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ocpp_csms.const import DOMAIN
from tests.actions.calls import act, device_of
from tests.offers import offers

TIMEOUT = 10.0

CARD = "04A2B3C4D5E6F7"
SIBLING = "04F7E6D5C4B3A2"
BLOCKED = "04B10C4ED00001"
EXPIRED = "04E7D00000002A"
STRANGER = "0400000000C0DE"  # a card that nobody has entered
FAMILY = "FAMILY"


class House:
    """One Home Assistant with the central system. An entity is named by domain and unique id: `switch.CP1_1_charge`."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Take one whose entry is set up."""
        self.hass = hass
        self.entry = entry
        self._told: list[State] = []
        hass.bus.async_listen("state_changed", self._note)

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None and "event_type" in state.attributes:
            self._told.append(state)

    @property
    def port(self) -> int:
        """The port that chargers dial in to."""
        port: int = self.entry.runtime_data.central.port
        return port

    def state(self, entity: str) -> State | None:
        """Return what an entity shows; None while there is no such entity."""
        domain, _, unique_id = entity.partition(".")
        entity_id = er.async_get(self.hass).async_get_entity_id(domain, DOMAIN, unique_id)
        return None if entity_id is None else self.hass.states.get(entity_id)

    async def until(self, entity: str, holds: Callable[[State], object]) -> State:
        """Return what an entity shows once the condition holds for it."""

        def found() -> State | None:
            shown = self.state(entity)
            return shown if shown is not None and holds(shown) else None

        await self._until("state_changed", found, lambda: f"{entity} still shows {self.state(entity)}")
        shown = found()
        assert shown is not None
        return shown

    async def _until(
        self, event_type: EventType[Any] | str, holds: Callable[[], object], problem: Callable[[], str]
    ) -> None:
        """Return once a condition holds, which is asked again at each event; else the test fails with the problem."""
        happened = asyncio.Event()

        @callback
        def note(_event: Event) -> None:
            happened.set()

        stop_listening = self.hass.bus.async_listen(event_type, note)
        try:
            async with asyncio.timeout(TIMEOUT):
                while not holds():
                    await happened.wait()
                    happened.clear()
        except TimeoutError:
            raise AssertionError(problem()) from None
        finally:
            stop_listening()

    def issues(self) -> set[str | None]:
        """Return what Home Assistant's repairs show of ours, by the keys of their texts."""
        issues = ir.async_get(self.hass).issues.values()
        return {issue.translation_key for issue in issues if issue.domain == DOMAIN and issue.active}

    async def has_issue(self, key: str) -> None:
        """Return once the repairs show an issue."""
        event = ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED
        await self._until(event, lambda: key in self.issues(), lambda: f"{key} is not among {self.issues()}")

    async def shows(self, entity: str, state: str) -> None:
        """Return once an entity shows a state."""
        await self.until(entity, lambda shown: shown.state == state)

    async def tells(self, entity: str, event_type: str) -> dict[str, Any]:
        """Return what an event entity has told of the last event of a type, once there was one."""

        def told(shown: State) -> list[State]:
            of_entity = [state for state in self._told if state.entity_id == shown.entity_id]
            return [state for state in of_entity if state.attributes["event_type"] == event_type]

        shown = await self.until(entity, told)
        return dict(told(shown)[-1].attributes)

    async def settle(self) -> None:
        """Return once Home Assistant has nothing left to do at once: entities that were found are there."""
        await self.hass.async_block_till_done(wait_background_tasks=False)

    async def use(self, service: str, entity: str, **data: Any) -> None:
        """Use an entity as a person does. Raises HomeAssistantError when that is refused."""
        domain, _, unique_id = entity.partition(".")
        entity_id = er.async_get(self.hass).async_get_entity_id(domain, DOMAIN, unique_id)
        assert entity_id is not None, entity
        await self.hass.services.async_call(domain, service, {"entity_id": entity_id, **data}, blocking=True)

    async def act(self, action: str, /, **data: Any) -> Any:
        """Call one of our actions for the charger and return its answer. Raises HomeAssistantError."""
        device = device_of(self.hass, "sensor", "CP1_0_status")
        return await act(self.hass, action, device_id=device, **data)

    def begin(self, action: str, /, **data: Any) -> asyncio.Task[Any]:
        """Call one of our actions that the charger has to say something to before it ends; the task returns its answer."""
        return asyncio.create_task(self.act(action, **data))

    async def confirm(self, identity: str) -> None:
        """Add a charger that dials in and is offered."""
        with offers(self.hass) as offered:
            [flow] = await offered.count(1)
            await self.hass.config_entries.flow.async_configure(flow["flow_id"], {})
        await self.settle()
        assert identity in {subentry.unique_id for subentry in self.entry.subentries.values()}

    async def add_tag(self, id_tag: str) -> None:
        """Enter a card."""
        await act(self.hass, "add_id_tag", id_tag=id_tag)
        await self.settle()

    async def change_charger(self, **settings: Any) -> dict[str, Any]:
        """Change the charger CP1 in the form of its subentry; return the flow's result."""
        subentry = next(item for item in self.entry.subentries.values() if item.unique_id == "CP1")
        form = await self.entry.start_subentry_reconfigure_flow(self.hass, subentry.subentry_id)
        flow_id = form["flow_id"]
        if "settings" in (form.get("menu_options") or ()):
            await self.hass.config_entries.subentries.async_configure(flow_id, {"next_step_id": "settings"})
        return await self._submit(flow_id, _charger(**settings))

    async def demands_certificate(self) -> None:
        """Return once the charger CP1 has to come with its certificate."""
        changed = asyncio.Event()
        stop_listening = async_dispatcher_connect(
            self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, callback(lambda *_: changed.set())
        )
        subentry_id = next(item.subentry_id for item in self.entry.subentries.values() if item.unique_id == "CP1")
        async with asyncio.timeout(TIMEOUT):
            while not self.entry.subentries[subentry_id].data.get("client_certificate"):
                await changed.wait()
                changed.clear()
        stop_listening()
        await self.settle()

    async def _submit(self, flow_id: str, user_input: dict[str, Any]) -> dict[str, Any]:
        result = await self.hass.config_entries.subentries.async_configure(flow_id, user_input)
        await self.settle()
        return dict(result)


def _charger(**settings: Any) -> dict[str, Any]:
    advanced = {
        "configure": True,
        "measurands": [],
        "meter_interval": 30,
        "validation": "tolerant",
        "id_tag": "HomeAssistant",
    }
    return {
        "generate_password": False,
        "maximum_current": 16.0,
        "phases": "3",
        "advanced": advanced,
        **settings,
    }
