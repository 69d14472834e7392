"""Unix sockets (reference 6.3): files, and names in Linux's abstract namespace."""

import contextlib
import fcntl
import grp
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyrox
from pyrox_unix import files
from tests.transports.conftest import Server

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")


def test_the_uri_names_the_path_as_pyro5_writes_it(serve: Server, tmp_path: Path) -> None:
    daemon = serve(f"unix:{tmp_path}/socket")
    assert str(daemon.uri_for("thing")) == f"PYRO:thing@./u:{tmp_path}/socket"
    assert daemon.location == f"./u:{tmp_path}/socket"


@pytest.mark.parametrize("form", ["unix:{}", "./u:{}", "unix://{}", "unix:./u:{}"])
def test_a_location_may_be_written_in_several_ways(
    serve: Server, tmp_path: Path, form: str
) -> None:
    daemon = serve(form.format(tmp_path / "socket"))
    assert daemon.location == f"./u:{tmp_path}/socket"


def test_a_path_may_have_spaces(serve: Server, tmp_path: Path) -> None:
    daemon = serve(f"unix:{tmp_path}/a socket with spaces")
    with pyrox.Proxy(str(daemon.uri_for("thing"))) as proxy:
        assert proxy.echo(1) == 1


def test_the_file_goes_when_the_daemon_closes(serve: Server, tmp_path: Path) -> None:
    daemon = serve(f"unix:{tmp_path}/socket")
    assert (tmp_path / "socket").is_socket()
    daemon.close()
    assert not (tmp_path / "socket").exists()


def test_a_file_that_took_its_place_stays(serve: Server, tmp_path: Path) -> None:
    daemon = serve(f"unix:{tmp_path}/socket")
    (tmp_path / "other").write_text("somebody else's")
    (tmp_path / "other").replace(tmp_path / "socket")
    daemon.close()
    assert (tmp_path / "socket").read_text() == "somebody else's"


def test_the_file_is_found_after_the_working_directory_changed(
    serve: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    daemon = serve("unix:socket")
    assert daemon.location == "./u:socket"
    monkeypatch.chdir("/")
    daemon.close()
    assert not (tmp_path / "socket").exists()


def test_without_a_path_it_is_in_a_new_folder_which_goes_with_it(serve: Server) -> None:
    daemon = serve("unix:")
    path = Path(daemon.location.removeprefix("./u:"))
    assert path.is_socket()
    assert path.parent.stat().st_mode & 0o777 == 0o700
    daemon.close()
    assert not path.parent.exists()


def test_a_path_that_exists_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "socket").write_text("precious")
    with pytest.raises(OSError, match="there is a file, which is no socket"):
        pyrox.Daemon(f"unix:{tmp_path}/socket")
    assert (tmp_path / "socket").read_text() == "precious"


def test_the_socket_of_a_living_daemon_is_not_taken(serve: Server, tmp_path: Path) -> None:
    daemon = serve(f"unix:{tmp_path}/socket")
    with pytest.raises(OSError, match="another program listens there"):
        pyrox.Daemon(f"unix:{tmp_path}/socket")
    with pyrox.Proxy(daemon.uri_for("thing")) as proxy:
        assert proxy.echo(1) == 1


def test_a_path_without_a_folder_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        pyrox.Daemon(f"unix:{tmp_path}/missing/socket")


def test_a_path_that_is_too_long_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="use a shorter path"):
        pyrox.Daemon(f"unix:{tmp_path}/{'x' * 120}")


def test_a_path_with_a_colon_is_refused_since_no_uri_could_have_it(tmp_path: Path) -> None:
    with pytest.raises(pyrox.UsageError, match="no colon"):
        pyrox.Daemon(f"unix:{tmp_path}/a:b")


def test_a_unix_socket_has_no_nat(tmp_path: Path) -> None:
    with pytest.raises(pyrox.UsageError, match="not for unix sockets"):
        pyrox.Daemon(f"unix:{tmp_path}/socket", nat_location="far.example:1")
    assert not (tmp_path / "socket").exists()


def test_where_no_socket_is_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(pyrox.ConnectError, match="there is no such socket") as info:
        pyrox.Proxy(f"PYRO:thing@./u:{tmp_path}/missing").echo(1)
    assert info.value.outcome is pyrox.Outcome.NOT_SENT


def test_where_a_daemon_left_its_socket_behind_the_error_says_so(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(tmp_path / "left"))
    with pytest.raises(pyrox.ConnectError, match=r"nothing listens there .* check the path"):
        pyrox.Proxy(f"PYRO:thing@./u:{tmp_path}/left").echo(1)


def test_no_other_machine_can_connect_so_nobody_is_warned(
    serve: Server, caplog: pytest.LogCaptureFixture
) -> None:
    serve("unix:")
    assert not caplog.records


@needs_linux
@pytest.mark.parametrize("mark", ["@", "\0"], ids=["@", "NUL"])
def test_an_abstract_socket_is_no_file(serve: Server, mark: str, tmp_path: Path) -> None:
    name = f"{mark}pyrox-tests-{os.getpid()}-{id(tmp_path)}"
    daemon = serve(f"unix:{name}")
    assert str(daemon.uri_for("thing")) == f"PYRO:thing@./u:{name}"
    assert not Path(name.replace("\0", "")).exists()
    with pyrox.Proxy(str(daemon.uri_for("thing"))) as proxy:
        assert proxy.echo(1) == 1
    with pyrox.Proxy(f"PYRO:thing@./u:\0{name[1:]}") as proxy:
        assert proxy.echo(2) == 2
    with pytest.raises(OSError, match="another program listens there"):
        pyrox.Daemon(f"unix:{name}")


