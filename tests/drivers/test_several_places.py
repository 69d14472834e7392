"""A daemon that listens at several places at once."""

import asyncio
import logging
from pathlib import Path

import pytest

import pyrox
import pyrox.aio
from tests.drivers.conftest import Connect, Start


@pyrox.expose
class Shop:
    """Hands out references to what else it serves."""

    def __init__(self) -> None:
        self.shelf = Shelf()

    def greet(self) -> str:
        return f"from {type(pyrox.current_context.peer.stream).__name__}"

    def open_shelf(self) -> "Shelf":
        return self.shelf


@pyrox.expose
class Shelf:
    def count(self) -> int:
        return 7


PLACES = ["tcp://localhost:0", "unix:", "tls://localhost:0", "memory://"]
ALL = pytest.mark.parametrize("server", ["thread", "multiplex", "asyncio"])
AT_TCP = pytest.mark.parametrize("location", ["tcp://localhost:0"])


@pytest.fixture
def places(certified: None) -> list[str]:
    return list(PLACES)


@ALL
@AT_TCP
def test_the_same_objects_are_at_every_place(
    start: Start, connect: Connect, places: list[str]
) -> None:
    served = start(places)
    served.register(Shop(), "shop")
    locations = served.daemon.locations
    assert [where.partition("://")[0] for where in locations] == ["tcp", "unix", "tls", "memory"]
    for transport in ("tcp", "unix", "tls", "memory"):
        uri = served.daemon.uri_for("shop", transport=transport)
        assert connect(str(uri)).call("greet").startswith("from ")
    assert served.daemon.connections == 4


@ALL
@AT_TCP
def test_a_place_is_added_while_the_daemon_serves(start: Start, connect: Connect) -> None:
    served = start()
    uri = served.register(Shop(), "shop")
    assert connect(uri).call("greet")
    where = served.daemon.listen("unix:")
    assert where.startswith("unix://")
    assert connect(str(served.daemon.uri_for("shop", transport="unix"))).call("greet")
    assert served.daemon.uri_for("shop") == pyrox.URI(uri), "the first place is not that any more"


@ALL
@AT_TCP
def test_a_reference_names_the_place_that_the_client_came_by(
    start: Start, connect: Connect
) -> None:
    served = start(["tcp://localhost:0", "unix:"])
    shop = Shop()
    served.register(shop, "shop")
    served.register(shop.shelf, "shelf")
    for transport in ("tcp", "unix"):
        uri = served.daemon.uri_for("shop", transport=transport)
        shelf = connect(str(uri)).call("open_shelf")
        assert shelf._pyro.uri == served.daemon.uri_for("shelf", transport=transport)


@ALL
@AT_TCP
def test_all_places_are_closed_with_the_daemon(
    start: Start, connect: Connect, tmp_path: Path
) -> None:
    path = tmp_path / "shop"
    served = start(["tcp://localhost:0", f"unix:{path}"])
    served.register(Shop(), "shop")
    uris = [served.daemon.uri_for("shop", transport=name) for name in ("tcp", "unix")]
    assert connect(str(uris[1])).call("greet")
    served.shutdown()
    assert not path.exists()
    for uri in uris:
        with pytest.raises(pyrox.ConnectError):
            pyrox.Proxy(uri).greet()


@pytest.mark.parametrize("kind", [pyrox.Daemon, pyrox.aio.Daemon])
def test_a_place_that_cannot_be_had_leaves_none_of_the_others(kind: type, tmp_path: Path) -> None:
    path = tmp_path / "shop"

    async def make() -> None:
        kind([f"unix:{path}", "tcp://no-such-host.invalid:0"])

    with pytest.raises(OSError):
        asyncio.run(make())
    assert not path.exists()


def test_an_empty_list_of_places_is_refused() -> None:
    with pytest.raises(pyrox.UsageError, match="one place at least"):
        pyrox.Daemon([])


def test_a_transport_that_it_does_not_listen_by_is_said_to_be_none_of_its() -> None:
    with (
        pyrox.Daemon("tcp://localhost:0") as daemon,
        pytest.raises(pyrox.UsageError, match="does not listen by unix, only at tcp://localhost"),
    ):
        daemon.uri_for("shop", transport="unix")


def test_a_closed_daemon_listens_nowhere_else() -> None:
    daemon = pyrox.Daemon("tcp://localhost:0")
    daemon.close()
    with pytest.raises(pyrox.DaemonError, match="closed"):
        daemon.listen("unix:")


def test_every_public_place_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.WARNING, "pyrox"),
        pyrox.Daemon(["tcp://localhost:0", "tcp://0.0.0.0:0"]),
    ):
        warned = [record for record in caplog.records if "every program" in record.message]
    assert len(warned) == 1
