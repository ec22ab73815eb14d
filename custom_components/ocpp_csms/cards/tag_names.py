"""How an ID tag is shown to people: numbers are secrets, whoever knows one can charge with it."""

from custom_components.ocpp_csms.csms.charge_point import ChargePoint

_SHOWN = 4  # characters of a number


def tag_name(charge_point: ChargePoint, id_tag: str) -> str:
    """Return the name of a tag: what the user called it, Home Assistant, else its number with all but the last four characters masked."""
    if (tag := charge_point.authorization.find(id_tag)) is not None and tag.name:
        return tag.name
    if id_tag == charge_point.settings.id_tag:
        return "Home Assistant"
    return f"••••{id_tag[-_SHOWN:] if len(id_tag) > _SHOWN else ''}"
