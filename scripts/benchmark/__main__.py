"""Command line of the benchmark."""

import argparse
import asyncio
from datetime import UTC, datetime
from importlib.metadata import version
import os
import platform
import sys

from .bench_host import HostError
from .plan import FULL, QUICK, Run
from .report import report, targets


def heading(*, markdown: bool) -> str:
    """Return a line that says what was measured where."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("homeassistant", "ocpp", "websockets"))
    line = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}"
    return f"## Figures\n\n{line}" if markdown else line


def main() -> int:
    """Run the benchmark; return 0 when all targets are met."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures the integration in a real Home Assistant core."
    )
    parser.add_argument("--quick", action="store_true", help="short windows, fewer cases: about 90 seconds")
    parser.add_argument("--markdown", action="store_true", help="print a section for docs/performance.md")
    arguments = parser.parse_args()
    try:
        results = asyncio.run(Run(QUICK if arguments.quick else FULL).all())
    except HostError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(report(results, heading(markdown=arguments.markdown)))
    return 0 if all(target.met for target in targets(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
