"""What the tests of identities and permissions share: a robot, and daemons that know clients."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

import pyrox

ARM = "arm:a secret of sixteen and more"
LEG = "leg:another secret, as long as that"


@pyrox.expose
class Robot:
    def __init__(self) -> None:
        self.moves = 0
        self._speed = 1

    def who(self) -> Any:
        identity = pyrox.current_context.identity
        return None if identity is None else str(identity)

    def roles(self) -> list[str]:
        identity = pyrox.current_context.identity
        return [] if identity is None else sorted(identity.roles)

    @pyrox.expose(requires="operator")
    def move(self) -> int:
        self.moves += 1
        return self.moves

    @pyrox.oneway
    @pyrox.expose(requires="operator")
    def push(self) -> None:
        self.moves += 1

    @pyrox.expose(requires=["operator", "mechanic"])
    def repair(self) -> str:
        return "repaired"

    @pyrox.expose(requires="operator")
    def steps(self) -> Iterator[int]:
        yield from range(3)

    @property
    def speed(self) -> int:
        return self._speed

    @speed.setter
    @pyrox.expose(requires="operator")
    def speed(self, speed: int) -> None:
        self._speed = speed

    @property
    @pyrox.expose(requires="mechanic")
    def voltage(self) -> float:
        return 3.3


class Serve(Protocol):
    def __call__(
        self, *, location: str = ..., policy: pyrox.Policy | None = ..., **settings: Any
    ) -> str: ...


@pytest.fixture(params=["thread", "multiplex"])
def server_type(request: pytest.FixtureRequest) -> str:
    """Either kind of daemon."""
    return str(request.param)


@pytest.fixture
def robot() -> Robot:
    return Robot()


@pytest.fixture
def serve(server_type: str, robot: Robot) -> Iterator[Serve]:
    """Serve the robot in a daemon with these settings; the URI."""
    daemons: list[pyrox.Daemon] = []

    def serve(
        *, location: str = "localhost:0", policy: pyrox.Policy | None = None, **settings: Any
    ) -> str:
        config = pyrox.Config(server=server_type, **settings)
        daemon = pyrox.Daemon(location, config=config, policy=policy)
        daemons.append(daemon)
        uri = daemon.register(robot, "robot")
        daemon.start()
        return str(uri)

    yield serve
    for daemon in daemons:
        daemon.close()


def client(uri: str, token: str = "", **settings: Any) -> pyrox.Proxy:
    """A proxy that proves to know a token, or does not."""
    return pyrox.Proxy(uri, config=pyrox.Config(token=token, timeout=20.0, **settings))
