"""The examples do what their README says, each as processes of their own.

They are not parametrized, or a run would try only a share of them.
"""

import hashlib
import itertools
import signal
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyrox
from pyrox_nameserver import NameServerDaemon, start_ns
from tests.programs import Program

EXAMPLES = Path(__file__).parents[2] / "examples"


def client_of(example: str) -> str:
    return str(EXAMPLES / example / "client.py")


class Stage:
    """Where the programs of one example run: in an empty folder."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self.settings: dict[str, str] = {}

    def server(self, example: str, *arguments: str, says: str = "PYRO:") -> tuple[Program, str]:
        """Run the server of an example; return it, and the line in which it ``says`` something."""
        program = self.run(str(EXAMPLES / example / "server.py"), *arguments)
        return program, program.line_with(says)

    def client(self, example: str, *arguments: str) -> list[str]:
        """Run the client of an example to its good end; return the lines that it prints."""
        return self.to_its_end(client_of(example), *arguments)

    def to_its_end(self, *arguments: str) -> list[str]:
        """Run ``python ARGUMENTS`` to its good end; return the lines that it prints."""
        code, out, err = self.run(*arguments).end()
        assert (code, err) == (0, "")
        return out.splitlines()

    def run(self, *arguments: str, keyboard: bool = False) -> Program:
        """Run ``python ARGUMENTS``."""
        program = Program(*arguments, keyboard=keyboard, **self.settings)
        self.programs.append(program)
        return program


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Let programs run in a temporary folder, and end them all."""
    monkeypatch.chdir(tmp_path)
    stage = Stage()
    try:
        yield stage
    finally:
        for program in stage.programs:
            program.kill()


@pytest.fixture
def name_server(stage: Stage) -> Iterator[NameServerDaemon]:
    """Run a name server on a free port, which the programs are told of."""
    with start_ns("localhost:0") as daemon:
        host, port = pyrox.split_host_port(daemon.location)
        stage.settings = {"PYROX_NS_HOST": host, "PYROX_NS_PORT": str(port)}
        yield daemon


def names_in(name_server: NameServerDaemon) -> list[str]:
    return sorted(name for name in name_server.nameserver.list() if name.startswith("example."))


def test_every_example_is_tried_here() -> None:
    tests = Path(__file__).read_text()
    for client in EXAMPLES.glob("*/client.py"):
        name = client.parent.name
        assert f'stage.server("{name}"' in tests and f'stage.client("{name}"' in tests


def test_every_example_is_in_the_readme_and_says_what_it_shows() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    for client in EXAMPLES.glob("*/client.py"):
        name = client.parent.name
        assert f"\n| [{name}]({name}) |" in readme
        for program in (client, client.with_name("server.py")):
            assert "\n\nShows " in program.read_text().split('"""')[1]


def test_a_greeter_greets_and_refuses(stage: Stage) -> None:
    _, uri = stage.server("greeting")
    assert stage.client("greeting", uri) == ["Hello, Ada.", "refused: a greeting needs a name"]


def test_an_instrument_is_set_and_read(stage: Stage) -> None:
    _, uri = stage.server("instrument")
    assert stage.client("instrument", uri) == [
        "20.5 C",
        "293.65 K",
        "293.65 294.15 294.65 295.15",
        "refused: no such unit: F",
        "nobody there, and not_sent",
    ]


def test_asyncio_asks_for_much_at_once_and_cancels(stage: Stage) -> None:
    _, uri = stage.server("asyncio")
    assert stage.client("asyncio", uri) == [
        "20 readings at once: True",
        "20.0 20.5 21.0",
        "given up, and cancelled there: True",
    ]


def test_instruments_are_read_at_once_and_a_calibration_is_cancelled(stage: Stage) -> None:
    _, uri = stage.server("instruments")
    assert stage.client("instruments", uri) == [
        "temperature: 20.5 C",
        "voltage: 5.0 V",
        "pressure: 1013.25 hPa",
        "temperature meanwhile: 20.5 20.75 21.0",
        "voltage is calibrated at 3 points",
        "refused: voltage is calibrating",
        "cancelled: 5.0 V, calibrated 1 time",
    ]


