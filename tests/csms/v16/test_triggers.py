"""Which of the two messages asks for a message: the plain one, or that of the security whitepaper."""

from typing import Any

import pytest

from custom_components.ocpp_csms.csms.errors import CallFailedError, CommandError, RefusedError
from custom_components.ocpp_csms.csms.model import ConfigurationKey
from custom_components.ocpp_csms.csms.v16.requests import ACTIONS, EXTENDED_TRIGGERS, PLAIN_TRIGGERS
from tests.csms.dialect import CHECKER, Station

UNKNOWN = {"status": "NotImplemented"}
WHITEPAPER = {"SecurityProfile": ConfigurationKey("SecurityProfile", "1", readonly=False)}


def triggers(station: Station) -> list[str]:
    """Return which messages were asked with."""
    return [action for action, _ in station.rpc.calls if action.endswith("TriggerMessage")]


@pytest.mark.parametrize("message", ["LogStatusNotification", "SignChargePointCertificate"])
async def test_what_only_the_whitepaper_knows_is_asked_for_in_its_way(station: Station, message: str) -> None:
    """The plain message has no word for it."""
    await station.charge_point.trigger(message)
    assert station.rpc.calls == [("ExtendedTriggerMessage", {"requestedMessage": message})]


@pytest.mark.parametrize("message", ["MeterValues", "BootNotification"])
@pytest.mark.parametrize(
    "answer",
    [UNKNOWN, CallFailedError("TriggerMessage", "NotSupported"), CallFailedError("TriggerMessage", "NotImplemented")],
    ids=str,
)
async def test_who_knows_only_the_whitepaper_is_asked_in_its_way(station: Station, message: str, answer: Any) -> None:
    """After the plain one: most know that."""
    station.charge_point.configuration_read(WHITEPAPER)
    station.rpc.answers["TriggerMessage"] = answer
    await station.charge_point.trigger(message)
    assert triggers(station) == ["TriggerMessage", "ExtendedTriggerMessage"]


@pytest.mark.parametrize(
    ("message", "answer", "configuration"),
    [
        ("MeterValues", UNKNOWN, {}),
        ("MeterValues", {"status": "Rejected"}, WHITEPAPER),
        ("DiagnosticsStatusNotification", UNKNOWN, WHITEPAPER),
        ("MeterValues", CallFailedError("TriggerMessage", "InternalError"), WHITEPAPER),
        ("AcmeStatus", UNKNOWN, WHITEPAPER),
    ],
    ids=["no whitepaper", "refused", "not in it", "failed", "of a vendor"],
)
async def test_else_the_answer_to_the_plain_message_counts(
    station: Station, message: str, answer: Any, configuration: dict[str, ConfigurationKey]
) -> None:
    """There is nothing more to try."""
    station.charge_point.configuration_read(configuration)
    station.rpc.answers["TriggerMessage"] = answer
    with pytest.raises(CommandError):
        await station.charge_point.trigger(message)
    assert triggers(station) == ["TriggerMessage"]


async def test_the_refusal_of_the_whitepapers_message_is_raised(station: Station) -> None:
    """It was the last try."""
    station.charge_point.configuration_read(WHITEPAPER)
    station.rpc.answers |= {"TriggerMessage": UNKNOWN, "ExtendedTriggerMessage": {"status": "Rejected"}}
    with pytest.raises(RefusedError) as caught:
        await station.charge_point.trigger("MeterValues")
    assert (caught.value.action, caught.value.status) == ("ExtendedTriggerMessage", "Rejected")


@pytest.mark.parametrize(
    ("action", "messages"), [("TriggerMessage", PLAIN_TRIGGERS), ("ExtendedTriggerMessage", EXTENDED_TRIGGERS)]
)
def test_the_words_are_those_of_the_schemas(action: str, messages: frozenset[str]) -> None:
    """All of them and no others."""
    for message in PLAIN_TRIGGERS | EXTENDED_TRIGGERS:
        sound = CHECKER.check("1.6", action, {"requestedMessage": message}) is None
        assert sound is (message in messages), message


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_of_a_central_system_has_a_schema(action: str) -> None:
    """Or a payload that is none would pass unchecked."""
    assert CHECKER.check("1.6", action, "no object") is not None
