"""The sun of a site: the surplus of a new sample, and which connector may see how much of it.

How a surplus is estimated is in `surplus`, how shares are made in `allocation`; here they are asked for the connectors of a site. What a
connector makes of its share is decided elsewhere (`wishes.py`).
"""

from collections.abc import Mapping
from dataclasses import replace

from .allocation import SolarClaim, share_surplus
from .connector import ConnectorState, asks_the_sun, draw, goes_last
from .health import Health
from .modes import ChargingMode
from .observation import ConnectorObservation, SiteConfig, SiteObservation
from .sensors import SignVerdict
from .surplus import SurplusState, draw_of, estimate_surplus


def estimated(
    state: SurplusState,
    connectors: Mapping[str, ConnectorState],
    observation: SiteObservation,
    config: SiteConfig,
    health: Health,
    grid: float,
) -> SurplusState:
    """Return the surplus after a new sample of the grid's power, in W."""
    draws = [draw(connectors[item.key], item, observation.now) for item in observation.connectors]
    if health.sign.verdict is SignVerdict.BLIND:
        # The sensor does not see the chargers: what it shows is what is left for them.
        draws = [replace(item, limit=0.0, measured=0.0, drawing=False) for item in draws]
    return estimate_surplus(state, observation.now, grid, _battery(observation, config), draws)


def _battery(observation: SiteObservation, config: SiteConfig) -> float:
    """Return the battery's power that cars may have, in W: what it is charged with once it is full enough, less what it gives."""
    power = observation.battery or 0.0
    if power >= 0:
        return -power
    full_enough = observation.battery_soc is None or observation.battery_soc >= config.priority_soc
    return -power if full_enough else 0.0


def least_power(connector: ConnectorObservation) -> float:
    """Return the W with which a connector charges at least."""
    wanted = connector.config
    return wanted.minimum * connector.voltage * min(wanted.phase_counts)


def solar_shares(
    surplus: float,
    connectors: Mapping[str, ConnectorState],
    caps: Mapping[str, float],
    observation: SiteObservation,
) -> dict[str, float]:
    """Return the W of the surplus that the law of each connector may see.

    They share up to what they can take with the phases they use now; what is left after that is shown to one that could use more.
    """
    claims: list[SolarClaim] = []
    reaches: dict[str, float] = {}
    taken = 0.0
    for connector in observation.connectors:
        wanted, known = connector.config, connectors[connector.key]
        power = draw_of(draw(known, connector, observation.now))
        if not asks_the_sun(connector) or not connector.online:
            taken += power  # what those of other modes take is theirs
            continue
        most = wanted.maximum * connector.voltage
        phases = connector.phases if connector.limit > 0 else max(wanted.phase_counts)
        reaches[connector.key] = most * max(wanted.phase_counts)
        claims.append(
            SolarClaim(
                key=connector.key,
                priority=wanted.priority,
                minimum=least_power(connector),
                maximum=most * min(phases, max(wanted.phase_counts)),
                active=not goes_last(known, connector, observation.now) and caps.get(connector.key) != 0,
                session_energy=connector.session_energy,
                served_since=known.offered_since,
                taking=power,
                pausable=wanted.mode is ChargingMode.SOLAR,
            )
        )
    if not claims:
        return {}
    surplus -= taken
    shares = share_surplus(surplus, claims, observation.now)
    rest = surplus - sum(shares.values())
    able = [claim for claim in claims if claim.active and reaches[claim.key] > claim.maximum]
    if rest > 0 and able:
        shares[min(able, key=lambda claim: (-claim.priority, claim.key)).key] += rest
    return shares
