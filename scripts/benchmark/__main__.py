"""Command line of the benchmark."""

import argparse
import asyncio
from datetime import UTC, datetime
from importlib.metadata import version
import os
import platform
import sys

from . import before
from .bench_host import HostError
from .plan import FULL, QUICK, QUICK_AGAINST, Plan, Results, Run, against
from .report import report, targets


def heading(*, markdown: bool, revision: str | None) -> str:
    """Return a line that says what was measured where."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("homeassistant", "ocpp", "websockets"))
    line = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}"
    line += f"; before: {revision}" if revision else ""
    return f"## Figures\n\n{line}" if markdown else line


async def measured(plan: Plan) -> Results:
    """Run a plan; whatever happens, the other revision does not stay behind."""
    try:
        return await Run(plan).all()
    finally:
        before.remove()


def main() -> int:
    """Run the benchmark; return 0 when all targets are met, 1 when not, 2 when it could not be run."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures the integration in a real Home Assistant core."
    )
    parser.add_argument("--quick", action="store_true", help="short windows, fewer cases: about two minutes")
    parser.add_argument("--markdown", action="store_true", help="print a section for docs/performance.md")
    parser.add_argument("--against", metavar="REV", help="measure the integration of a git revision in the same run")
    arguments = parser.parse_args()
    plan, revision = (QUICK if arguments.quick else FULL), None
    try:
        if arguments.against:
            revision = before.unpack(arguments.against)
            plan = against(QUICK_AGAINST if arguments.quick else FULL, before.served())
        results = asyncio.run(measured(plan))
    except (HostError, before.RevisionError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(report(results, heading(markdown=arguments.markdown, revision=revision)))
    return 0 if all(target.met for target in targets(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
