"""Command line of the solar benchmark."""

import argparse
from collections.abc import Callable
import sys
import time

from .cases import Case, System, Wiring, ours
from .metrics import measure
from .page import write
from .picture import Panel, draw
from .report import tables_section, targets_section
from .runs import parse_seeds, record, run_all
from .targets import judge, percent
from .traces import Sky, day

HELD_OUT, QUICK = "301-324", "301-302"
PICTURED = 307  # seed


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/bench-solar", description=__doc__)
    parser.add_argument("--seeds", type=parse_seeds, default=None, help=f"days, such as 1-6,9; default {HELD_OUT}")
    parser.add_argument("--quick", action="store_true", help=f"seeds {QUICK} only")
    parser.add_argument("--write", action="store_true", help="put the figures and the picture into docs/")
    found = parser.parse_args()
    if found.quick and (found.write or found.seeds):
        parser.error("--quick goes with neither --write nor --seeds")
    found.seeds = found.seeds or parse_seeds(QUICK if found.quick else HELD_OUT)
    return found


def progress_since(began: float) -> Callable[[int, int], None]:
    """Return what tells the progress on standard error."""

    def progress(done: int, jobs: int) -> None:
        sys.stderr.write(f"{time.monotonic() - began:5.0f} s  {done} of {jobs}\n")

    return progress


def picture() -> str:
    """Return the picture of one day of broken clouds."""
    of = day(Sky.BROKEN, PICTURED)
    evcc = Case(sky=Sky.BROKEN, wiring=Wiring.SWITCHING, system=System.EVCC)
    own = ours(Sky.BROKEN, Wiring.SWITCHING)
    panels = []
    for name, case in ((f"Ours, at least {percent(own.share or 0)} sun", own), ("Model of evcc", evcc)):
        recording = record(case, of)
        metrics = measure(recording.car, of.solar, of.surplus, case.wiring.modes, recording.counts)
        panels.append(Panel(name, recording, metrics))
    return draw(of, panels)


def main() -> int:
    """Run the benchmark; return 0 when all targets are met."""
    chosen = arguments()
    results = run_all(chosen.seeds, progress_since(time.monotonic()))
    targets = judge(results)
    sections = {"targets": targets_section(targets, results), "tables": tables_section(results)}
    print("\n\n".join(sections.values()))
    if chosen.write:
        write(sections, picture())
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