def test_elsewhere_an_abstract_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(pyrox.UsageError, match="which only Linux has"):
        pyrox.Daemon("unix:@name")


# Who may use it


@pytest.fixture
def anybody() -> Iterator[None]:
    """Let new files be open to everybody, unless something sees to it that they are not."""
    before = os.umask(0)
    yield
    os.umask(before)


def permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("anybody")
@pytest.mark.parametrize(
    ("settings", "mode"), [({}, 0o600), ({"unix_mode": "660"}, 0o660), ({"unix_mode": ""}, 0o777)]
)
def test_only_its_own_user_may_connect_unless_the_settings_say_otherwise(
    serve: Server, tmp_path: Path, settings: dict[str, str], mode: int
) -> None:
    serve(f"unix:{tmp_path}/socket", **settings)
    assert permissions(tmp_path / "socket") == mode


@pytest.mark.parametrize("mode", ["rw", "8", "1777", "-1", "6 0"])
def test_permissions_that_are_none_are_refused(mode: str) -> None:
    with pytest.raises(pyrox.ConfigError, match="unix_mode is up to three octal digits"):
        pyrox.Config(unix_mode=mode)


def test_a_socket_may_belong_to_a_group(serve: Server, tmp_path: Path) -> None:
    own = os.getgid()
    serve(f"unix:{tmp_path}/by-number", unix_group=str(own))
    serve(f"unix:{tmp_path}/by-name", unix_group=grp.getgrgid(own).gr_name)
    assert {path.stat().st_gid for path in tmp_path.iterdir()} == {own}


def test_a_group_that_there_is_not_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(pyrox.UsageError, match="no group 'nobody-of-that-name'"):
        pyrox.Daemon(
            f"unix:{tmp_path}/socket", config=pyrox.Config(unix_group="nobody-of-that-name")
        )
    assert list(tmp_path.iterdir()) == []


@needs_linux
def test_a_method_knows_who_calls(serve: Server, tmp_path: Path) -> None:
    @pyrox.expose
    class Door:
        def caller(self) -> tuple[int, int, int] | None:
            return pyrox.current_context.peer.credentials

    daemon = serve(f"unix:{tmp_path}/socket")
    own = (os.getuid(), os.getgid(), os.getpid())
    with pyrox.Proxy(daemon.register(Door())) as door:
        assert tuple(door.caller()) == own
        assert door._pyro.peer is not None
        assert door._pyro.peer.credentials == own


# What is left of a daemon that died


def left_behind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(path))
        left.listen()


def test_a_socket_that_nobody_listens_at_is_cleared_away(serve: Server, tmp_path: Path) -> None:
    left_behind(tmp_path / "socket")
    daemon = serve(f"unix:{tmp_path}/socket")
    with pyrox.Proxy(daemon.uri_for("thing")) as proxy:
        assert proxy.echo(1) == 1


def test_one_that_is_about_to_listen_is_left_alone(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as slow:
        slow.bind(os.fspath(tmp_path / "socket"))
        looks: list[str] = []

        def look(path: str) -> bool:
            looks.append(path)
            if len(looks) == 2:
                slow.listen()
            return refused(path)

        refused = files._is_refused
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "_is_refused", look)
            with pytest.raises(OSError, match="another program listens there"):
                pyrox.Daemon(f"unix:{tmp_path}/socket")
        assert len(looks) == 2


def test_one_whose_queue_is_full_is_alive(tmp_path: Path) -> None:
    path = os.fspath(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as busy, contextlib.ExitStack() as stack:
        busy.bind(path)
        busy.listen(0)
        for _ in range(3):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect_ex(path)
        assert not files.is_stale(path)


def test_a_socket_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(os.fspath(tmp_path / "socket"))
        with pytest.raises(OSError, match="another program listens there"):
            pyrox.Daemon(f"unix:{tmp_path}/socket")


def test_of_many_daemons_that_start_at_once_one_gets_the_socket(tmp_path: Path) -> None:
    left_behind(tmp_path / "socket")
    program = (
        "import sys, pyrox\n"
        "sys.stdin.readline()\n"
        "try:\n"
        "    daemon = pyrox.Daemon(f'unix:{sys.argv[1]}').start()\n"
        "except OSError:\n"
        "    print('refused', flush=True)\n"
        "else:\n"
        "    print('listens', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", program, os.fspath(tmp_path / "socket")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    racers = [subprocess.Popen(command, **pipes) for _ in range(6)]  # type: ignore[call-overload]
    try:
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        told = sorted(racer.stdout.readline().strip() for racer in racers)
        assert told == ["listens"] + ["refused"] * 5
        with pyrox.Proxy(f"PYRO:{pyrox.DAEMON_ID}@./u:{tmp_path}/socket") as daemon:
            assert daemon.ping() is None
    finally:
        for racer in racers:
            racer.communicate("end\n", timeout=20)


def test_a_folder_that_others_hold_back_is_waited_for_only_so_long(
    serve: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PATIENCE", 0.05)
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    serve(f"unix:{tmp_path}/new")
    left_behind(tmp_path / "left")
    with pytest.raises(OSError, match=r"is gone, but another program holds a lock \(flock\) on"):
        pyrox.Daemon(f"unix:{tmp_path}/left")
    os.close(held)
