"""Messages on the display: which are taken, what is shown now, and what is reported."""

from typing import Any

from ocpp.v201 import call
import pytest

from custom_components.ocpp_csms.simulator.messages import Payload
from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from custom_components.ocpp_csms.simulator.v2.display import Display, Message
from tests.simulator.v2.rooms import Surroundings, ask, small_model


class Scene:
    """A display, the state of its station and the transactions that run."""

    def __init__(self) -> None:
        """Be idle."""
        self.around = Surroundings()
        self.model: DeviceModel = small_model()
        self.state = "Idle"
        self.running: list[str] = []
        self.display = self.open()

    def open(self) -> Display:
        """Return a new display."""
        return Display(
            self.model,
            self.around.clock,
            self.around,
            state=lambda: self.state,
            transactions=lambda: self.running,
        )

    async def put(self, number: int = 1, priority: str = "NormalCycle", **others: Any) -> str:
        """Set a message and return the status."""
        message = {"id": number, "priority": priority, "message": {"format": "UTF8", "content": f"text {number}"}}
        answer = await ask(self.display.handlers, "SetDisplayMessage", {"message": {**message, **others}})
        return str(answer["status"])

    async def get(self, **filters: Any) -> list[int]:
        """Ask for messages and return the ids of what is reported."""
        answer = await ask(self.display.handlers, "GetDisplayMessages", {"requestId": 3, **filters})
        reports = self.around.payloads("NotifyDisplayMessages")
        assert answer["status"] == ("Accepted" if reports else "Unknown")
        assert {report["requestId"] for report in reports} <= {3}
        return [info["id"] for report in reports for info in report["messageInfo"]]

    @property
    def shown(self) -> list[int]:
        """The ids of what is shown now."""
        return [message.message_id for message in self.display.shown()]


@pytest.fixture
def scene() -> Scene:
    """An empty display."""
    return Scene()


async def test_a_message_is_shown(scene: Scene) -> None:
    assert await scene.put() == "Accepted"
    assert [message.text for message in scene.display.shown()] == ["text 1"]
    assert scene.model.integer("DisplayMessageCtrlr.DisplayMessages") == 1


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"message": {"format": "HTML", "content": "<b>"}}, "NotSupportedMessageFormat"),
        ({"transactionId": "T1"}, "UnknownTransaction"),
        ({"endDateTime": "2026-01-01T11:59:59Z"}, "Rejected"),
    ],
)
async def test_a_message_that_cannot_be_shown_is_refused(scene: Scene, message: Payload, status: str) -> None:
    """O01.FR.03, O02.FR.01."""
    answer = await scene.put(**message)
    assert (answer, scene.shown) == (status, [])


async def ask_unchecked(scene: Scene, message: Payload) -> str:
    """Set a message that the schema forbids."""
    answer = scene.display.handlers["SetDisplayMessage"](call.SetDisplayMessage(message))  # type: ignore[arg-type]
    return str(answer.result.status)  # type: ignore[attr-defined]


async def test_a_priority_may_not_be_supported(scene: Scene) -> None:
    """O01.FR.01."""
    scene.model.set("DisplayMessageCtrlr.SupportedPriorities", "NormalCycle")
    assert await scene.put(priority="InFront") == "NotSupportedPriority"


async def test_a_state_may_not_be_supported(scene: Scene) -> None:
    """O01.FR.02; the schema leaves no unknown one, so it comes past it."""
    message = {"id": 1, "priority": "NormalCycle", "state": "Dreaming", "message": {"format": "UTF8", "content": ""}}
    assert await ask_unchecked(scene, message) == "NotSupportedState"


async def test_a_display_takes_so_many_messages(scene: Scene) -> None:
    """O01.FR.11; one more is one too many, but one can be replaced (O06)."""
    most = int(scene.model.most("DisplayMessageCtrlr.DisplayMessages"))
    for number in range(most):
        assert await scene.put(number) == "Accepted"
    assert await scene.put(most) == "Rejected"
    assert await scene.put(0, message={"format": "UTF8", "content": "new"}) == "Accepted"
    assert scene.display.shown()[0].text == "new"


async def test_a_display_can_be_off(scene: Scene) -> None:
    scene.model.set("DisplayMessageCtrlr.Enabled", "false")
    assert await scene.put() == "Rejected"


async def test_what_is_in_front_pushes_the_rest_aside(scene: Scene) -> None:
    """O01.FR.12 to FR.16: messages in front take turns, of those always in front there is one."""
    await scene.put(1)
    await scene.put(2, "InFront")
    await scene.put(3, "InFront")
    assert scene.shown == [2, 3]
    await scene.put(4, "AlwaysFront")
    await scene.put(5, "AlwaysFront")
    assert scene.shown == [5]
    assert await scene.get() == [1, 2, 3, 5]


async def test_a_message_has_its_time(scene: Scene) -> None:
    """O01.FR.06 and FR.07."""
    await scene.put(startDateTime="2026-01-01T12:01:00Z", endDateTime="2026-01-01T12:02:00Z")
    seen = []
    for _ in range(3):
        seen.append((scene.shown, len(scene.display.kept())))
        scene.around.pass_time(60)
    assert seen == [([], 1), ([1], 1), ([], 0)]


async def test_a_message_has_its_state(scene: Scene) -> None:
    await scene.put(state="Charging")
    assert scene.shown == []
    scene.state = "Charging"
    assert scene.shown == [1]


async def test_a_message_for_a_transaction_ends_with_it(scene: Scene) -> None:
    """O02.FR.02."""
    scene.running = ["T1"]
    assert await scene.put(transactionId="T1") == "Accepted"
    assert scene.shown == [1]
    scene.running = []
    assert await scene.get() == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [({}, [1, 2]), ({"id": [2]}, [2]), ({"priority": "InFront"}, [2]), ({"state": "Faulted"}, [1]), ({"id": [9]}, [])],
)
async def test_messages_are_reported_by_id_priority_and_state(
    scene: Scene, filters: dict[str, Any], found: list[int]
) -> None:
    """O03 and O04."""
    await scene.put(1, state="Faulted")
    await scene.put(2, "InFront")
    assert await scene.get(**filters) == found


async def test_many_messages_are_reported_in_parts(scene: Scene) -> None:
    """O03.FR.03 to FR.05."""
    for number in range(15):
        await scene.put(number)
    assert await scene.get() == list(range(15))
    assert [report["tbc"] for report in scene.around.payloads("NotifyDisplayMessages")] == [True, False]


async def test_a_message_is_cleared_once(scene: Scene) -> None:
    """O05."""
    await scene.put()
    statuses = [await ask(scene.display.handlers, "ClearDisplayMessage", {"id": 1}) for _ in range(2)]
    assert statuses == [{"status": "Accepted"}, {"status": "Unknown"}]
    assert scene.shown == []


async def test_messages_survive_a_restart(scene: Scene) -> None:
    """O01.FR.10."""
    await scene.put()
    again = scene.open()
    again.restore(scene.display.dump())
    assert [message.text for message in again.shown()] == ["text 1"]


def test_further_languages_count_as_contents() -> None:
    one, other = {"format": "UTF8", "content": "Hello"}, {"format": "UTF8", "content": "Hallo"}
    message = Message({"id": 1, "priority": "InFront", "message": one, "messageExtra": [other]})
    assert message.contents == [one, other]
