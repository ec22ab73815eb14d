"""Keeping a charge point's local list in step: when it is asked, what it is sent, and what becomes of refusals."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from custom_components.ocpp_csms.csms.cards.authorization import Authorization, IdTag, Policy
from custom_components.ocpp_csms.csms.cards.local_list import LocalListState
from custom_components.ocpp_csms.csms.central_system import CentralSystem
from custom_components.ocpp_csms.csms.charge_point import ChargePointSettings
from custom_components.ocpp_csms.csms.errors import (
    CallFailedError,
    CallTimeoutError,
    InvalidRequestError,
    NotConnectedError,
    RefusedError,
    UnclearAnswerError,
)
from custom_components.ocpp_csms.csms.model import Registration
from tests.csms.dialect import Station
from tests.csms.scripted_charge_point import ScriptedChargePoint

SUPPORTED = {
    "SupportedFeatureProfiles": "Core,LocalAuthListManagement",
    "LocalAuthListEnabled": "true",
    "LocalAuthListMaxLength": "5",
    "SendLocalListMaxLength": "2",
}


class Listing(Station):
    """A charge point that keeps a local list as the specification wants it."""

    def __init__(self, *tags: str, keys: dict[str, str] | None = None, **options: Any) -> None:
        """Know these tags on the side of the central system; `keys` is what the configuration says."""
        super().__init__(**options)
        self.keys = dict(SUPPORTED if keys is None else keys)
        self.version = 0
        self.listed: dict[str, str] = {}
        self.refuse: list[Any] = []  # what is answered to the next SendLocalLists
        self.rpc.answers |= {
            "GetConfiguration": self._configuration,
            "ChangeConfiguration": self._change,
            "GetLocalListVersion": lambda _: {"listVersion": self.version},
            "SendLocalList": self._take_list,
        }
        self.enter(*tags)

    def enter(self, *tags: str | IdTag, policy: Policy | None = None) -> None:
        """Enter tags in place of those before."""
        entered = [IdTag(tag) if isinstance(tag, str) else tag for tag in tags]
        self.authorization = Authorization(policy, {tag.id_tag: tag for tag in entered})
        if self.charge_point.connected:
            self.charge_point.id_tags_changed()

    @property
    def state(self) -> LocalListState | None:
        """How it stands."""
        return self.charge_point.local_list.state

    @property
    def updates(self) -> list[tuple[str, int, int]]:
        """The SendLocalLists so far: type, version and number of entries."""
        return [
            (payload["updateType"], payload["listVersion"], len(payload["localAuthorizationList"]))
            for action, payload in self.rpc.calls
            if action == "SendLocalList"
        ]

    def asked(self, action: str) -> int:
        """Return how often something was asked."""
        return [name for name, _ in self.rpc.calls].count(action)

    async def until_state(self, state: LocalListState) -> None:
        """Return once it stands so."""
        self.charge_point.listen(0, ("local_list",), self.rpc.news.set)
        await self.until(lambda: self.state is state)

    async def until_settled(self) -> None:
        """Return once there is nothing under way."""
        task = self.charge_point.local_list._task  # noqa: SLF001 nothing can be seen of a task that does nothing
        if task is not None:
            await task

    def _configuration(self, payload: dict[str, Any]) -> dict[str, Any]:
        wanted = payload.get("key", self.keys)
        known = [{"key": key, "value": self.keys[key], "readonly": True} for key in wanted if key in self.keys]
        return {"configurationKey": known, "unknownKey": [key for key in wanted if key not in self.keys]}

    def _change(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.keys[payload["key"]] = payload["value"]
        return {"status": "Accepted"}

    def _take_list(self, payload: dict[str, Any]) -> Any:
        if self.refuse:
            answer = self.refuse.pop(0)
            return {"status": answer} if isinstance(answer, str) else answer
        full = payload["updateType"] == "Full"
        if not full and payload["listVersion"] <= self.version:
            return {"status": "VersionMismatch"}
        listed = {} if full else dict(self.listed)
        for entry in payload["localAuthorizationList"]:
            if "idTagInfo" in entry:
                listed[entry["idTag"]] = entry["idTagInfo"]["status"]
            else:
                listed.pop(entry["idTag"], None)
        if len(payload["localAuthorizationList"]) > 2 or len(listed) > 5:
            return {"status": "Failed"}
        self.listed, self.version = listed, payload["listVersion"]
        return {"status": "Accepted"}


@pytest.fixture
async def listing() -> AsyncGenerator[Listing]:
    """A charge point with two tags on its list."""
    listing = Listing("ANN", "BEN")
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until_state(LocalListState.IN_STEP)
    listing.rpc.calls.clear()
    yield listing
    listing.disconnect()


# When, and how much


async def test_the_list_is_sent_once_there_are_tags() -> None:
    """The charge point is asked for its limits and its version first."""
    listing = Listing(keys=SUPPORTED)
    listing.connect()
    listing.enter("ANN", IdTag("LOST", allowed=False))
    await listing.until_state(LocalListState.IN_STEP)
    assert [action for action, _ in listing.rpc.calls] == ["GetConfiguration", "GetLocalListVersion", "SendLocalList"]
    assert listing.listed == {"ANN": "Accepted", "LOST": "Blocked"}
    assert listing.charge_point.local_list.version == 1
    listing.disconnect()


async def test_a_change_sends_what_has_changed(listing: Listing) -> None:
    """And only the tags that it concerns."""
    listing.enter("ANN", "CARL")
    await listing.until(lambda: listing.listed == {"ANN": "Accepted", "CARL": "Accepted"})
    assert listing.updates == [("Differential", 2, 2)]
    assert listing.asked("GetLocalListVersion") == 0


async def test_several_changes_at_once_are_all_sent(listing: Listing) -> None:
    """None is lost while another is under way."""
    for number in range(3):
        listing.enter("ANN", f"TAG{number}")
    await listing.until(lambda: listing.listed == {"ANN": "Accepted", "TAG2": "Accepted"})
    await listing.until_state(LocalListState.IN_STEP)


async def test_a_long_list_is_sent_in_parts() -> None:
    """As a whole, and what does not fit as changes."""
    listing = Listing(*(f"TAG{number}" for number in range(5)))
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until_state(LocalListState.IN_STEP)
    assert listing.updates == [("Full", 1, 2), ("Differential", 2, 2), ("Differential", 3, 1)]
    assert len(listing.listed) == 5
    listing.disconnect()


async def test_a_list_that_is_too_long_is_sent_as_far_as_it_fits(listing: Listing) -> None:
    """It is told how many are left out; once there is room, it is in step again."""
    listing.enter(*(f"TAG{number}" for number in range(7)), IdTag("LOST", allowed=False))
    await listing.until_state(LocalListState.INCOMPLETE)
    assert set(listing.listed) == {f"TAG{number}" for number in range(5)}
    assert listing.charge_point.local_list.left_out == 3
    listing.enter("ANN")
    await listing.until_state(LocalListState.IN_STEP)
    assert listing.listed == {"ANN": "Accepted"}


async def test_a_reconnect_asks_for_nothing(listing: Listing) -> None:
    """What was told holds."""
    listing.disconnect()
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until_settled()
    assert listing.rpc.calls == []


async def test_a_restart_asks_for_the_version(listing: Listing) -> None:
    """What is in step stays; a charge point that has forgotten its list gets all of it."""
    listing.charge_point.local_list.due(restarted=True)
    await listing.until_settled()
    assert (listing.asked("GetLocalListVersion"), listing.updates) == (1, [])
    listing.version, listing.listed = 0, {}
    listing.charge_point.local_list.due(restarted=True)
    await listing.until(lambda: listing.updates == [("Full", 2, 2)])


async def test_what_was_told_survives_a_restart_of_ours(listing: Listing) -> None:
    """The list is not sent anew."""
    again = Listing("ANN", "BEN", stored=listing.snapshot())
    again.connect()
    again.charge_point.local_list.due()
    await again.until_state(LocalListState.IN_STEP)
    assert again.updates == []
    again.disconnect()


async def test_without_tags_there_is_nothing_to_keep() -> None:
    """A charge point is asked for nothing; whether it could have a list is known if it has told so."""
    listing = Listing()
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until_state(LocalListState.UNUSED)
    assert (listing.rpc.calls, listing.charge_point.local_list.is_supported) == ([], False)
    await listing.charge_point.get_configuration()
    listing.charge_point.local_list.due()
    await listing.until_settled()
    assert listing.charge_point.local_list.is_supported
    listing.disconnect()


async def test_the_last_tag_is_taken_off_the_list_too(listing: Listing) -> None:
    """Then there is nothing to keep any more."""
    listing.enter()
    await listing.until(lambda: listing.listed == {})
    listing.enter()
    await listing.until_state(LocalListState.UNUSED)


async def test_a_policy_that_needs_tags_wipes_what_others_have_left() -> None:
    """Nobody may charge, whom a central system before us let charge; an empty list needs no wiping."""
    listing = Listing()
    listing.version, listing.listed = 4, {"OLD": "Accepted"}
    listing.connect()
    listing.enter(policy=Policy.LISTED_ONLY)
    await listing.until_state(LocalListState.IN_STEP)
    assert (listing.listed, listing.updates) == ({}, [("Full", 5, 0)])
    empty = Listing()
    empty.connect()
    empty.enter(policy=Policy.LISTED_ONLY)
    await empty.until_state(LocalListState.IN_STEP)
    assert empty.updates == []
    listing.disconnect()
    empty.disconnect()


async def test_the_user_may_not_want_it(listing: Listing) -> None:
    """The list stays as it is."""
    listing.charge_point.update_settings(ChargePointSettings(configure=False, local_list=False))
    await listing.until_state(LocalListState.OFF)
    listing.enter("CARL")
    await listing.until_settled()
    assert listing.updates == []


async def test_nothing_is_done_for_a_charge_point_that_is_away_or_not_confirmed() -> None:
    """It is done when it is there."""
    away = Listing("ANN")
    away.charge_point.local_list.due()
    stranger = Listing("ANN", registration=Registration.PENDING)
    stranger.connect()
    stranger.charge_point.local_list.due()
    await stranger.until_settled()
    assert (away.rpc.calls, stranger.rpc.calls) == ([], [])
    stranger.disconnect()


# Who has no list


@pytest.mark.parametrize(
    ("keys", "version", "state"),
    [
        ({"SupportedFeatureProfiles": "Core"}, 0, LocalListState.UNSUPPORTED),
        ({}, 0, LocalListState.UNSUPPORTED),
        (SUPPORTED | {"LocalAuthListEnabled": "false"}, 0, LocalListState.DISABLED),
        (SUPPORTED, -1, LocalListState.UNSUPPORTED),
    ],
)
async def test_a_charge_point_without_a_list_is_sent_none(
    keys: dict[str, str], version: int, state: LocalListState
) -> None:
    """It says so in one of these ways."""
    listing = Listing("ANN", keys=keys)
    listing.version = version
    listing.connect()
    for _ in range(2):
        listing.charge_point.local_list.due()
        await listing.until_settled()
    assert (listing.state, listing.updates, listing.asked("GetConfiguration")) == (state, [], 1)
    listing.disconnect()


# Refusals


@pytest.mark.parametrize("answer", ["VersionMismatch", "Failed", CallFailedError("SendLocalList", "InternalError")])
async def test_changes_that_are_refused_are_sent_as_a_whole(listing: Listing, answer: Any) -> None:
    """That sets all right."""
    listing.refuse = [answer]
    listing.enter("ANN", "CARL")
    await listing.until(lambda: listing.listed == {"ANN": "Accepted", "CARL": "Accepted"})
    assert listing.updates == [("Differential", 2, 2), ("Full", 2, 2)]


async def test_a_version_that_is_ahead_of_ours_is_overtaken(listing: Listing) -> None:
    """Somebody else has written the list."""
    listing.version = 40
    listing.enter("ANN")
    await listing.until(lambda: listing.updates == [("Differential", 2, 1), ("Full", 41, 1)])


async def test_a_list_that_is_refused_is_not_sent_again_and_again(listing: Listing) -> None:
    """Only when it has changed, or the charge point has restarted."""
    listing.refuse = ["Failed", "Failed"]
    listing.enter("ANN", "CARL")
    await listing.until_state(LocalListState.FAILED)
    listing.rpc.calls.clear()
    listing.charge_point.local_list.due()
    await listing.until_settled()
    assert listing.updates == []
    listing.charge_point.local_list.due(restarted=True)
    await listing.until_state(LocalListState.IN_STEP)


async def test_an_update_that_is_not_answered_may_have_been_taken(listing: Listing) -> None:
    """The version tells, when there is something to do again."""
    listing.refuse = [CallTimeoutError("SendLocalList", 30)]
    listing.enter("ANN", "CARL")
    await listing.until_settled()
    assert listing.state is LocalListState.PENDING
    listing.version = 2
    listing.charge_point.local_list.due()
    await listing.until_state(LocalListState.IN_STEP)
    assert listing.updates == [("Differential", 2, 2), ("Full", 3, 2)]


async def test_a_card_that_is_lost_while_the_connection_is_does_not_stay_on_the_list() -> None:
    """It was sent, and the connection ended before the answer: nobody knows whether the charge point has taken it."""
    listing = Listing("ANN")
    asked = asyncio.Event()
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until_state(LocalListState.IN_STEP)
    call = listing.rpc.call

    async def taken_and_cut_off(action: str, payload: dict[str, Any]) -> Any:
        answer = await call(action, payload)
        if action == "SendLocalList":
            asked.set()
            await asyncio.Future()
        return answer

    listing.rpc.call = taken_and_cut_off  # type: ignore[method-assign] # the answer is on its way
    listing.enter("ANN", "LOST")
    await asked.wait()
    listing.rpc.call = call  # type: ignore[method-assign] # the next connection answers again
    task = listing.charge_point.local_list._task  # noqa: SLF001 nothing can be seen of its end
    listing.disconnect()
    listing.enter("ANN")
    await asyncio.wait([task] if task else [])
    assert listing.snapshot()["charge_point"]["local_list"] is None
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until(lambda: listing.listed == {"ANN": "Accepted"})
    listing.disconnect()


async def test_a_mistake_of_ours_leaves_no_traceback(listing: Listing, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next try is made."""
    listing.refuse = [RuntimeError("a mistake")]
    listing.enter("ANN", "CARL")
    await listing.until_settled()
    assert "keeping its local list failed: RuntimeError('a mistake')" in caplog.text
    assert "Traceback" not in "".join(record.message for record in caplog.records if record.levelname == "ERROR")
    listing.charge_point.local_list.due()
    await listing.until_state(LocalListState.IN_STEP)


