"""Repair issues about the cards at one charge point: many unknown ones, or more than its local list can hold. They go away by themselves."""

from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from custom_components.ocpp_csms.csms.cards.local_list import LocalListState
from custom_components.ocpp_csms.csms.cards.unknown_tags import FLOOD_WINDOW
from custom_components.ocpp_csms.csms.charge_point import ChargePoint
from custom_components.ocpp_csms.issue_set import IssueSet

_FLOOD = "many_unknown_tags"
_TOO_LONG = "local_list_too_long"
_RECHECK = FLOOD_WINDOW.total_seconds() + 1


class IdTagIssues:
    """The issues of one charge point."""

    def __init__(self, hass: HomeAssistant, charge_point: ChargePoint) -> None:
        """Raise what is wrong now, and follow what changes until `stop`."""
        self._hass = hass
        self._charge_point = charge_point
        self._issues = IssueSet(hass, charge_point.identity, (_FLOOD, _TOO_LONG))
        self._recheck: CALLBACK_TYPE | None = None
        self._undo = charge_point.listen(0, ("unknown_tags", "local_list"), self._update)
        self._update()

    @callback
    def stop(self) -> None:
        """Take all back: the charge point is gone, or the central system stops."""
        self._undo()
        self._end_recheck()
        self._issues.clear()

    @callback
    def _update(self) -> None:
        identity, local_list = self._charge_point.identity, self._charge_point.local_list
        wrong: dict[str, dict[str, str]] = {}
        if self._charge_point.verdicts.is_flooded:
            wrong[_FLOOD] = {"charge_point_id": identity}
            if self._recheck is None:  # nobody tells that it is over
                self._recheck = async_call_later(
                    self._hass, _RECHECK, HassJob(self._look_again, cancel_on_shutdown=True)
                )
        if local_list.state is LocalListState.INCOMPLETE:
            wrong[_TOO_LONG] = {
                "charge_point_id": identity,
                "longest": str(local_list.longest),
                "left_out": str(local_list.left_out),
            }
        self._issues.show(wrong)

    @callback
    def _look_again(self, _now: datetime) -> None:
        self._recheck = None
        self._update()

    @callback
    def _end_recheck(self) -> None:
        if self._recheck is not None:
            self._recheck()
            self._recheck = None
