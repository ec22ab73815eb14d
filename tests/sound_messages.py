"""A sound message of each kind that a charge point sends, by version: what tests damage."""

from collections.abc import Mapping
from typing import Any

from custom_components.ocpp_csms.csms.versions import Version

type Messages = Mapping[str, dict[str, Any]]

NOON = "2026-11-20T12:00:00Z"

_V1_6: Messages = {
    "Authorize": {"idTag": "CARD"},
    "BootNotification": {"chargePointVendor": "Simulant", "chargePointModel": "Sim 22", "firmwareVersion": "1"},
    "DataTransfer": {"vendorId": "Acme", "messageId": "Hello", "data": "{}"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Installed"},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Idle", "requestId": 1},
    "MeterValues": {
        "connectorId": 1,
        "transactionId": 5,
        "meterValue": [
            {
                "timestamp": NOON,
                "sampledValue": [
                    {
                        "value": "7000.5",
                        "measurand": "Power.Active.Import",
                        "unit": "W",
                        "phase": "L1",
                        "context": "Sample.Periodic",
                        "format": "Raw",
                        "location": "Outlet",
                    },
                    {"value": "1234567", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
                ],
            }
        ],
    },
    "SecurityEventNotification": {"type": "FirmwareUpdated", "timestamp": NOON, "techInfo": "x"},
    "SignCertificate": {"csr": "x"},
    "SignedFirmwareStatusNotification": {"status": "Installed", "requestId": 1},
    "StartTransaction": {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": NOON, "reservationId": 1},
    "StatusNotification": {
        "connectorId": 1,
        "errorCode": "NoError",
        "status": "Charging",
        "timestamp": NOON,
        "info": "x",
        "vendorId": "Acme",
        "vendorErrorCode": "7",
    },
    "StopTransaction": {
        "transactionId": 5,
        "meterStop": 2000,
        "timestamp": NOON,
        "idTag": "CARD",
        "reason": "Local",
        "transactionData": [{"timestamp": NOON, "sampledValue": [{"value": "2000"}]}],
    },
}

_EVSE = {"id": 1, "connectorId": 1}
_ID_TOKEN = {"idToken": "CARD", "type": "ISO14443"}
_CERTIFICATE = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}
_METER_VALUE = [
    {
        "timestamp": NOON,
        "sampledValue": [
            {
                "value": 7000.5,
                "measurand": "Power.Active.Import",
                "unitOfMeasure": {"unit": "W", "multiplier": 0},
                "phase": "L1",
                "context": "Sample.Periodic",
                "location": "Outlet",
            },
            {"value": 1234567, "measurand": "Energy.Active.Import.Register"},
        ],
    }
]
_SCHEDULE = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
_VARIABLE = {"component": {"name": "Connector", "evse": _EVSE}, "variable": {"name": "Temperature"}}

_V2_0_1: Messages = {
    "Authorize": {"idToken": _ID_TOKEN},
    "BootNotification": {
        "reason": "PowerUp",
        "chargingStation": {
            "vendorName": "Simulant",
            "model": "Sim 22",
            "serialNumber": "S-1",
            "firmwareVersion": "1",
            "modem": {"iccid": "1", "imsi": "2"},
        },
    },
    "ClearedChargingLimit": {"chargingLimitSource": "EMS", "evseId": 1},
    "DataTransfer": {"vendorId": "Acme", "messageId": "Hello", "data": {"a": [1]}},
    "FirmwareStatusNotification": {"status": "Installed", "requestId": 1},
    "Get15118EVCertificate": {"iso15118SchemaVersion": "x", "action": "Install", "exiRequest": "x"},
    "GetCertificateStatus": {"ocspRequestData": _CERTIFICATE | {"responderURL": "x"}},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Idle", "requestId": 1},
    "MeterValues": {"evseId": 1, "meterValue": _METER_VALUE},
    "NotifyChargingLimit": {
        "evseId": 1,
        "chargingLimit": {"chargingLimitSource": "EMS", "isGridCritical": True},
        "chargingSchedule": [_SCHEDULE],
    },
    "NotifyCustomerInformation": {"requestId": 1, "seqNo": 0, "tbc": False, "generatedAt": NOON, "data": "x"},
    "NotifyDisplayMessages": {
        "requestId": 1,
        "tbc": False,
        "messageInfo": [{"id": 1, "priority": "AlwaysFront", "message": {"format": "UTF8", "content": "x"}}],
    },
    "NotifyEVChargingNeeds": {
        "evseId": 1,
        "maxScheduleTuples": 3,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_three_phase",
            "departureTime": NOON,
            "acChargingParameters": {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400},
        },
    },
    "NotifyEVChargingSchedule": {"timeBase": NOON, "evseId": 1, "chargingSchedule": _SCHEDULE},
    "NotifyEvent": {
        "generatedAt": NOON,
        "seqNo": 0,
        "tbc": False,
        "eventData": [
            {
                "eventId": 1,
                "timestamp": NOON,
                "trigger": "Alerting",
                "actualValue": "80",
                "eventNotificationType": "CustomMonitor",
                "variableMonitoringId": 1,
                "techCode": "7",
                "techInfo": "x",
                **_VARIABLE,
            },
            {
                "eventId": 2,
                "timestamp": NOON,
                "trigger": "Delta",
                "actualValue": "Occupied",
                "eventNotificationType": "HardWiredNotification",
                "component": {"name": "Connector", "evse": _EVSE},
                "variable": {"name": "AvailabilityState"},
            },
        ],
    },
    "NotifyMonitoringReport": {
        "requestId": 1,
        "seqNo": 0,
        "tbc": False,
        "generatedAt": NOON,
        "monitor": [
            {
                **_VARIABLE,
                "variableMonitoring": [
                    {"id": 1, "transaction": False, "value": 80.0, "type": "UpperThreshold", "severity": 2}
                ],
            }
        ],
    },
    "NotifyReport": {
        "requestId": 1,
        "seqNo": 0,
        "tbc": True,
        "generatedAt": NOON,
        "reportData": [
            {
                **_VARIABLE,
                "variableAttribute": [{"type": "Actual", "value": "20", "mutability": "ReadOnly"}],
                "variableCharacteristics": {"dataType": "decimal", "supportsMonitoring": True, "unit": "Celsius"},
            }
        ],
    },
    "PublishFirmwareStatusNotification": {"status": "Idle", "requestId": 1},
    "ReportChargingProfiles": {
        "requestId": 1,
        "chargingLimitSource": "CSO",
        "evseId": 1,
        "tbc": False,
        "chargingProfile": [
            {
                "id": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": [_SCHEDULE],
            }
        ],
    },
    "ReservationStatusUpdate": {"reservationId": 1, "reservationUpdateStatus": "Expired"},
    "SecurityEventNotification": {"type": "FirmwareUpdated", "timestamp": NOON, "techInfo": "x"},
    "SignCertificate": {"csr": "x", "certificateType": "ChargingStationCertificate"},
    "StatusNotification": {"timestamp": NOON, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1},
    "TransactionEvent": {
        "eventType": "Updated",
        "timestamp": NOON,
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 1,
        "offline": False,
        "numberOfPhasesUsed": 3,
        "cableMaxCurrent": 32,
        "reservationId": 1,
        "transactionInfo": {"transactionId": "tx-1", "chargingState": "Charging", "timeSpentCharging": 60},
        "evse": _EVSE,
        "idToken": _ID_TOKEN,
        "meterValue": _METER_VALUE,
    },
}