async def test_a_connection_that_ends_ends_the_work(listing: Listing) -> None:
    """It goes on with the next one."""
    listing.enter("CARL")
    listing.disconnect()
    listing.charge_point.local_list.disconnected()
    assert listing.updates == []
    listing.connect()
    listing.charge_point.local_list.due()
    await listing.until(lambda: listing.listed == {"CARL": "Accepted"})


# By hand


async def test_bringing_in_step_by_hand_switches_the_list_on() -> None:
    """Whoever presses the button wants it."""
    listing = Listing("ANN", keys=SUPPORTED | {"LocalAuthListEnabled": "false"})
    listing.connect()
    await listing.charge_point.local_list.bring_in_step()
    assert (listing.state, listing.listed) == (LocalListState.IN_STEP, {"ANN": "Accepted"})
    assert listing.keys["LocalAuthListEnabled"] == "true"
    listing.disconnect()


async def test_bringing_in_step_by_hand_tells_why_it_cannot() -> None:
    """No list, or a refusal."""
    listing = Listing("ANN", keys={})
    with pytest.raises(NotConnectedError):
        await listing.charge_point.local_list.bring_in_step()
    listing.connect()
    with pytest.raises(InvalidRequestError, match="local_list_unsupported"):
        await listing.charge_point.local_list.bring_in_step()
    listing.disconnect()
    refusing = Listing("ANN")
    refusing.connect()
    refusing.refuse = ["Failed"]
    with pytest.raises(RefusedError, match="Failed"):
        await refusing.charge_point.local_list.bring_in_step()
    assert refusing.state is LocalListState.FAILED
    refusing.disconnect()


