"""What the charge point does when the central system asks: one handler for each action of OCPP 1.6, section 5.

What an answer is, is said in `answering`. Handlers of other subjects live with them: `smart_charging_commands`,
`triggers`, `firmware`, `logs`, `security`, `data_transfer`.
"""

from datetime import datetime
from typing import Any

from ocpp.v16 import call, call_result
from ocpp.v16.enums import (
    AvailabilityStatus,
    AvailabilityType,
    CancelReservationStatus,
    ChargePointErrorCode,
    ChargingProfilePurposeType as Purpose,
    ClearCacheStatus,
    ConfigurationStatus,
    Reason,
    RemoteStartStopStatus,
    ReservationStatus,
    ResetStatus,
    ResetType,
    UnlockStatus,
    UpdateStatus,
    UpdateType,
)

from ..answering import Answer, Cause, Handler, Machine, moment, parsed
from ..charging_profiles import Profile
from ..connector import Connector, Reservation
from ..messages import Payload, requests_of, to_request
from ..station import Station
from ..transport import CallError
from .configuration import Configuration
from .reporter import Reporter
from .sessions import Sessions

_REQUESTS = requests_of(call)

_FEATURES = {
    "LocalAuthListManagement": {"GetLocalListVersion", "SendLocalList"},
    "Reservation": {"ReserveNow", "CancelReservation"},
    "SmartCharging": {"SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule"},
    "RemoteTrigger": {"TriggerMessage"},
    "FirmwareManagement": {"UpdateFirmware", "GetDiagnostics"},
}


_WHITEPAPER = {
    "CertificateSigned",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetInstalledCertificateIds",
    "GetLog",
    "InstallCertificate",
    "SignedUpdateFirmware",
}


