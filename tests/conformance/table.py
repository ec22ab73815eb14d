"""The outcomes of the tests as the page docs/conformance.md: which case a test is of, the result of a case, and the text of the page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re

from .cases import BLOCKS, CASES, NOT_APPLICABLE

PASS = "pass"
NOT_RUN = "**not run**"
_HEAD = """\
# Conformance to OCPP 1.6

The Open Charge Alliance's test document for OCPP 1.6 (February 2026) lists what a central system has to do. Each case is a test in
[tests/conformance](../tests/conformance): a scripted charger dials in to a Home Assistant over a real socket, and the case is driven through
actions and entities, with settings that anybody could have. All that the charger hears is checked against the schemas of OCPP.
These are our own runs, not a certificate.

A charger that boots is asked for its configuration, status and meter values. Test tools that take offence at what they did not wait for
are asked nothing unbidden once *Configure the charger* and *Keep the list of ID tags in the charger* are turned off in the charger's advanced settings, and
the quirk `trigger: false` is set.

`scripts/conformance` runs the tests and writes this page.
"""
_CASE = re.compile(r"::test_tc_(\d{3}(?:_\d)?)_")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test: the case that it is of, and what went wrong (None: nothing)."""

    case: str
    problem: str | None = None


def case_of(node_id: str) -> str | None:
    """Return the id of the case that a test is of; None for a test of something else."""
    found = _CASE.search(node_id)
    return found[1] if found else None


def results(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Return the result of each case, in words: of several tests, each must have passed."""
    found = {case: f"not applicable: {reason}" for case, reason in NOT_APPLICABLE.items()}
    for outcome in outcomes:
        if outcome.problem is not None:
            found[outcome.case] = f"**fails**: {outcome.problem}"
        else:
            found.setdefault(outcome.case, PASS)
    return found


def page(result_of: Mapping[str, str]) -> str:
    """Return the page for the results by case."""
    applicable = len(CASES) - len(NOT_APPLICABLE)
    passed = sum(result == PASS for result in result_of.values())
    parts = [_HEAD, f"{passed} of {applicable} cases pass.\n"]
    for block, cases in BLOCKS.items():
        rows = [f"| TC_{case} | {title} | {result_of.get(case, NOT_RUN)} |" for case, title in cases.items()]
        parts.append("\n".join([f"## {block}\n", "| Case | Title | Result |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)
