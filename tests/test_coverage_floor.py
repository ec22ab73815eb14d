"""The coverage floor: which modules the report of coverage.py makes fail."""

import pytest

from scripts.coverage_floor import offenders


@pytest.mark.parametrize(
    ("module", "covered", "lines", "fails"),
    [
        ("custom_components/ocpp_csms/sensor.py", 95, 100, True),
        ("custom_components/ocpp_csms/sensor.py", 96, 100, False),
        ("custom_components/ocpp_csms/config_flow.py", 99, 100, True),
        ("custom_components/ocpp_csms/config_flow.py", 100, 100, False),
        ("custom_components/ocpp_csms/csms/__init__.py", 0, 0, False),
        ("custom_components/ocpp_csms/csms/rpc.py", 0, 10, True),
    ],
)
def test_a_module_below_its_floor_fails(module: str, covered: int, lines: int, fails: bool) -> None:
    """A module needs more than 95 % of its lines, the config flow all of them."""
    report = {"files": {module: {"summary": {"covered_lines": covered, "num_statements": lines}}}}
    assert [offender[0] for offender in offenders(report)] == ([module] if fails else [])


def test_the_worst_module_comes_first() -> None:
    """The table starts with what needs most work."""
    report = {
        "files": {
            "a.py": {"summary": {"covered_lines": 9, "num_statements": 10}},
            "b.py": {"summary": {"covered_lines": 1, "num_statements": 10}},
        }
    }
    assert [offender[0] for offender in offenders(report)] == ["b.py", "a.py"]
