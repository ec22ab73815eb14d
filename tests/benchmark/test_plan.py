"""What is run beside another revision, and what is made of a TransactionEvent beside a MeterValues."""

from dataclasses import replace

import pytest

from scripts.benchmark.bench_host import Measurement
from scripts.benchmark.plan import FULL, QUICK_AGAINST, Case, Results, against, growth
from scripts.benchmark.report import report, targets
from scripts.benchmark.systems import EVERY_CHANGE, INTEGRATION, INTEGRATION_V201, past
from scripts.benchmark.v16_charger import V16Charger
from scripts.benchmark.v201_charger import V201Charger


def results(case: Case, ratio: float) -> Results:
    """Figures of one load: a message of 2.0.1 takes so many times the processor time of one of 1.6."""
    rest = dict.fromkeys(("processor_share", "rate", "p50", "p99", "lag_p99", "lag_max", "backlog", "messages"), 1.0)
    v16, v201 = (Measurement(processor_per_message=times * 64e-6, **rest) for times in (1.0, ratio))
    return Results(
        loads={case: {INTEGRATION: v16, INTEGRATION_V201: v201}},
        versions={case: {INTEGRATION: growth([v201], [v16])}},
    )


def test_a_revision_that_serves_1_6_alone_is_measured_with_1_6_alone() -> None:
    """There is nothing to compare the rest with."""
    systems = against(QUICK_AGAINST, (V16Charger,)).systems
    assert {past(INTEGRATION), past(EVERY_CHANGE)} == {system for system in systems if system.before}


def test_a_revision_that_serves_both_is_measured_with_both() -> None:
    """What 2.0.1 costs must not grow either."""
    assert past(INTEGRATION_V201) in against(FULL, (V16Charger, V201Charger)).systems


def test_all_that_is_measured_has_a_folder_and_a_name_of_its_own() -> None:
    """Cores that run side by side keep different things."""
    systems = against(FULL, (V16Charger, V201Charger)).systems
    assert len({system.folder for system in systems}) == len({system.name for system in systems}) == len(systems)


@pytest.mark.parametrize(("ratio", "met"), [(1.24, True), (1.26, False)])
def test_2_0_1_may_cost_a_quarter_more_than_1_6(ratio: float, met: bool) -> None:
    """That is the bound for a message with the same values."""
    found = targets(results(Case("flood", 10, recorder=False), ratio))
    assert [(target.figure, target.met) for target in found] == [(f"{ratio:.2f}", met)]


@pytest.mark.parametrize("case", [Case("paced", 50, recorder=False), Case("flood", 50, recorder=True)])
def test_versions_are_compared_under_floods_alone(case: Case) -> None:
    """With a recorder its work is compared, in a paced load the core's own."""
    assert not targets(results(case, 2.0))


def test_what_disturbs_a_round_disturbs_no_ratio() -> None:
    """Both versions are measured in each round, and a round that was slow for both says what a quick one does."""
    case = Case("flood", 1, recorder=False)
    v16, v201 = results(case, 1.1).loads[case].values()
    slow16, slow201 = (replace(m, processor_per_message=m.processor_per_message * 3) for m in (v16, v201))
    assert growth([v201, slow201], [v16, slow16]).processor_per_message == pytest.approx(1.1)


def test_the_report_names_the_version() -> None:
    """Rows of both versions are told apart."""
    text = report(results(Case("flood", 1, recorder=False), 1.1), "heading")
    assert "flood K=1: integration " in text
    assert "flood K=1: 2.0.1: integration " in text
    assert "CPU/message, K=1, 2.0.1 ÷ 1.6, integration" in text