async def test_the_version_is_what_the_charge_point_says(listing: Listing) -> None:
    """An answer without one is none."""
    assert await listing.charge_point.local_list.read_version() == 1
    listing.version = -1
    assert await listing.charge_point.local_list.read_version() == -1
    listing.rpc.answers["GetLocalListVersion"] = {}
    with pytest.raises(UnclearAnswerError):
        await listing.charge_point.local_list.read_version()


async def test_the_whole_list_can_be_sent_by_hand(listing: Listing) -> None:
    """All tags, or some; then the list is not what it ought to be."""
    local_list = listing.charge_point.local_list
    assert await local_list.send_all() == (2, 2)
    assert listing.state is LocalListState.IN_STEP
    assert await local_list.send_all(["ben"]) == (3, 1)
    assert (listing.state, listing.listed) == (LocalListState.PENDING, {"BEN": "Accepted"})
    assert listing.updates == [("Full", 2, 2), ("Full", 3, 1)]


async def test_changes_can_be_sent_by_hand(listing: Listing) -> None:
    """What has changed, perhaps nothing, or the verdicts on some tags; what is not entered is taken off."""
    local_list = listing.charge_point.local_list
    assert await local_list.send_changes() == (1, 0)
    assert await local_list.send_changes(["ANN", "CARL", "BEN"]) == (3, 3)
    assert listing.updates == [("Differential", 2, 2), ("Differential", 3, 1)]
    assert await local_list.send_changes(["CARL"]) == (4, 1)
    assert listing.listed == {"ANN": "Accepted", "BEN": "Accepted"}


