"""What the station knows of a customer: told, and forgotten."""

import pytest

from custom_components.ocpp_csms.simulator.messages import Payload
from custom_components.ocpp_csms.simulator.v2.customer_information import CustomerInformation
from tests.simulator.v2.rooms import Surroundings, ask

TOKEN = {"idToken": "TAG", "type": "ISO14443"}


class People:
    """A memory of people."""

    def __init__(self) -> None:
        """Know one."""
        self.known = {"TAG": ["cached", "x" * 600]}

    def told_of(self, id_token: str) -> list[str]:
        """Return what is known."""
        return self.known.get(id_token, [])

    def forget(self, id_token: str) -> None:
        """Forget somebody."""
        self.known.pop(id_token, None)


@pytest.fixture
def people() -> People:
    """Who is known."""
    return People()


@pytest.fixture
def room(people: People, around: Surroundings) -> CustomerInformation:
    """The room."""
    return CustomerInformation(people, around, around.timestamp)


async def request(room: CustomerInformation, *, report: bool, clear: bool, **who: object) -> str:
    payload: Payload = {"requestId": 5, "report": report, "clear": clear, **who}
    return str((await ask(room.handlers, "CustomerInformation", payload))["status"])


def told(around: Surroundings) -> str:
    return "".join(payload["data"] for payload in around.payloads("NotifyCustomerInformation"))


async def test_what_is_known_is_told_in_parts(room: CustomerInformation, around: Surroundings, people: People) -> None:
    """N09.FR.05."""
    assert await request(room, report=True, clear=False, idToken=TOKEN) == "Accepted"
    reports = around.payloads("NotifyCustomerInformation")
    assert told(around) == "\n".join(people.known["TAG"])
    assert [(report["seqNo"], report["tbc"], report["requestId"]) for report in reports] == [
        (0, True, 5),
        (1, False, 5),
    ]


@pytest.mark.parametrize(
    "who",
    [
        {"idToken": {"idToken": "OTHER", "type": "ISO14443"}},
        {"customerIdentifier": "Jane"},
        {
            "customerCertificate": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "a",
                "issuerKeyHash": "b",
                "serialNumber": "1",
            }
        },
    ],
)
async def test_that_nothing_is_known_is_told(
    room: CustomerInformation, around: Surroundings, who: dict[str, object]
) -> None:
    """N09.FR.06."""
    assert await request(room, report=True, clear=True, **who) == "Accepted"
    assert told(around) == "no data found"


@pytest.mark.parametrize("report", [True, False])
async def test_what_is_known_is_forgotten(
    room: CustomerInformation, around: Surroundings, people: People, *, report: bool
) -> None:
    """N10.FR.03 and FR.06: told before, if that is wanted."""
    assert await request(room, report=report, clear=True, idToken=TOKEN) == "Accepted"
    assert people.known == {}
    assert told(around).startswith("cached") is report


@pytest.mark.parametrize("who", [{}, {"idToken": TOKEN, "customerIdentifier": "Jane"}])
async def test_a_customer_is_named_in_one_way(
    room: CustomerInformation, around: Surroundings, who: dict[str, object]
) -> None:
    """N09.FR.09."""
    assert await request(room, report=True, clear=False, **who) == "Invalid"
    assert around.said == []


async def test_neither_telling_nor_forgetting_is_no_request(room: CustomerInformation, around: Surroundings) -> None:
    """N09.FR.07."""
    assert await request(room, report=False, clear=False, idToken=TOKEN) == "Rejected"
    assert around.said == []
