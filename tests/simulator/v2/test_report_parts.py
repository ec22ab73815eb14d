"""Long reports in parts."""

from hypothesis import given, strategies as st

from custom_components.ocpp_csms.simulator.v2.report_parts import parts


@given(st.lists(st.integers()), st.integers(1, 7))
def test_parts_are_numbered_full_and_together_the_whole(items: list[int], size: int) -> None:
    """All but the last say that another one follows; an empty report has one empty part."""
    found = [*parts(items, size)]
    assert [part.number for part in found] == [*range(len(found))]
    assert [part.more for part in found] == [True] * (len(found) - 1) + [False]
    assert [item for part in found for item in part.items or []] == items
    assert all(part.items is None or 0 < len(part.items) <= size for part in found)
    assert (found[0].items is None) is (not items)