async def test_what_cannot_be_on_the_list_is_not_sent(listing: Listing) -> None:
    """Tags that nobody entered, and those that are longer than the charge point can read."""
    listing.authorization = Authorization(tags={"": IdTag("X" * 21)})
    local_list = listing.charge_point.local_list
    with pytest.raises(InvalidRequestError, match="id_tag_unknown"):
        await local_list.send_all(["CARL"])
    with pytest.raises(InvalidRequestError, match="id_tag_too_long"):
        await local_list.send_all(["X" * 21])
    assert listing.updates == []


async def test_changes_need_to_know_what_is_on_the_list(listing: Listing) -> None:
    """Somebody else has written it."""
    listing.version = 40
    with pytest.raises(InvalidRequestError, match="local_list_unknown"):
        await listing.charge_point.local_list.send_changes()


async def test_tags_that_are_named_can_be_sent_to_a_list_that_somebody_else_has_written(listing: Listing) -> None:
    """They replace what it says of them; what else is on it stays unknown."""
    listing.version = 40
    local_list = listing.charge_point.local_list
    assert await local_list.send_changes(["ANN", "CARL", "BEN"]) == (42, 3)
    assert listing.updates == [("Differential", 41, 2), ("Differential", 42, 1)]
    assert (local_list.version, local_list.state) == (None, LocalListState.PENDING)
    with pytest.raises(InvalidRequestError, match="local_list_unknown"):
        await local_list.send_changes()


