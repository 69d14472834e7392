"""A server with two objects."""

import pytest

from tests.core.dispatch.objects import Guarded, Service
from tests.core.dispatch.server import Server


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


@pytest.fixture
def server(service: Service, guarded: Guarded) -> Server:
    return Server({"service": service, "guarded": guarded})
