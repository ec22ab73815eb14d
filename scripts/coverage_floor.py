"""Fail when a module of the integration is too little covered by the tests.

Reads the JSON report of coverage.py: every module must have more than 95 % of its lines covered, the flows all of them.
"""

import json
from pathlib import Path
import sys

REPORT = Path(".cache/coverage.json")
FLOOR = 95.0
CONFIG_FLOW = "config_flow.py"
FLOWS = "flows"
"""Room of the flows of subentries."""


def offenders(report: dict[str, dict[str, dict[str, dict[str, int]]]]) -> list[tuple[str, float, float]]:
    """Return (module, its line coverage, what it needs) in percent for each module below its floor, worst first."""
    found = []
    for module, data in report["files"].items():
        lines = data["summary"]["num_statements"]
        covered = 100.0 * data["summary"]["covered_lines"] / lines if lines else 100.0
        if Path(module).name == CONFIG_FLOW or Path(module).parent.name == FLOWS:
            if covered < 100.0:
                found.append((module, covered, 100.0))
        elif covered <= FLOOR:
            found.append((module, covered, FLOOR))
    return sorted(found, key=lambda offender: offender[1])


def main() -> int:
    """Print a table of the offenders; return the exit code."""
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    if not report["files"]:
        print(f"{REPORT} names no module: nothing was measured.")
        return 1
    found = offenders(report)
    if found:
        print(f"{'covered':>8}  {'needed':>7}  module")
    for module, covered, needed in found:
        print(f"{covered:7.1f}%  {'' if needed == 100.0 else '>'}{needed:g}%".ljust(19) + module)
    if not found:
        print(f"Line coverage: {len(report['files'])} modules, each above {FLOOR:g} %.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
