"""What a charge point is told, by what it is for: tests that run in all versions name no message themselves."""

from typing import NamedTuple

from custom_components.ocpp_csms.simulator import SimulatedChargePoint


class Words(NamedTuple):
    """The actions of one version, names of what is configured, and what is said of a name that is not known."""

    start: str
    configure: str
    password: str
    interval: str
    unknown_key: str


_OF_2_X = Words(
    start="RequestStartTransaction",
    configure="SetVariables",
    password="SecurityCtrlr.BasicAuthPassword",
    interval="SampledDataCtrlr.TxUpdatedInterval",
    unknown_key="UnknownVariable",
)
_WORDS = {
    "1.6": Words(
        start="RemoteStartTransaction",
        configure="ChangeConfiguration",
        password="AuthorizationKey",
        interval="MeterValueSampleInterval",
        unknown_key="NotSupported",
    ),
    "2.0.1": _OF_2_X,
    "2.1": _OF_2_X,
}


def words(charger: SimulatedChargePoint) -> Words:
    """Return the words of the version that a charge point speaks."""
    return _WORDS[charger.version]