async def test_a_charge_point_that_says_nothing_of_its_list_can_be_sent_one(listing: Listing) -> None:
    """Its answer counts."""
    silent = Listing("ANN", keys={})
    silent.connect()
    assert await silent.charge_point.local_list.send_all() == (1, 1)
    assert await silent.charge_point.local_list.send_changes(["ANN"]) == (2, 1)
    silent.refuse = ["NotSupported"]
    with pytest.raises(RefusedError, match="NotSupported"):
        await silent.charge_point.local_list.send_all()
    silent.disconnect()


# Over a socket


async def test_a_charge_point_gets_the_list_after_it_has_booted(central: CentralSystem) -> None:
    """And what has changed while it is connected."""
    central.authorization = Authorization(tags={"ANN": IdTag("ANN", parent="FAMILY")})
    central.add("CP1", ChargePointSettings(configure=False))
    keys = [{"key": key, "value": value, "readonly": True} for key, value in SUPPORTED.items()]
    answers: dict[str, Any] = {
        "GetConfiguration": {"configurationKey": keys, "unknownKey": []},
        "GetLocalListVersion": {"listVersion": 0},
    }
    async with ScriptedChargePoint(central.port, answers=answers) as point:
        await point.boot()
        assert await point.heard("SendLocalList") == {
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "ANN", "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}],
        }
        central.authorization = Authorization(tags={"BEN": IdTag("BEN")})
        assert await point.heard("SendLocalList") == {
            "listVersion": 2,
            "updateType": "Differential",
            "localAuthorizationList": [{"idTag": "ANN"}, {"idTag": "BEN", "idTagInfo": {"status": "Accepted"}}],
        }
