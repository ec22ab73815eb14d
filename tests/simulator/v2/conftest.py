"""Fixtures: a scripted central system of OCPP 2.x that checks what it is told, and what a single room needs."""

from collections.abc import AsyncGenerator

import pytest

from custom_components.ocpp_csms.simulator.v2.device_model import DeviceModel
from tests.simulator.v2.central import CheckingCentral
from tests.simulator.v2.rooms import Surroundings, small_model


@pytest.fixture
def version() -> str:
    """The version that is spoken; a test may choose another one by a parameter of this name."""
    return "2.0.1"


@pytest.fixture
async def central(socket_enabled: None, version: str) -> AsyncGenerator[CheckingCentral]:
    """A central system that accepts everything; at the end nothing may have been told that the schemas forbid."""
    opened = await CheckingCentral(version).open()
    yield opened
    await opened.close()
    assert opened.violations == []


@pytest.fixture
def around() -> Surroundings:
    """What is around a single room."""
    return Surroundings()


@pytest.fixture
def model() -> DeviceModel:
    """The device model of a station with two EVSEs."""
    return small_model()
