"""Reservations of OCPP 2.x: of an EVSE, of a type of connector, or of any; and what becomes of them (H01 to H04)."""

from datetime import datetime

from ocpp.v16.enums import ChargePointErrorCode
from ocpp.v201 import call, call_result
from ocpp.v201.enums import CancelReservationStatusEnumType, ReservationUpdateStatusEnumType, ReserveNowStatusEnumType

from ..answering import Answer, Handler, moment
from ..connector import Connector, Grant, Reservation
from ..messages import as_sent
from ..station import Station
from .device_model import DeviceModel
from .reporter import Reporter

PLUG_TYPE = "cType2"
"""The type of all connectors."""

_Status = ReserveNowStatusEnumType


class Reservations:
    """The two handlers, and what is reserved."""

    def __init__(self, station: Station, model: DeviceModel, reporter: Reporter) -> None:
        """Set up the table. Those of an EVSE stand with its connector, the others here."""
        self._station = station
        self._model = model
        self._reporter = reporter
        self._anywhere: dict[int, Reservation] = {}
        self.handlers: dict[str, Handler] = {"CancelReservation": self._cancel, "ReserveNow": self._reserve}

    def blocks(self, connector: Connector, grant: Grant) -> bool:
        """Tell whether the EVSE is kept for somebody else."""
        if connector.reservation is not None:
            return not _is_for(connector.reservation, grant)
        others = [each for each in self._anywhere.values() if not _is_for(each, grant)]
        mine = len(others) < len(self._anywhere)
        left = [each for each in self._free() if each is not connector]
        return bool(others) and not mine and len(left) < len(others)

    def use(self, connector: Connector, grant: Grant) -> int | None:
        """Return the number of the reservation that a transaction uses up, if there is one for its token."""
        if (reservation := connector.reservation) is not None:
            self._drop(reservation.reservation_id)
            return reservation.reservation_id
        found = next((number for number, each in self._anywhere.items() if _is_for(each, grant)), None)
        if found is not None:
            self._drop(found)
        return found

    def withdraw(self, connector: Connector) -> None:
        """Give a reservation up because the EVSE cannot be used any more, and tell (H01.FR.20)."""
        if (reservation := connector.reservation) is not None:
            self._drop(reservation.reservation_id)
            self._tell(reservation.reservation_id, ReservationUpdateStatusEnumType.removed)

    def _free(self) -> list[Connector]:
        return [
            each
            for each in self._station.connectors.values()
            if each.operative
            and each.error_code is ChargePointErrorCode.no_error
            and not (each.plugged or each.transaction or each.grant or each.reservation)
        ]

    def _reserve(self, request: call.ReserveNow) -> Answer:
        expires = moment(request.expiry_date_time)
        status = self._judge(request)
        if status is _Status.accepted:
            self._drop(request.id)
            token, group = as_sent(request.id_token), as_sent(request.group_id_token)
            reservation = Reservation(request.id, token["idToken"], group.get("idToken"), expires)
            if request.evse_id is None:
                self._anywhere[request.id] = reservation
            else:
                self._station.connectors[request.evse_id].reservation = reservation
            self._expire_at(request.id, expires)
        return Answer(call_result.ReserveNow(status), self._reporter.refresh)

    def _judge(self, request: call.ReserveNow) -> ReserveNowStatusEnumType:
        """Judge a reservation by the state of the EVSEs (H01.FR.01 to H01.FR.14)."""
        if not self._model.flag("ReservationCtrlr.Enabled") or request.connector_type not in {None, PLUG_TYPE}:
            return _Status.rejected
        if request.evse_id is None:
            return self._judge_anywhere(request.id)
        if (connector := self._station.connectors.get(request.evse_id)) is None:
            return _Status.rejected
        if connector.error_code is not ChargePointErrorCode.no_error:
            return _Status.faulted
        if not connector.operative:
            return _Status.unavailable
        taken = connector.reservation is not None and connector.reservation.reservation_id != request.id
        if taken or connector.plugged or connector.transaction or connector.grant:
            return _Status.occupied
        return _Status.accepted

    def _judge_anywhere(self, reservation_id: int) -> ReserveNowStatusEnumType:
        if not self._model.flag("ReservationCtrlr.NonEvseSpecific"):
            return _Status.rejected
        connectors = self._station.connectors.values()
        if len(self._free()) > len([number for number in self._anywhere if number != reservation_id]):
            return _Status.accepted
        if all(each.error_code is not ChargePointErrorCode.no_error for each in connectors):
            return _Status.faulted
        return _Status.occupied if any(each.operative for each in connectors) else _Status.unavailable

    def _cancel(self, request: call.CancelReservation) -> Answer:
        found = self._drop(request.reservation_id)
        status = CancelReservationStatusEnumType.accepted if found else CancelReservationStatusEnumType.rejected
        return Answer(call_result.CancelReservation(status), self._reporter.refresh)

    def _drop(self, reservation_id: int) -> bool:
        """Forget a reservation; tell whether there was one."""
        self._station.agenda.cancel(f"reservation {reservation_id}")
        for connector in self._station.connectors.values():
            if connector.reservation is not None and connector.reservation.reservation_id == reservation_id:
                connector.reservation = None
                return True
        return self._anywhere.pop(reservation_id, None) is not None

    def _expire_at(self, reservation_id: int, expires: datetime) -> None:
        def expire() -> None:
            self._drop(reservation_id)
            self._tell(reservation_id, ReservationUpdateStatusEnumType.expired)
            self._reporter.refresh()

        remaining = (expires - self._station.clock.now()).total_seconds()
        self._station.agenda.after(f"reservation {reservation_id}", max(0.0, remaining), expire)

    def _tell(self, reservation_id: int, status: ReservationUpdateStatusEnumType) -> None:
        self._reporter.post(call.ReservationStatusUpdate(reservation_id, status))


def _is_for(reservation: Reservation, grant: Grant) -> bool:
    same_group = grant.group is not None and grant.group == reservation.parent_id_tag
    return reservation.id_tag == grant.id_tag or same_group
