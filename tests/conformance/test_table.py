"""The page docs/conformance.md and the tests know the same cases, and the page is made of outcomes as it says."""

from pathlib import Path
import re

import pytest

from .table import CASES, EDITIONS, NOT_APPLICABLE, NOT_RUN, PASS, Outcome, case_of, page, results

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "conformance.md"


def rows_of(text: str) -> list[tuple[str, ...]]:
    """Return case, title and result of each row."""
    return re.findall(r"^\| TC_(\w+) \| ([^|]+) \|(?: [^|]+ \|)? ([^|]+) \|$", text, flags=re.MULTILINE)


def cases_with_a_test() -> set[str]:
    """Return the cases that have a test."""
    names = (
        name
        for path in FOLDER.glob("*/test_*.py")
        for name in re.findall(r"^async def (\w+)", path.read_text(), re.MULTILINE)
    )
    return {case for name in names if (case := case_of(f"::{name}"))}


def test_every_case_is_tested_or_does_not_apply() -> None:
    """And no test is of a case that nobody knows."""
    assert cases_with_a_test() | set(NOT_APPLICABLE) == set(CASES)
    assert not cases_with_a_test() & set(NOT_APPLICABLE)


def test_no_case_is_listed_twice() -> None:
    """Each belongs to one block."""
    assert sum(len(block) for edition in EDITIONS for block in edition.blocks.values()) == len(CASES)


def test_the_page_lists_the_cases_as_they_are() -> None:
    """Ids, titles, which do not apply; and each was run when the page was written. `scripts/conformance` writes it anew."""
    rows = rows_of(PAGE.read_text(encoding="utf-8"))
    assert [(case_id, title) for case_id, title, _ in rows] == [
        (case_id, case.title) for case_id, case in CASES.items()
    ]
    assert {case for case, _, result in rows if result.startswith("not applicable")} == set(NOT_APPLICABLE)
    assert not [case for case, _, result in rows if result == NOT_RUN]


@pytest.mark.parametrize(
    ("node_id", "case"),
    [
        ("tests/conformance/v16/test_core.py::test_tc_001_cold_boot", "001"),
        ("tests/conformance/v16/test_core.py::test_tc_005_1_unplugging[x]", "005_1"),
        ("tests/conformance/v201/test_provisioning.py::test_tc_b_01_cold_boot", "B_01"),
        ("tests/conformance/test_table.py::test_no_case_is_listed_twice", None),
    ],
)
def test_the_name_of_a_test_says_of_which_case_it_is(node_id: str, case: str | None) -> None:
    """Others are of no case."""
    assert case_of(node_id) == case


def test_a_case_passes_when_all_its_tests_do() -> None:
    """Whatever their order; what went wrong is told."""
    assert results([Outcome("001"), Outcome("001")])["001"] == PASS
    for outcomes in ([Outcome("001"), Outcome("001", "no")], [Outcome("001", "no"), Outcome("001")]):
        assert results(outcomes)["001"] == "**fails**: no"


def test_a_case_without_an_outcome_was_not_run() -> None:
    """The page says so, and counts what passes, for each version by itself."""
    text = page(results([Outcome("001"), Outcome("B_01")]))
    for edition in EDITIONS:
        applicable = sum(case.not_applicable is None for case in edition.cases.values())
        assert f"1 of {applicable} cases that apply pass." in text
    assert [result for _, _, result in rows_of(text)].count(NOT_RUN) == len(CASES) - 2 - len(NOT_APPLICABLE)


def test_what_has_to_be_known_of_a_case_stands_below_its_block() -> None:
    """Why a case is tested in another way than the document says."""
    text = page({})
    for case_id, case in CASES.items():
        assert case.remark is None or f"- TC_{case_id}: {case.remark}" in text
