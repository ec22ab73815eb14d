"""Cars that are offered current and draw none: what is tried, and when it is given up."""

from hypothesis import given, strategies as st

from custom_components.ocpp_csms.charging.wakeup import (
    CarReport,
    WakeSample,
    WakeStage,
    WakeState,
    next_attempt,
    wake_step,
)


class Car:
    """A connector that is looked at every 5 s."""

    def __init__(self) -> None:
        """Be plugged in and asleep."""
        self.state = WakeState()
        self.now = 0
        self.told: list[tuple[int, CarReport]] = []

    def wait(
        self, seconds: int, current: float = 0, offered: float = 10, declined: bool = False, plugged_in: bool = True
    ) -> list[tuple[int, WakeStage]]:
        """The stages that are entered meanwhile, and when."""
        entered: list[tuple[int, WakeStage]] = []
        for _ in range(0, seconds, 5):
            sample = WakeSample(
                now=self.now, plugged_in=plugged_in, offered=offered, minimum=6, current=current, declined=declined
            )
            before = self.state.stage
            self.state, report = wake_step(self.state, sample)
            if report is not None:
                self.told.append((self.now, report))
            if self.state.stage is not before:
                entered.append((self.now, self.state.stage))
            self.now += 5
        return entered

    def sleep_until_reported(self) -> None:
        """Go through all attempts."""
        self.wait(290)
        assert self.told == [(285, CarReport.NOT_DRAWING)]


def test_a_car_that_charges_is_left_alone() -> None:
    """There is nothing to wake."""
    assert Car().wait(3600, current=9.7) == []


def test_a_car_that_is_offered_nothing_is_left_alone() -> None:
    """Less than the minimum is nothing."""
    assert Car().wait(3600, offered=5.9) == []


def test_a_car_that_does_not_draw_is_woken_step_by_step() -> None:
    """Offered anew after 90 s, then a pulse, then the user is told."""
    car = Car()
    assert car.wait(300) == [
        (90, WakeStage.WITHDRAWN),
        (105, WakeStage.OFFERED_AGAIN),
        (195, WakeStage.PULSED),
        (225, WakeStage.OFFERED_AFTER_PULSE),
        (285, WakeStage.BACKING_OFF),
    ]
    assert car.told == [(285, CarReport.NOT_DRAWING)]


def test_after_a_quarter_of_an_hour_it_is_tried_again_but_told_once() -> None:
    """Nobody wants to hear it every 20 minutes."""
    car = Car()
    car.sleep_until_reported()
    begun = 285 + 900
    assert car.wait(1195) == [
        (begun, WakeStage.WATCHING),
        (begun + 90, WakeStage.WITHDRAWN),
        (begun + 105, WakeStage.OFFERED_AGAIN),
        (begun + 195, WakeStage.PULSED),
        (begun + 225, WakeStage.OFFERED_AFTER_PULSE),
        (begun + 285, WakeStage.BACKING_OFF),
    ]
    assert len(car.told) == 1


def test_the_quarter_of_an_hour_outlasts_clouds() -> None:
    """An offer that goes and comes back begins nothing anew."""
    car = Car()
    car.sleep_until_reported()
    assert car.wait(300, offered=0) == []
    assert car.wait(500) == []


def test_a_car_that_wakes_ends_the_attempts() -> None:
    """Its limit is in force already."""
    car = Car()
    car.wait(120)
    assert car.wait(3600, current=9.7) == [(120, WakeStage.WATCHING)]


def test_a_car_that_wakes_at_the_pulse_gets_its_limit_back() -> None:
    """Twice the minimum was not meant to last."""
    car = Car()
    car.wait(200)
    assert car.state.stage is WakeStage.PULSED
    assert car.wait(60, current=11.7) == [(200, WakeStage.WATCHING)]


def test_after_it_drew_it_is_told_again() -> None:
    """That is another story."""
    car = Car()
    car.sleep_until_reported()
    car.wait(60, current=9.7)
    car.wait(300)
    assert [report for _, report in car.told] == [CarReport.NOT_DRAWING] * 2


def test_a_car_that_declines_after_it_drew_is_full() -> None:
    """It is left alone from then on."""
    car = Car()
    car.wait(600, current=9.7)
    assert car.wait(95, declined=True) == [(690, WakeStage.FULL)]
    assert car.told == [(690, CarReport.FULL)]
    assert car.wait(7200, declined=True) == []


def test_a_full_car_stays_full_through_a_pause() -> None:
    """Clouds do not empty it."""
    car = Car()
    car.wait(600, current=9.7)
    car.wait(95, declined=True)
    car.wait(600, offered=0)
    assert car.wait(7200, declined=True) == []


def test_a_car_that_declines_without_having_drawn_is_woken() -> None:
    """Some say so while asleep, also after a pause in which they had to stop."""
    assert Car().wait(95, declined=True) == [(90, WakeStage.WITHDRAWN)]
    car = Car()
    car.wait(600, current=9.7)
    car.wait(600, offered=0)
    assert [stage for _, stage in car.wait(95, declined=True)] == [WakeStage.WITHDRAWN]


def test_a_full_car_that_draws_again_is_no_longer_full() -> None:
    """It heats, or wants to go on."""
    car = Car()
    car.wait(600, current=9.7)
    car.wait(95, declined=True)
    car.wait(60, current=3)
    assert car.state == WakeState(drew=True)


def test_unplugging_forgets_everything() -> None:
    """The next car is another one."""
    car = Car()
    car.sleep_until_reported()
    car.wait(5, plugged_in=False)
    assert car.state == WakeState()


def test_an_offer_that_ends_ends_the_attempts() -> None:
    """And 90 s begin anew with the next one."""
    car = Car()
    car.wait(100)
    assert car.wait(30, offered=0) == [(100, WakeStage.WATCHING)]
    assert car.wait(95) == [(220, WakeStage.WITHDRAWN)]


def test_the_next_attempt_is_known_while_a_car_sleeps() -> None:
    """Of one that is only watched, or left alone for good, there is none."""
    assert next_attempt(WakeState(since=5.0)) is None
    assert next_attempt(WakeState(stage=WakeStage.FULL, since=5.0)) is None
    assert next_attempt(WakeState(stage=WakeStage.WITHDRAWN, since=5.0)) == 20
    assert next_attempt(WakeState(stage=WakeStage.BACKING_OFF, since=5.0)) == 905


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 10.0]), st.booleans(), st.integers(5, 600)), max_size=40)
)
def test_a_car_is_woken_at_most_once_in_a_quarter_of_an_hour_after_it_was_told(
    events: list[tuple[bool, float, bool, int]],
) -> None:
    """Whatever sun and car do, between a report and the next attempt without current are 15 minutes."""
    car, told = Car(), None
    for draws, offered, declined, seconds in events:
        if draws and offered:
            told = None
        for at, stage in car.wait(seconds, 9.7 if draws and offered else 0, offered, declined):
            assert told is None or at - told >= 900
            told = at if stage is WakeStage.BACKING_OFF else None
