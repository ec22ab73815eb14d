"""FILES on the side of Home Assistant: firmware that is offered, logs that have come."""