class Commands:
    """The table of handlers over a station."""

    def __init__(
        self, station: Station, configuration: Configuration, sessions: Sessions, reporter: Reporter, machine: Machine
    ) -> None:
        """Set up the table; `handlers` may be added to."""
        self._station = station
        self._configuration = configuration
        self._sessions = sessions
        self._reporter = reporter
        self._machine = machine
        self.handlers: dict[str, Handler] = {
            "CancelReservation": self._cancel_reservation,
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "ClearCache": self._clear_cache,
            "GetConfiguration": self._get_configuration,
            "GetLocalListVersion": self._get_local_list_version,
            "RemoteStartTransaction": self._remote_start_transaction,
            "RemoteStopTransaction": self._remote_stop_transaction,
            "ReserveNow": self._reserve_now,
            "Reset": self._reset,
            "SendLocalList": self._send_local_list,
            "UnlockConnector": self._unlock_connector,
        }

    def handle(self, action: str, payload: Payload) -> Answer:
        """Do what a call asks for.

        Raises CallError: NotImplemented, NotSupported, FormationViolation, PropertyConstraintViolation or
        TypeConstraintViolation (OCPP-J 1.6, section 4.2.3); and Hang.
        """
        handler = self.handlers.get(action)
        if handler is None or (action in _WHITEPAPER and not self._station.quirks.security_whitepaper):
            code = "NotSupported" if action in _REQUESTS else "NotImplemented"
            raise CallError(code, f"{action} is not known here")
        offered = {
            *self._configuration.items("SupportedFeatureProfiles"),
            *self._station.quirks.unlisted_features,
        }
        if any(action in actions and feature not in offered for feature, actions in _FEATURES.items()):
            raise CallError("NotSupported", f"{action} belongs to a feature profile that is missing here")
        try:
            request = to_request(_REQUESTS[action], payload)
        except TypeError as error:
            raise CallError("FormationViolation", str(error)) from error
        try:
            return handler(request)
        except (AttributeError, KeyError, TypeError) as error:
            raise CallError("TypeConstraintViolation", f"{action}: {error}") from error
        except ImportError as error:
            raise CallError("NotSupported", f"{action} needs what is not installed here: {error}") from error

    def _connector(self, connector_id: int | None) -> Connector | None:
        return self._station.connectors.get(connector_id) if connector_id else None

    # Configuration

    def _get_configuration(self, request: call.GetConfiguration) -> Answer:
        known, unknown = self._configuration.report(request.key)
        return Answer(call_result.GetConfiguration(known, unknown or None))

    def _change_configuration(self, request: call.ChangeConfiguration) -> Answer:
        key, value = request.key.lower(), request.value
        former = self._configuration.text("SecurityProfile")
        status = self._configuration.change(key, value)
        answer = call_result.ChangeConfiguration(status)
        if status is not ConfigurationStatus.accepted:
            return Answer(answer)
        if key == "authorizationkey":
            return Answer(answer, lambda: self._machine.change_password(self._password(value)))
        if key == "securityprofile" and value != former:
            return Answer(answer, self._machine.change_profile)
        if self._machine.registered:
            self._reporter.schedule()
        return Answer(answer)

    def _password(self, key: str) -> str | bytes:
        """Return the password of an AuthorizationKey, which is written in hexadecimal (security whitepaper, A00)."""
        return key if self._station.quirks.text_authorization_key else bytes.fromhex(key)

    # Transactions

    def _remote_start_transaction(self, request: call.RemoteStartTransaction) -> Answer:
        connector = self._startable(request)
        wire = request.charging_profile
        profile = _remote_profile(wire) if wire is not None else None
        if connector is None or (wire is not None and profile is None):
            return Answer(call_result.RemoteStartTransaction(RemoteStartStopStatus.rejected))

        def then() -> None:
            self._sessions.remote_start(connector, request.id_tag, profile)

        return Answer(call_result.RemoteStartTransaction(RemoteStartStopStatus.accepted), then)

    def _startable(self, request: call.RemoteStartTransaction) -> Connector | None:
        """Return the connector to start on: the one asked for, else a free one, best with a cable."""
        if not self._machine.registered:
            return None
        asked = request.connector_id
        candidates = [
            connector
            for connector in self._station.connectors.values()
            if asked in {None, connector.connector_id} and self._sessions.takes_remote_start(connector, request.id_tag)
        ]
        return max(candidates, key=lambda connector: connector.plugged, default=None)

    def _remote_stop_transaction(self, request: call.RemoteStopTransaction) -> Answer:
        connector = self._station.transaction(request.transaction_id)
        if connector is None or not self._machine.registered:
            return Answer(call_result.RemoteStopTransaction(RemoteStartStopStatus.rejected))
        return Answer(
            call_result.RemoteStopTransaction(RemoteStartStopStatus.accepted),
            lambda: self._sessions.stop(connector, Reason.remote),
        )

    def _unlock_connector(self, request: call.UnlockConnector) -> Answer:
        connector = self._connector(request.connector_id)
        if connector is None or not self._station.quirks.unlock_supported:
            return Answer(call_result.UnlockConnector(UnlockStatus.not_supported))
        return Answer(
            call_result.UnlockConnector(UnlockStatus.unlocked),
            lambda: self._sessions.stop(connector, Reason.unlock_command),
        )

    # Availability and restart

    def _change_availability(self, request: call.ChangeAvailability) -> Answer:
        operative = parsed(AvailabilityType, request.type) is AvailabilityType.operative
        if request.connector_id and self._connector(request.connector_id) is None:
            return Answer(call_result.ChangeAvailability(AvailabilityStatus.rejected))
        connectors = [
            connector for number, connector in self._station.connectors.items() if request.connector_id in {0, number}
        ]
        charging = [connector for connector in connectors if connector.transaction is not None]
        scheduled = bool(charging) and not operative

        def then() -> None:
            if request.connector_id == 0:
                self._station.inoperative_scheduled = scheduled
                self._station.operative = operative or scheduled
                self._reporter.post_status(0)
            for connector in connectors:
                connector.inoperative_scheduled = not operative and connector in charging
                if not connector.inoperative_scheduled:
                    connector.operative = operative
            self._reporter.refresh()

        status = AvailabilityStatus.scheduled if scheduled else AvailabilityStatus.accepted
        return Answer(call_result.ChangeAvailability(status), then)

    def _reset(self, request: call.Reset) -> Answer:
        hard = parsed(ResetType, request.type) is ResetType.hard
        cause = Cause.hard_reset if hard else Cause.soft_reset
        return Answer(call_result.Reset(ResetStatus.accepted), lambda: self._machine.reboot(cause, hard=hard))

    # Local list, cache, reservations

    def _clear_cache(self, _request: call.ClearCache) -> Answer:
        enabled = self._configuration.flag("AuthorizationCacheEnabled")
        self._station.authorization.cache.clear()
        return Answer(call_result.ClearCache(ClearCacheStatus.accepted if enabled else ClearCacheStatus.rejected))

    def _get_local_list_version(self, _request: call.GetLocalListVersion) -> Answer:
        enabled = self._configuration.flag("LocalAuthListEnabled")
        return Answer(call_result.GetLocalListVersion(self._station.authorization.version if enabled else -1))

    def _send_local_list(self, request: call.SendLocalList) -> Answer:
        configuration = self._configuration
        kind = parsed(UpdateType, request.update_type)
        if not configuration.flag("LocalAuthListEnabled"):
            return Answer(call_result.SendLocalList(UpdateStatus.not_supported))
        if len(request.local_authorization_list) > configuration.integer("SendLocalListMaxLength"):
            return Answer(call_result.SendLocalList(UpdateStatus.failed))
        status = self._station.authorization.update(
            request.list_version,
            kind,
            request.local_authorization_list,
            configuration.integer("LocalAuthListMaxLength"),
        )
        return Answer(call_result.SendLocalList(status))

    def _reserve_now(self, request: call.ReserveNow) -> Answer:
        connector = self._connector(request.connector_id)
        if connector is None:
            return Answer(call_result.ReserveNow(ReservationStatus.rejected))
        if (status := _reservable(connector, request.reservation_id)) is ReservationStatus.accepted:
            expires = moment(request.expiry_date)
            connector.reservation = Reservation(request.reservation_id, request.id_tag, request.parent_id_tag, expires)
            self._schedule_expiry(connector, expires)
        return Answer(call_result.ReserveNow(status), self._reporter.refresh)

    def _schedule_expiry(self, connector: Connector, expires: datetime) -> None:
        def expire() -> None:
            connector.reservation = None
            self._reporter.refresh()

        remaining = (expires - self._station.clock.now()).total_seconds()
        self._station.agenda.after(f"reservation {connector.connector_id}", max(0.0, remaining), expire)

    def _cancel_reservation(self, request: call.CancelReservation) -> Answer:
        for connector in self._station.connectors.values():
            if connector.reservation and connector.reservation.reservation_id == request.reservation_id:
                connector.reservation = None
                self._station.agenda.cancel(f"reservation {connector.connector_id}")
                return Answer(call_result.CancelReservation(CancelReservationStatus.accepted), self._reporter.refresh)
        return Answer(call_result.CancelReservation(CancelReservationStatus.rejected))


def _remote_profile(wire: Any) -> Profile | None:
    """Read the profile of a remote start: a TxProfile without transaction id (section 5.16.1)."""
    try:
        profile = Profile.from_wire(wire)
    except ValueError:
        return None
    return profile if profile.purpose is Purpose.tx_profile and profile.transaction_id is None else None


def _reservable(connector: Connector, reservation_id: int) -> ReservationStatus:
    """Judge a reservation by the state of the connector (section 5.13)."""
    if connector.error_code is not ChargePointErrorCode.no_error:
        return ReservationStatus.faulted
    if not connector.operative:
        return ReservationStatus.unavailable
    taken = connector.reservation is not None and connector.reservation.reservation_id != reservation_id
    if taken or connector.plugged or connector.transaction or connector.authorized:
        return ReservationStatus.occupied
    return ReservationStatus.accepted
