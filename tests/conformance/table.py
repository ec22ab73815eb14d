"""The outcomes of the tests as the page docs/conformance.md: which case a test is of, the result of a case, and the text of the page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Final

from .case import Case, Edition
from .v16.cases import EDITION as V16
from .v201.cases import EDITION as V201

EDITIONS: Final = (V16, V201)
CASES: Final[Mapping[str, Case]] = {case_id: case for edition in EDITIONS for case_id, case in edition.cases.items()}
NOT_APPLICABLE: Final = {case_id: reason for case_id, case in CASES.items() if (reason := case.not_applicable)}

PASS = "pass"
NOT_RUN = "**not run**"
_HEAD = """\
# Conformance

The Open Charge Alliance's test documents list what a central system has to do. Each case is a test in
[tests/conformance](../tests/conformance): a scripted charger dials in to a Home Assistant over a real socket, and the case is driven through
actions and entities, with settings that anybody could have. All that the charger hears is checked against the schemas of OCPP.
These are our own runs, not a certificate.

A charger that boots is asked for its configuration, status and meter values. Test tools that take offence at what they did not wait for
are asked nothing unbidden once *Configure the charger* and *Keep the list of ID tags in the charger* are turned off in the charger's advanced settings, and
the quirk `trigger: false` is set.

`scripts/conformance` runs the tests and writes this page.
"""
_CASE = re.compile(r"::test_tc_(\d{3}(?:_\d)?|[a-p]_\d{2})_")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test: the case that it is of, and what went wrong (None: nothing)."""

    case: str
    problem: str | None = None


def case_of(node_id: str) -> str | None:
    """Return the id of the case that a test is of; None for a test of something else."""
    found = _CASE.search(node_id)
    return found[1].upper() if found else None


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
    return "\n".join([_HEAD, *(_chapter(edition, result_of) for edition in EDITIONS)])


def _chapter(edition: Edition, result_of: Mapping[str, str]) -> str:
    cases = edition.cases
    applicable = [case_id for case_id, case in cases.items() if case.not_applicable is None]
    passed = sum(result_of.get(case_id) == PASS for case_id in applicable)
    parts = [f"## OCPP {edition.version}\n\n{edition.text} {passed} of {len(applicable)} cases that apply pass.\n"]
    for title, block in edition.blocks.items():
        rows = [_row(case_id, case, result_of.get(case_id, NOT_RUN)) for case_id, case in block.items()]
        columns = ["Case", "Title", *(["Profile"] if any(case.profile for case in block.values()) else []), "Result"]
        parts.append("\n".join([f"### {title}\n", _line(columns), "|---" * len(columns) + "|", *rows, ""]))
        remarks = [f"- TC_{case_id}: {case.remark}" for case_id, case in block.items() if case.remark]
        parts += ["\n".join([*remarks, ""])] if remarks else []
    return "\n".join(parts)


def _row(case_id: str, case: Case, result: str) -> str:
    return _line([f"TC_{case_id}", case.title, *([case.profile] if case.profile else []), result])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
