"""A name server at a unix socket, and names of objects at unix sockets."""

from pathlib import Path

import pytest

import pyrox
from pyrox import NamingError
from pyrox_nameserver import AutoCleaner, start_ns

pytestmark = pytest.mark.skipif(
    "unix" not in pyrox.installed_plugins().transports, reason="needs the unix transport"
)


def test_it_is_found_by_the_path(tmp_path: Path) -> None:
    where = f"./u:{tmp_path / 'ns'}"
    with start_ns(where) as daemon, pyrox.locate_ns(where) as names:
        assert daemon.location == where
        names.register("a", "PYRO:a@localhost:1")
        assert str(names.lookup("a")) == "PYRO:a@localhost:1"
        assert str(names.lookup("Pyro.NameServer")) == f"PYRO:Pyro.NameServer@{where}"


def test_a_name_may_say_where_to_look_it_up(tmp_path: Path) -> None:
    # Reference 3.10: Pyro5 passes over such a location.
    where = f"./u:{tmp_path / 'ns'}"
    with start_ns(where), pyrox.locate_ns(where) as names:
        names.register("a", "PYRO:a@localhost:1", metadata={"red"})
        assert str(pyrox.resolve(f"PYRONAME:a@{where}")) == "PYRO:a@localhost:1"
        assert str(pyrox.resolve(f"PYROMETA:red@{where}")) == "PYRO:a@localhost:1"


def test_where_there_is_none_it_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NamingError, match="no name server found"):
        pyrox.locate_ns(f"./u:{tmp_path / 'nothing'}")


def test_it_answers_no_broadcasts(tmp_path: Path) -> None:
    with start_ns(f"./u:{tmp_path / 'ns'}", broadcast=True) as daemon:
        assert daemon.responder is None


def test_objects_there_count_as_alive_while_they_are_served(tmp_path: Path) -> None:
    now = 0.0
    with start_ns(f"./u:{tmp_path / 'ns'}") as names:
        cleaner = AutoCleaner(names.nameserver.table, 60.0, clock=lambda: now)
        with pyrox.Daemon(f"./u:{tmp_path / 'daemon'}") as daemon:
            names.nameserver.register("a", daemon.register(object(), "a"))
            cleaner.check()
            now = 60.0
            assert cleaner.check() == []
        cleaner.check()
        now = 120.0
        assert cleaner.check() == ["a"]