_V2_1: Messages = {
    **_V2_0_1,
    "BatterySwap": {
        "eventType": "BatteryIn",
        "requestId": 1,
        "idToken": _ID_TOKEN,
        "batteryData": [{"evseId": 1, "serialNumber": "x", "soC": 80, "soH": 90}],
    },
    "ClosePeriodicEventStream": {"id": 1},
    "GetCertificateChainStatus": {
        "certificateStatusRequests": [
            {"source": "OCSP", "urls": ["x"], "certificateHashData": _CERTIFICATE},
        ]
    },
    "NotifyDERAlarm": {"controlType": "FixedPFAbsorb", "timestamp": NOON, "alarmEnded": True},
    "NotifyDERStartStop": {"controlId": "x", "started": True, "timestamp": NOON},
    "NotifyMonitoringReport": {
        "requestId": 1,
        "seqNo": 0,
        "tbc": False,
        "generatedAt": NOON,
        "monitor": [
            {
                **_VARIABLE,
                "variableMonitoring": [
                    {
                        "id": 1,
                        "transaction": False,
                        "value": 80.0,
                        "type": "UpperThreshold",
                        "severity": 2,
                        "eventNotificationType": "CustomMonitor",
                    }
                ],
            }
        ],
    },
    "NotifyPriorityCharging": {"transactionId": "tx-1", "activated": True},
    "NotifySettlement": {"pspRef": "x", "status": "Settled", "settlementAmount": 1.5, "settlementTime": NOON},
    "OpenPeriodicEventStream": {
        "constantStreamData": {"id": 1, "variableMonitoringId": 1, "params": {"interval": 1, "values": 10}}
    },
    "PullDynamicScheduleUpdate": {"chargingProfileId": 1},
    "ReportDERControl": {"requestId": 1, "tbc": False},
    "VatNumberValidation": {"vatNumber": "X1", "evseId": 1},
}

SOUND: Mapping[Version, Messages] = {Version.V1_6: _V1_6, Version.V2_0_1: _V2_0_1, Version.V2_1: _V2_1}

SENT: Messages = {
    "NotifyPeriodicEventStream": {"id": 1, "pending": 0, "basetime": NOON, "data": [{"t": 0.5, "v": "20"}]},
}
"""What 2.1 has beside calls: messages that want no answer."""
