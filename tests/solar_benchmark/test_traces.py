"""The days are those on which the published figures rest: values of the original generator."""

import numpy as np
import pytest

from scripts.solar_benchmark.fuse_plant import house_currents
from scripts.solar_benchmark.traces import SECONDS, Sky, day, house_power, solar_power


@pytest.mark.parametrize(
    ("sky", "together", "some"),
    [
        (Sky.BROKEN, 205363504.37073922, (1835.7591165264644, 2179.99418722362, 8076.306124887392, 1280.2211071315824)),
        (
            Sky.OVERCAST,
            98193486.01157439,
            (868.7740641883554, 2376.302199004351, 1956.4877221745826, 982.1881695243294),
        ),
        (
            Sky.CLEAR,
            255706601.31249928,
            (1878.3682486149653, 6516.143061524086, 7497.304155516965, 3014.3804616185216),
        ),
    ],
)
def test_solar_power_of_a_seed_is_that_of_the_reference(sky: Sky, together: float, some: tuple[float, ...]) -> None:
    """The same sequence of random numbers, used in the same order."""
    power = solar_power(sky, 301)
    assert power.sum() == pytest.approx(together, rel=1e-12)
    assert power[[7200, 21600, 30600, 50000]] == pytest.approx(some, rel=1e-12)


@pytest.mark.parametrize(
    ("seed", "together", "some"),
    [
        (301, 30862528.29652843, (316.9665453296738, 341.2072681513645, 347.2842930153153, 213.18276046639173)),
        (317, 31249467.937109426, (347.20008419038436, 187.3551266948872, 555.0747844291682, 325.163104602693)),
    ],
)
def test_house_power_of_a_seed_is_that_of_the_reference(seed: int, together: float, some: tuple[float, ...]) -> None:
    """The same appliances at the same times."""
    power = house_power(seed)
    assert power.sum() == pytest.approx(together, rel=1e-12)
    assert power[[0, 7200, 26100, 47600]] == pytest.approx(some, rel=1e-12)


def test_house_currents_of_a_seed_are_those_of_the_reference() -> None:
    """Three phases, never above 23 A, so that the house alone never overloads the fuse."""
    currents = house_currents(3)
    expected = [135546.48838593825, 203073.65418646415, 146560.95615738767]
    assert currents.sum(axis=1).tolist() == pytest.approx(expected)
    assert currents.max() == 23


def test_the_surplus_of_a_day_is_sun_less_house() -> None:
    """It is negative at night."""
    of = day(Sky.CLEAR, 301)
    assert len(of.surplus) == SECONDS
    assert np.array_equal(of.surplus, of.solar - of.house)
    assert of.surplus[0] < 0 < of.surplus[SECONDS // 2]
