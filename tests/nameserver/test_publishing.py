"""``daemon.publish``: a name that lasts as long as its daemon, and no longer."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import pyrox
import pyrox.aio
from pyrox_nameserver import start_ns
from pyrox_tls.certificates.authority import Authority, create_authority
from tests.behaviour.objects import eventually
from tests.threaded import ThreadedDaemon

Server = Callable[..., Any]


@pyrox.expose
class Lamp:
    def shine(self) -> str:
        return "light"


class Town:
    """A name server that can go away and come back with nothing remembered."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.daemon: Any = None
        self.port = 0

    def open(self) -> None:
        self.daemon = start_ns(f"127.0.0.1:{self.port}", config=pyrox.Config())
        self.port = pyrox.split_host_port(self.daemon.location)[1] or 0

    def close(self) -> None:
        if self.daemon is not None:
            self.daemon.shutdown()
            self.daemon = None

    @property
    def settings(self) -> dict[str, Any]:
        return {"ns_host": "127.0.0.1", "ns_port": self.port, "ns_refresh": 0.05}

    def names(self) -> dict[str, Any]:
        """Return what is registered, beside the name server itself."""
        with pyrox.locate_ns("127.0.0.1", self.port) as ns:
            found: dict[str, Any] = ns.list()
        found.pop(pyrox.NAMESERVER_ID)
        return found


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    town.open()
    yield town
    town.close()


@pytest.fixture(params=["thread", "multiplex", "asyncio"])
def start(request: pytest.FixtureRequest, town: Town) -> Iterator[Callable[..., Any]]:
    """Start daemons of one kind, whose ``publish`` may be called from here."""
    with ExitStack() as cleanup:

        def start(where: str = "127.0.0.1:0", **settings: Any) -> Any:
            config = pyrox.Config(**{**town.settings, **settings})
            daemon: Any
            if request.param == "asyncio":
                daemon = ThreadedDaemon(where, config=config)
            else:
                daemon = pyrox.Daemon(where, config=config.replace(server=request.param))
            cleanup.callback(daemon.shutdown)
            return daemon.start()

        yield start


def test_a_published_name_leads_to_the_object(town: Town, start: Server) -> None:
    daemon = start()
    uri = daemon.publish(Lamp, "lamp.hall", metadata=["hall", "lamp"])
    assert town.names() == {"lamp.hall": str(uri)}
    with pyrox.Proxy(f"PYROMETA:hall,lamp@127.0.0.1:{town.port}") as lamp:
        assert lamp.shine() == "light"


def test_an_object_that_is_registered_already_keeps_its_uri(town: Town, start: Server) -> None:
    daemon = start()
    lamp = Lamp()
    uri = daemon.register(lamp, "lamp")
    assert daemon.publish(lamp, "a") == daemon.publish(lamp, "b") == uri
    assert town.names() == {"a": str(uri), "b": str(uri)}


def test_an_object_that_is_not_registered_may_get_an_id(town: Town, start: Server) -> None:
    uri = start().publish(Lamp(), "lamp", object_id="lamp.1")
    assert uri.object == "lamp.1"


def test_it_is_gone_once_the_daemon_is_closed(town: Town, start: Server) -> None:
    daemon = start()
    daemon.publish(Lamp(), "lamp")
    daemon.shutdown()
    assert town.names() == {}


def test_a_name_server_that_forgot_it_is_told_again(town: Town, start: Server) -> None:
    daemon = start()
    uri = daemon.publish(Lamp(), "lamp", metadata={"hall"})
    town.close()
    town.open()
    eventually(lambda: town.names() == {"lamp": str(uri)}, "it was not registered again")
    with pyrox.locate_ns("127.0.0.1", town.port) as ns:
        assert set(ns.lookup("lamp", return_metadata=True)[1]) == {"hall"}


@pytest.fixture
def site(tmp_path: Path) -> Authority:
    """An authority that signed a certificate for a daemon here."""
    create_authority(tmp_path / "certs", "the site")
    authority = Authority(tmp_path / "certs")
    authority.sign_server(["127.0.0.1"], 30, "lamp")
    return authority


def test_a_renewed_certificate_is_published_by_itself(
    town: Town, start: Server, site: Authority
) -> None:
    lamp = site.find("lamp")
    daemon = start(
        "tls://127.0.0.1:0",
        tls_pin=True,
        tls_certificate=str(lamp.file),
        tls_key=str(lamp.key_file),
    )
    before = str(daemon.publish(Lamp(), "lamp", metadata={"hall"}))
    assert town.names() == {"lamp": before}
    site.renew("lamp", 20)
    eventually(lambda: town.names() != {"lamp": before}, "it still names the old certificate")
    with pyrox.Proxy(f"PYROMETA:hall@127.0.0.1:{town.port}") as proxy:
        assert proxy.shine() == "light"
    daemon.shutdown()
    assert town.names() == {}


def test_a_name_that_others_took_is_left_to_them(
    town: Town, start: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "pyrox.daemon")
    daemon = start()
    daemon.publish(Lamp(), "lamp")
    other = "PYRO:other@localhost:1"
    with pyrox.locate_ns("127.0.0.1", town.port) as ns:
        ns.register("lamp", other)
    eventually(lambda: "lamp is published no longer" in caplog.text, "nobody noticed")
    daemon.shutdown()
    assert town.names() == {"lamp": other}


def test_taken_just_before_the_end_it_is_not_removed_either(town: Town, start: Server) -> None:
    daemon = start(ns_refresh=1000.0)
    daemon.publish(Lamp(), "lamp")
    other = "PYRO:other@localhost:1"
    with pyrox.locate_ns("127.0.0.1", town.port) as ns:
        ns.register("lamp", other)
    daemon.shutdown()
    assert town.names() == {"lamp": other}


def test_without_a_name_server_nothing_is_published(town: Town, start: Server) -> None:
    town.close()
    with pytest.raises(pyrox.NamingError, match="no name server found"):
        start().publish(Lamp(), "lamp")


def test_a_name_server_that_is_away_holds_up_no_end(
    town: Town, start: Server, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = start()
    daemon.publish(Lamp(), "lamp")
    town.close()
    daemon.shutdown()
    assert "cannot remove lamp from the name server" in caplog.text


def test_under_asyncio_it_is_awaited(town: Town) -> None:
    async def main() -> None:
        config = pyrox.Config(**town.settings)
        async with pyrox.aio.Daemon("127.0.0.1:0", config=config) as daemon:
            uri = await daemon.publish(Lamp(), "lamp")
            assert await asyncio.to_thread(town.names) == {"lamp": str(uri)}

    asyncio.run(main())
    assert town.names() == {}
