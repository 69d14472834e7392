"""pyrox.serve, in a process of its own, as users run it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from textwrap import dedent

import pytest

import pyrox
from tests.behaviour.objects import PATIENCE

PROGRAM = dedent("""
    import threading
    import pyrox

    class Greeter:
        @pyrox.expose
        def greet(self, name):
            return f"Hello, {{name}}."

        @pyrox.expose
        def slow(self):
            print("inside", flush=True)
            threading.Event().wait({pause})
            return "done"

    daemon = pyrox.Daemon(server={server!r})
    {call}
    print("over", flush=True)
""")
SERVE = "pyrox.serve({Greeter(): 'greeter', Greeter: 'per.client'}, daemon=daemon, use_ns=False)"
FOREVER = "print(daemon.register(Greeter(), 'greeter'), flush=True); daemon.serve_forever()"

both_signals = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@contextmanager
def program(call: str, server: str, pause: float = 0) -> Iterator[subprocess.Popen[str]]:
    source = PROGRAM.format(call=call, server=server, pause=pause)
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


@pytest.mark.parametrize("server", ["thread", "multiplex"])
def test_serve_says_what_it_serves_until_it_is_interrupted(server: str) -> None:
    with program(SERVE, server) as process:
        shown = [line(process) for _ in range(5)]
        assert re.fullmatch(r"Object <__main__\.Greeter object at 0x\w+>:", shown[0])
        assert re.fullmatch(r"    uri = PYRO:greeter@localhost:\d+", shown[1])
        assert shown[2] == "Object <class '__main__.Greeter'>:"
        assert re.fullmatch(r"    uri = PYRO:per\.client@localhost:\d+", shown[3])
        assert shown[4] == "Pyro daemon running."
        for each in (shown[1], shown[3]):
            with pyrox.Proxy(each.partition(" = ")[2]) as proxy:
                assert proxy.greet("Ada") == "Hello, Ada."
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (rest, errors, process.returncode) == ("over\n", "", 0)


@both_signals
@pytest.mark.parametrize("server", ["thread", "multiplex"])
def test_ctrl_c_or_sigterm_with_clients_connected_ends_the_program_cleanly(
    server: str, number: signal.Signals
) -> None:
    with program(FOREVER, server) as process:
        uri = line(process)
        proxies = [pyrox.Proxy(uri) for _ in range(5)]
        assert [proxy.greet("you") for proxy in proxies] == ["Hello, you."] * 5
        process.send_signal(number)
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (rest, errors, process.returncode) == ("over\n", "", 0)
        for proxy in proxies:
            proxy._pyro.release()


@both_signals
@pytest.mark.parametrize("server", ["thread", "multiplex"])
def test_ctrl_c_or_sigterm_lets_a_running_call_finish(server: str, number: signal.Signals) -> None:
    with program(FOREVER, server, pause=0.5) as process, pyrox.Proxy(line(process)) as proxy:
        batch = proxy._pyro.batch()
        batch.slow()
        import threading

        answers: list[str] = []
        client = threading.Thread(target=lambda: answers.extend(batch()))
        client.start()
        assert line(process) == "inside"
        process.send_signal(number)
        client.join(PATIENCE)
        assert answers == ["done"]
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (rest, errors, process.returncode) == ("over\n", "", 0)


@pytest.mark.parametrize("server", ["thread", "multiplex"])
def test_a_second_sigterm_ends_the_program_at_once(server: str) -> None:
    with program(FOREVER, server, pause=PATIENCE) as process:
        proxy = pyrox.Proxy(line(process))
        batch = proxy._pyro.batch()
        batch.slow()
        batch(oneway=True)  # inline also in a daemon with a single thread
        assert line(process) == "inside"
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize("server", ["thread", "multiplex"])
def test_a_programs_own_handler_of_sigterm_stays(server: str) -> None:
    handler = "import signal; signal.signal(signal.SIGTERM, lambda *_: print('mine', flush=True)); "
    with program(handler + FOREVER, server) as process, pyrox.Proxy(line(process)) as proxy:
        process.send_signal(signal.SIGTERM)
        assert line(process) == "mine"
        assert proxy.greet("Ada") == "Hello, Ada."


def test_a_killed_daemon_is_a_lost_connection_for_its_clients() -> None:
    with program(FOREVER, "thread") as process, pyrox.Proxy(line(process)) as proxy:
        assert proxy.greet("Ada") == "Hello, Ada."
        process.kill()
        process.wait(PATIENCE)
        with pytest.raises((pyrox.ConnectionClosedError, pyrox.ConnectError)):
            proxy.greet("Ada")
        with pytest.raises(pyrox.ConnectError):
            proxy.greet("Ada")
