"""Unix sockets. Reference 3.5 and 6.3."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyrox_pyro5.api import Daemon, Proxy, expose

Run = Callable[[Daemon], Daemon]


@expose
class Speaker:
    def echo(self, value: Any) -> Any:
        return value


@pytest.mark.parametrize("name", ["plain.sock", "with a space"])
def test_a_daemon_listens_on_a_path(run: Run, server_type: str, tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    daemon = run(Daemon(unixsocket=path))
    assert daemon.locationStr == f"./u:{path}"
    uri = daemon.register(Speaker(), "speaker")
    assert str(uri) == f"PYRO:speaker@./u:{path}"
    assert (uri.sockname, uri.host, uri.port) == (path, None, None)
    with Proxy(uri) as proxy:
        assert proxy.echo("hi") == "hi"
        assert "connected Unix" in repr(proxy)


def test_the_file_goes_with_the_daemon(server_type: str, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with Daemon(unixsocket=str(path)):
        assert path.is_socket()
    assert not path.exists()


def test_a_path_that_is_taken_is_left_alone(server_type: str, tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.write_text("precious")
    with pytest.raises(OSError, match="there is a file, which is no socket"):
        Daemon(unixsocket=str(path))
    assert path.read_text() == "precious"


def test_an_abstract_name_leaves_no_file(run: Run, server_type: str) -> None:
    name = f"\0pyrox-test-{os.getpid()}-{server_type}"
    uri = run(Daemon(unixsocket=name)).register(Speaker())
    with Proxy(uri) as proxy:
        assert proxy.echo("hi") == "hi"


def test_a_unix_socket_is_behind_no_router(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^cannot use nathost together with unixsocket$"):
        Daemon(unixsocket=str(tmp_path / "socket"), nathost="outside.example")
    assert not (tmp_path / "socket").exists()
