"""What a test case is, and an edition of the test document: plain data that the tables of the versions are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Profile(StrEnum):
    """The certification profiles of OCPP 2.0.1 (part 5)."""

    CORE = "Core"
    SECURITY = "Advanced Security"
    LOCAL_LIST = "Local Authorization List Management"
    SMART_CHARGING = "Smart Charging"
    DEVICE = "Advanced Device Management"
    RESERVATION = "Reservation"
    DISPLAY = "Advanced User Interface"
    ISO_15118 = "ISO 15118 Support"
    NONE = "in no profile"


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its title in our words, and the certification profile that wants it.

    `not_applicable`: why a tester would not run it. `remark`: what has to be known of how it is tested.
    """

    title: str
    profile: Profile | None = None
    not_applicable: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """The cases for one version of OCPP, grouped as the tests are; the text says where they come from."""

    version: str
    text: str
    blocks: Mapping[str, Mapping[str, Case]]

    @property
    def cases(self) -> dict[str, Case]:
        """All cases by their ids."""
        return {case_id: case for block in self.blocks.values() for case_id, case in block.items()}
