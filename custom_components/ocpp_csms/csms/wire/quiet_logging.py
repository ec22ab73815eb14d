"""Loggers of libraries that face the network: what goes wrong there before anybody is known is worth a remark, never a traceback."""

import logging
from typing import Any, override


class Discreet(logging.Filter):
    """What goes wrong before a connection is open is not worth a traceback, and a password in a header is nobody's business."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Turn a traceback into a short remark, for debugging only; leave out credentials."""
        if isinstance(record.args, tuple) and record.args and str(record.args[0]).lower() == "authorization":
            record.args = (record.args[0], "(left out)")
        if record.levelno > logging.DEBUG:
            cause: Any = record.exc_info[1] if record.exc_info else None
            record.msg, record.args = f"{record.getMessage()}: {cause!r}" if cause else record.getMessage(), ()
            record.exc_info = None
            record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return logging.getLogger(record.name).isEnabledFor(record.levelno)


def quiet_logger(name: str) -> logging.Logger:
    """Return the logger of this name, made discreet."""
    logger = logging.getLogger(name)
    if not any(isinstance(each, Discreet) for each in logger.filters):
        logger.addFilter(Discreet())
    return logger
