"""Network profiles: SetNetworkProfile keeps them in slots, NetworkConfigurationPriority says which is dialled first.

OCPP 2.0.1, part 2, B09, B10 and A05. Only what is kept and which one is next; the connection itself lives in `transport`.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ocpp.v201 import call, call_result
from ocpp.v201.enums import SetNetworkProfileStatusEnumType as Status

from ..answering import Answer, Handler
from .device_model import DeviceModel
from .variables import SLOTS

PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
_PROFILE = "SecurityCtrlr.SecurityProfile"


class NetworkProfiles:
    """The slots, the handler, and the order in which they are tried after a restart."""

    def __init__(
        self, model: DeviceModel, url: str, *, means: Callable[[int], bool], note: Callable[[str], None]
    ) -> None:
        """`url` is the one that the station dials from the start, its identity included: it is in slot 1.

        `means` tells whether the station has what a security profile needs; `note` is told what happens.
        """
        self._model = model
        self._means = means
        self._note = note
        self._identity = url.rpartition("/")[2]
        first = {"ocppCsmsUrl": url.rpartition("/")[0], "securityProfile": model.integer(_PROFILE)}
        self._slots: dict[str, Mapping[str, Any]] = {"1": first}
        self._active = "1"
        self._proven = "1"
        self._failures = 0
        self.handlers: dict[str, Handler] = {"SetNetworkProfile": self._set_network_profile}
        model.guard(PRIORITY, self._permits)
        model.provide("OCPPCommCtrlr.ActiveNetworkProfile", lambda: self._active)

    @property
    def url(self) -> str:
        """Where to dial now, identity included."""
        return f"{str(self._slots[self._active]['ocppCsmsUrl']).rstrip('/')}/{self._identity}"

    @property
    def slot(self) -> str:
        """The slot that is dialled now."""
        return self._active

    @property
    def security_profile(self) -> int:
        """The security profile of the slot that is dialled now."""
        return int(self._slots[self._active]["securityProfile"])

    def restarted(self) -> None:
        """Begin with the first slot of the priority (B10.FR.04)."""
        self._failures = 0
        self._use(self._model.items(PRIORITY)[0])

    def reached(self) -> None:
        """Take note of a connection: the slot works."""
        self._proven, self._failures = self._active, 0

    def failed(self) -> None:
        """Take note of a connection that did not come about; the next slot has its turn, at last the proven one."""
        self._failures += 1
        if self._failures < self._model.integer("OCPPCommCtrlr.NetworkProfileConnectionAttempts"):
            return
        self._failures = 0
        order = self._model.items(PRIORITY)
        rest = order[order.index(self._active) + 1 :] if self._active in order else []
        self._use(rest[0] if rest else self._proven)

    def _use(self, slot: str) -> None:
        if slot != self._active:
            self._note(f"network profile {slot} is dialled")
        self._active = slot
        self._model.set(_PROFILE, str(self.security_profile))

    def dump(self) -> dict[str, Any]:
        """Return what survives a restart, as JSON values."""
        return {"slots": self._slots, "active": self._active, "proven": self._proven}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what `dump` returned."""
        self._slots, self._active, self._proven = dict(values["slots"]), values["active"], values["proven"]

    def _set_network_profile(self, request: call.SetNetworkProfile) -> Answer:
        data: Any = request.connection_data
        slot = str(request.configuration_slot)
        if slot not in SLOTS or not self._is_valid(data):
            return Answer(call_result.SetNetworkProfile(Status.rejected))
        if slot == self._active:  # It would saw off the branch that it sits on.
            return Answer(call_result.SetNetworkProfile(Status.failed))
        self._slots[slot] = data
        return Answer(call_result.SetNetworkProfile(Status.accepted))

    def _is_valid(self, data: Mapping[str, Any]) -> bool:
        """Judge a profile: never a lower security profile than the one in force (B09.FR.04)."""
        url = data["ocppCsmsUrl"]
        level = data["securityProfile"]
        return (
            urlsplit(url).scheme == ("wss" if level >= 2 else "ws")
            and bool(urlsplit(url).hostname)
            and data["ocppTransport"] == "JSON"
            and self._model.integer(_PROFILE) <= level <= 3
        )

    def _permits(self, value: str) -> bool:
        """Tell whether an order of slots can be followed: each is filled, and its means are there (B10.FR.02, A05)."""
        wanted = [slot.strip() for slot in value.split(",")]
        return all(slot in self._slots and self._means(int(self._slots[slot]["securityProfile"])) for slot in wanted)
