"""What is measured: what runs in a core, the version of OCPP that its charge points speak, and the revision that it is of."""

from dataclasses import dataclass, replace
from enum import StrEnum

from .charger import Charger
from .v16_charger import V16Charger
from .v201_charger import V201Charger


class Module(StrEnum):
    """What runs in a core: the module of this package that starts it."""

    FLOOR = "floor"
    LIBRARY = "library"
    LIBRARY_V201 = "library_v201"
    INTEGRATION = "integration"
    EVERY_CHANGE = "integration_every_change"


@dataclass(frozen=True, slots=True)
class System:
    """One core under test, and its kind of charge points."""

    module: Module
    name: str  # what the report calls it
    charger: type[Charger] = V16Charger
    before: bool = False  # the integration of another revision

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return f"{self.module}-{self.charger.subprotocol}{'-before' if self.before else ''}"


FLOOR = System(Module.FLOOR, "floor")
LIBRARY = System(Module.LIBRARY, "ocpp library")
INTEGRATION = System(Module.INTEGRATION, "integration")
EVERY_CHANGE = System(Module.EVERY_CHANGE, "integration, every change")

FLOOR_V201 = System(Module.FLOOR, "2.0.1: floor", V201Charger)
LIBRARY_V201 = System(Module.LIBRARY_V201, "2.0.1: ocpp library", V201Charger)
INTEGRATION_V201 = System(Module.INTEGRATION, "2.0.1: integration", V201Charger)
EVERY_CHANGE_V201 = System(Module.EVERY_CHANGE, "2.0.1: integration, every change", V201Charger)

SYSTEMS = (FLOOR, LIBRARY, INTEGRATION, EVERY_CHANGE)
SYSTEMS_V201 = (FLOOR_V201, LIBRARY_V201, INTEGRATION_V201, EVERY_CHANGE_V201)
OURS = (INTEGRATION, EVERY_CHANGE)
OURS_V201 = (INTEGRATION_V201, EVERY_CHANGE_V201)


def past(system: System) -> System:
    """Return an integration of now as it was at the other revision."""
    return replace(system, name=system.name.replace("integration", "integration before"), before=True)