def test_chatting_people_hear_each_other_come_talk_and_go(stage: Stage) -> None:
    server, uri = stage.server("chat")
    ada = stage.run(client_of("chat"), uri, "tea", "Ada", keyboard=True)
    assert ada.line_with("*") == "* you are in tea, with nobody yet"
    bob = stage.run(client_of("chat"), uri, "tea", "Bob", keyboard=True)
    assert bob.line_with("*") == "* you are in tea, with Ada"
    assert ada.line_with("*") == "* Bob is here"
    ada.type("Good morning, Bob.")
    assert bob.line_with(":") == "Ada: Good morning, Bob."
    bob.type("x" * 1001)
    assert bob.line_with("*") == "* a line has 1 to 1000 characters that can be printed"
    bob.type("/quit")
    assert bob.end() == (0, "* you have left\n", "")
    assert ada.line_with("*") == "* Bob has left"

    eve = stage.run(client_of("chat"), uri, "tea", "Ada").end()
    assert (eve.code, eve.err) == (1, "there is a Ada in tea already\n")
    stage.client("chat", uri, "coffee", "Ada")
    bob = stage.run(client_of("chat"), uri, "tea", "Bob", keyboard=True)
    assert bob.line_with("*") == "* you are in tea, with Ada"
    bob.kill()
    assert ada.line_with("* Bob is gone") and server.process.poll() is None
    server.kill()
    code, out, err = ada.end()
    assert (code, out) == (1, "") and "connection" in err and "Traceback" not in err


def test_who_does_not_read_the_chat_is_dropped_and_told(stage: Stage) -> None:
    _, uri = stage.server("chat", "3")
    with pyrox.Proxy(uri) as idle, pyrox.Proxy(uri) as busy, pyrox.Proxy(uri) as quick:
        for chat, nick in ((idle, "Idle"), (busy, "Busy"), (quick, "Quick")):
            chat.join("tea", nick)
        heard = itertools.chain.from_iterable(quick.listen())
        for number in range(2):
            busy.say(f"line {number}")
            assert list(next(heard)) == ["Busy", f"line {number}"]
        assert list(next(heard)) == ["", "Idle did not read, and was dropped"]
        with pytest.raises(ValueError, match="you are in no room"):
            idle.say("still here")
        *lines, notice = itertools.chain.from_iterable(idle.listen())
        assert [text for _, text in lines] == ["Busy is here", "Quick is here", "line 0"]
        assert list(notice) == ["", "you did not read, and were dropped from the room"]
        assert idle.join("tea", "Idle") == ["Busy", "Quick"], "who was dropped may come again"


@pytest.mark.skipif(sys.platform == "win32", reason="select() takes 512 sockets there")
def test_a_thousand_people_chat_at_once(stage: Stage) -> None:
    _, uri = stage.server("chat")
    (summary,) = stage.to_its_end(str(EXAMPLES / "chat" / "crowd.py"), uri, "1000", "3")
    assert summary.startswith("1000 clients, 3000 messages sent, 147000 heard, ")


def test_a_crowd_that_does_not_hear_all_says_so(stage: Stage) -> None:
    _, uri = stage.server("chat", "0")  # whoever is to hear anything is dropped
    code, out, err = stage.run(str(EXAMPLES / "chat" / "crowd.py"), uri, "3").end()
    assert code == 1 and out.startswith("3 clients, ") and " 0 heard, " in out
    dropped = set(err.splitlines())  # whoever came before another one: all but the last
    assert len(dropped) <= 2
    assert dropped <= {f"client {number}: you are in no room" for number in range(3)}

    _, uri = stage.server("chat")
    with pyrox.Proxy(uri) as stranger:
        stranger.join("room 0", "client 1")  # who takes that name
        code, out, err = stage.run(str(EXAMPLES / "chat" / "crowd.py"), uri, "3").end()
        assert (code, out, err) == (1, "", "there is a client 1 in room 0 already\n")


def test_callbacks_come_before_the_call_returns(stage: Stage) -> None:
    _, uri = stage.server("callbacks")
    assert stage.client("callbacks", uri) == ["told: 1", "returned: 1", "told: 2", "returned: 2"]


def test_a_stream_ends_early_and_its_server_learns_of_it(stage: Stage) -> None:
    server, uri = stage.server("streams")
    assert stage.client("streams", uri) == [
        "divisors of 60: 1 2 3 4 5 6 10 12 15 20 30 60",
        "a prime that ends in 51: 1051",
    ]
    assert server.line_with("gone") == "a reader has gone after 9 primes"


def test_a_batch_stops_at_the_call_that_fails(stage: Stage) -> None:
    _, uri = stage.server("batches")
    assert stage.client("batches", uri) == [
        "a square: [0, 10] [10, 10] [10, 0] [0, 0]",
        "1000 calls in one message: [0, 1000]",
        "refused: (0, -1000) is beyond the edge of the world",
        "still at [0, 1000]",
    ]


def test_a_name_is_found_and_goes_with_its_server(
    stage: Stage, name_server: NameServerDaemon
) -> None:
    server, _ = stage.server("nameserver", says="example.almanac is PYRO:")
    assert stage.client("nameserver") == [
        "The eagle landed on a Sunday.",
        "unknown name: example.almanack; asked the name server at "
        f"{name_server.location}; did you mean example.almanac?",
    ]
    assert names_in(name_server) == ["example.almanac"]
    assert server.end(signal.SIGINT) == (0, "", "")
    assert names_in(name_server) == []


