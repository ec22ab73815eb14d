"""Background tasks: each is kept until it ends, and ends with its owner. The log hears of one that fails, nobody else."""

import asyncio

import pytest

from custom_components.ocpp_csms.csms.background import BackgroundTasks


async def test_the_owner_is_told_of_each_task_that_has_ended() -> None:
    """`done` is called after the work, whatever became of it."""
    ended = asyncio.Event()

    async def work() -> None:
        """Nothing to do."""

    BackgroundTasks("Work", ended.set).spawn(work())
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_failure_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is raised to whoever waits, and there is no traceback."""
    tasks = BackgroundTasks("Work of a test")

    async def work() -> None:
        raise ValueError("broken")

    tasks.spawn(work())
    await tasks.wait()
    assert [record.getMessage() for record in caplog.records] == ["Work of a test failed: ValueError('broken')"]
    assert caplog.records[0].exc_info is None


async def test_canceled_work_has_ended_when_it_was_waited_for() -> None:
    """None goes on, and a cancellation is no failure."""
    tasks = BackgroundTasks("Work")
    state = ["new"]

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            state.append("ended")

    tasks.spawn(work())
    await asyncio.sleep(0)  # one turn of the loop: it has begun
    tasks.cancel()
    await tasks.wait()
    assert state == ["new", "ended"]
