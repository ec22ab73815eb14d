"""The process that the crash test kills again and again: it has Home Assistant loaded, and starts one from there in no time.

Reads words from standard input, one a line, and answers each with a line: `start` forks a Home Assistant on the configuration folder,
`kill` ends it as `kill -9` does, at once and with nothing saved.
"""

import os
from pathlib import Path
import signal
import sys

import custom_components.ocpp_csms.binary_sensor
import custom_components.ocpp_csms.button
import custom_components.ocpp_csms.config_flow
import custom_components.ocpp_csms.event
import custom_components.ocpp_csms.number
import custom_components.ocpp_csms.select
import custom_components.ocpp_csms.sensor
import custom_components.ocpp_csms.switch
import custom_components.ocpp_csms.time
import custom_components.ocpp_csms.update  # noqa: F401 (loaded before the fork: each child has them at once)
from tests.end_to_end import core


class Host:
    """A Home Assistant that can be started and killed."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs yet."""
        self._folder = folder
        self._child: int | None = None
        self._line: int | None = None

    def start(self) -> None:
        """Start it; it ends by itself when nobody is there any more."""
        standard_input, self._line = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._line)
            log = os.open(self._folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            for source, target in ((standard_input, 0), (os.open(os.devnull, os.O_WRONLY), 1), (log, 2)):
                os.dup2(source, target)
            sys.argv = ["core", str(self._folder)]
            os._exit(core.main())
        os.close(standard_input)

    def kill(self) -> None:
        """End it at once."""
        if self._child is not None and self._line is not None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            os.close(self._line)
            self._child = self._line = None


def main() -> None:
    """Obey until standard input ends."""
    host = Host(Path(sys.argv[1]))
    for word in sys.stdin:
        getattr(host, word.strip())()
        sys.stdout.write("done\n")
        sys.stdout.flush()
    host.kill()


if __name__ == "__main__":
    main()