def test_printers_are_found_by_what_they_can_do(
    stage: Stage, name_server: NameServerDaemon
) -> None:
    stage.server("yellowpages", says="ready")
    assert stage.client("yellowpages") == [
        "example.printer.1: fast, printer",
        "example.printer.2: color, printer",
        "example.printer.3: large, printer",
        "color or large: example.printer.2 example.printer.3",
        "The photograph lies in the attic",
    ]


def shared_file(folder: Path) -> tuple[bytes, str]:
    """Make a file of a few chunks in ``shared``; return what it holds, and its checksum."""
    data = bytes(range(256)) * 2000
    (folder / "shared").mkdir()
    (folder / "shared" / "data.bin").write_bytes(data)
    return data, hashlib.sha256(data).hexdigest()


def test_a_file_arrives_with_its_checksum_and_lines_tell_how_far_it_is(
    stage: Stage, tmp_path: Path
) -> None:
    data, checksum = shared_file(tmp_path)
    _, uri = stage.server("filetransfer", "shared")
    assert stage.client("filetransfer", uri, "data.bin") == [
        "131072 of 512000 bytes, 25 %",
        "262144 of 512000 bytes, 51 %",
        "393216 of 512000 bytes, 76 %",
        "512000 of 512000 bytes, 100 %",
        f"data.bin is here, sha256 {checksum}",
    ]
    assert (tmp_path / "data.bin").read_bytes() == data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.bin", "shared"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_file_arrives_with_a_progress_bar_in_a_terminal(stage: Stage, tmp_path: Path) -> None:
    data, checksum = shared_file(tmp_path)
    _, uri = stage.server("filetransfer", "shared")
    stage.settings = {"TERM": "xterm", "COLUMNS": "100", "PYTHONUTF8": "1"}
    in_terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
    *bar, last = stage.to_its_end(
        "-c", in_terminal, sys.executable, client_of("filetransfer"), uri, "data.bin"
    )
    shown = "".join(bar)
    assert "━" in shown and "100%" in shown and " bytes, " not in shown
    assert last.endswith(f"data.bin is here, sha256 {checksum}")
    assert (tmp_path / "data.bin").read_bytes() == data


def test_no_file_leaves_another_folder_than_the_shared_one(stage: Stage, tmp_path: Path) -> None:
    shared_file(tmp_path)
    (tmp_path / "secret").touch()
    _, uri = stage.server("filetransfer", "shared")
    with pyrox.Proxy(uri) as files:
        assert files.names() == ["data.bin"]
        for name in ("../secret", "nothing"):
            with pytest.raises(FileNotFoundError, match=f"no such file: {name}"):
                files.size(name)
            with pytest.raises(FileNotFoundError, match=f"no such file: {name}"):
                next(files.chunks(name))


def points_of(picture: bytes) -> tuple[int, int, list[bytes]]:
    """Return width, height and rows of a PNG file with a byte for each point."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    rest = picture[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, data, check = rest[4:8], rest[8 : 8 + length], rest[8 + length : 12 + length]
        assert struct.unpack(">I", check) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        rest = rest[12 + length :]
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert len(chunks[b"PLTE"]) == 3 * 256
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert form == [8, 3, 0, 0, 0]
    points = zlib.decompress(chunks[b"IDAT"])
    rows = [points[start : start + width + 1] for start in range(0, len(points), width + 1)]
    assert [row[0] for row in rows] == [0] * height  # no filters
    return width, height, [row[1:] for row in rows]


def test_several_workers_make_a_picture_although_one_is_lost(
    stage: Stage, name_server: NameServerDaemon, tmp_path: Path
) -> None:
    stage.server("mandelbrot", says="ready")
    stage.server("mandelbrot", says="ready")
    lost = "PYRO:lost@localhost:1"
    name_server.nameserver.register("example.mandelbrot.lost", lost, metadata=["mandelbrot"])

    first, *others = stage.client("mandelbrot", "60")
    file = tmp_path / "mandelbrot.png"
    assert first == "workers: 3, rows to compute: 40"
    assert others[-1] == f"60 x 40 points are in {file}"

    width, height, rows = points_of(file.read_bytes())
    assert (width, height) == (60, 40) and all(len(row) == width for row in rows)
    assert rows[20][40] == 0, "the origin is in the set"
    assert rows[20][59] == 3, "nearly 1 leaves at the third step"
    assert rows[1:20] == rows[:20:-1], "the set is symmetrical"


def test_without_workers_there_is_no_picture(
    stage: Stage, name_server: NameServerDaemon, tmp_path: Path
) -> None:
    done = stage.run(client_of("mandelbrot")).end()
    assert (done.code, done.out) == (1, "")
    assert done.err == "there is no worker: start server.py, once or more often\n"
    assert not list(tmp_path.iterdir())
