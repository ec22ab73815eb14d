"""What is printed and written: tables that say their seeds, a picture, and the parts of the page between its markers."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from scripts.solar_benchmark import page
from scripts.solar_benchmark.cases import DEFAULT_SHARE, Wiring, all_cases, fuse_cases
from scripts.solar_benchmark.fuse_plant import FuseMetrics
from scripts.solar_benchmark.metrics import Counts, Metrics
from scripts.solar_benchmark.picture import Panel, draw
from scripts.solar_benchmark.report import seeds_text, tables_section, targets_section
from scripts.solar_benchmark.runs import FUSE_CHARGERS, Recording, Results
from scripts.solar_benchmark.targets import judge
from scripts.solar_benchmark.traces import SECONDS, Day, Sky

DAY = Metrics(
    solar=46,
    grid=4,
    capture=90,
    self_consumption=91,
    starts=4,
    phase_switches=8,
    writes_per_hour=30,
    error=600,
)
RUN = FuseMetrics(over_rating=100, overload=50, highest=35, energy=20, writes=30, pauses=5)


@pytest.fixture
def results() -> Results:
    """Return made-up figures, the same for everybody."""
    keepers = [case for chargers in FUSE_CHARGERS for case in fuse_cases(chargers)]
    return Results((301, 302), {case: [DAY, DAY] for case in all_cases()}, {case: [RUN, RUN] for case in keepers})


def test_every_table_says_its_seeds(results: Results) -> None:
    """A figure without its days is worth nothing."""
    text = "\n\n".join([targets_section(judge(results), results), tables_section(results)])
    captions = re.findall(r"(.*)\n\n\|", text)
    assert len(captions) == len(re.findall(r"^\|--", text, flags=re.MULTILINE)) == 8
    assert all("seeds 301–302" in caption for caption in captions)


def test_verdicts_follow_the_figures(results: Results) -> None:
    """As good as the model of evcc is not better; 50 s are above the target for the fast sensor."""
    verdicts = {target.name: target.met for target in judge(results)}
    share = f"{DEFAULT_SHARE[Wiring.SWITCHING] * 100:.0f} %"
    assert verdicts[f"1p3p at {share}: solar"]
    assert not verdicts["1p at 75 % against the evcc model: solar"]
    assert verdicts["three chargers, sensor 10 s: above 30 A"]
    assert not verdicts["three chargers, sensor 1 s: above 30 A"]
    assert verdicts["1p3p at 50 %: J"] == (DAY.score >= 40)


def test_our_default_is_marked(results: Results) -> None:
    """It is the row to look at."""
    text = tables_section(results)
    for wiring in Wiring:
        assert f"{wiring}: **ours, {DEFAULT_SHARE[wiring] * 100:.0f} %**" in text


@pytest.mark.parametrize(
    ("seeds", "text"),
    [((7,), "seed 7"), ((1, 2, 3), "seeds 1–3"), ((1, 3, 9), "seeds 1, 3, 9"), ((3, 2), "seeds 3, 2")],
)
def test_seeds_are_put_into_words(seeds: tuple[int, ...], text: str) -> None:
    """A range only when it is one."""
    assert seeds_text(seeds) == text


def test_the_picture_shows_power_and_phases_of_each_controller() -> None:
    """It is well-formed, and the band covers the day without gaps."""
    day = Day(Sky.BROKEN, 7, np.full(SECONDS, 4000.0), np.full(SECONDS, 500.0))
    phases = np.repeat(np.array([0, 1, 3, 0]), SECONDS // 4)
    recording = Recording(np.full(SECONDS, 3000.0), phases, Counts())
    drawn = draw(day, [Panel("Ours & others", recording, DAY), Panel("Model", recording, DAY)])
    root = ET.fromstring(drawn)  # noqa: S314 - our own picture
    texts = [text for element in root.iter() if (text := "".join(element.itertext()).strip())]
    assert any("Ours & others" in text for text in texts)
    bands = [element for element in root.iter("{http://www.w3.org/2000/svg}rect") if element.get("height") == "14"]
    assert len(bands) == 8
    assert sum(float(band.get("width", "0")) for band in bands) == pytest.approx(2 * 925, abs=0.1)


def test_a_section_of_the_page_is_replaced_between_its_markers() -> None:
    """What people wrote around it stays."""
    text = "before\n<!-- targets: written by scripts/bench-solar -->\n\nold\n\n<!-- /targets -->\nafter"
    replaced = page.replace_section(text, "targets", "new \\1")
    assert replaced.startswith(
        "before\n<!-- targets: written by scripts/bench-solar -->\n\nnew \\1\n\n<!-- /targets -->"
    )
    assert replaced.endswith("after")


def test_a_page_without_its_markers_is_left_alone() -> None:
    """Rather than losing what was measured."""
    with pytest.raises(ValueError, match="0 sections"):
        page.replace_section("nothing here", "targets", "new")


def test_the_page_has_a_place_for_all_that_is_measured() -> None:
    """And it shows the picture."""
    text = page.PAGE.read_text(encoding="utf-8")
    for section in ("targets", "tables"):
        page.replace_section(text, section, "")
    assert page.PICTURE.name in text
    assert page.PICTURE.is_file()
