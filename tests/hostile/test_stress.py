"""Many clients at once, quick and slow ones, coming and going: each call gets its own answer.

The methods count how many run at once, and some wait for what only another client's call brings:
were a call forgotten, or the lead lost, those would wait in vain.
"""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import pyrox
from tests.hostile.conftest import PROMPTLY, Serve, Served
from tests.hostile.raw import call, eventually

pytestmark = pytest.mark.slow

RUNNING = 8
CLIENTS = 12
ROUNDS = 25


class Crowded:
    """Counts its calls while they run. At most ``RUNNING - 2`` callers meet at any time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = self.most = 0
        self.telling = self.most_asked = 0
        self.told: list[Any] = []
        self.meetings: dict[str, threading.Event] = {}
        self.room_to_meet = threading.Semaphore(RUNNING - 2)

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.most_asked = max(self.most_asked, self.inside - self.telling)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1

    def meeting(self, name: str) -> threading.Event:
        with self.lock:
            return self.meetings.setdefault(name, threading.Event())

    @pyrox.expose
    def echo(self, value: Any) -> Any:
        with self:
            return value

    @pyrox.expose
    def nap(self, seconds: float, value: Any) -> Any:
        with self:
            time.sleep(seconds)
            return value

    @pyrox.expose
    def meet(self, name: str) -> str:
        with self:
            assert self.meeting(name).wait(20), f"nobody came to {name}"
            return name

    @pyrox.expose
    def meet_too(self, name: str) -> str:
        return self.meet(name)

    @pyrox.expose
    def come(self, name: str) -> str:
        with self:
            self.meeting(name).set()
            return name

    @pyrox.expose
    @pyrox.oneway
    def tell(self, value: Any, seconds: float = 0.0) -> None:
        with self.lock:
            self.inside += 1
            self.telling += 1
            self.most = max(self.most, self.inside)
        if seconds:
            time.sleep(seconds)
        with self.lock:
            self.inside -= 1
            self.telling -= 1
            self.told.append(value)


class Client:
    """One client of the crowd, which makes calls of all kinds by chance."""

    def __init__(self, served: Served, number: int, seed: int) -> None:
        self.served = served
        self.target: Crowded = served.target
        self.number = number
        self.chance = random.Random(seed * 1000 + number)
        self.proxy = served.proxy(timeout=15.0)
        self.told: list[Any] = []
        self.slowest = 0.0

    def run(self) -> "Client":
        acts = [self.burst, self.nap, self.meet, self.tell, self.tell_slowly, self.batch]
        acts += [self.pipeline, self.leave, self.vanish, self.burst]
        for i in range(ROUNDS):
            self.chance.choice(acts)([self.number, i])
        self.proxy._pyro.release()
        return self

    def burst(self, key: Any) -> None:
        for n in range(self.chance.choice([1, 5, 30])):
            assert self.proxy.echo([key, n]) == [key, n]

    def nap(self, key: Any) -> None:
        seconds = self.chance.choice([0.0, 0.001, 0.006, 0.02])
        assert self.proxy.nap(seconds, key) == key

    def meet(self, key: Any) -> None:
        name = f"{key}"
        method = self.chance.choice(["meet", "meet_too"])
        with self.target.room_to_meet, self.served.proxy(timeout=15.0) as other:
            waiting: list[str] = []
            thread = threading.Thread(target=lambda: waiting.append(getattr(other, method)(name)))
            thread.start()
            time.sleep(self.chance.choice([0.0, 0.002, 0.03]))
            began = time.monotonic()
            assert self.proxy.come(name) == name
            thread.join(15)
            self.slowest = max(self.slowest, time.monotonic() - began)
            assert waiting == [name]

    def tell(self, key: Any) -> None:
        for n in range(self.chance.choice([1, 20])):
            self.proxy.tell([key, n])
            self.told.append([key, n])
        assert self.proxy.echo(key) == key

    def tell_slowly(self, key: Any) -> None:
        self.proxy.tell([key, "slow"], 0.015)
        self.told.append([key, "slow"])
        assert self.proxy.echo(key) == key

    def batch(self, key: Any) -> None:
        batch = self.proxy._pyro.batch()
        for n in range(10):
            batch.echo([key, n])
        assert list(batch()) == [[key, n] for n in range(10)]

    def pipeline(self, key: Any) -> None:
        client = self.served.client()
        client.send(
            *(
                call("json", "target", *self.chance.choice(
                    [("echo", [[key, n]]), ("nap", [0.003, [key, n]])]
                ), sequence=n)
                for n in range(8)
            )
        )  # fmt: skip
        for n in range(8):
            answer = client.read()
            assert answer is not None and (answer.sequence, answer.value) == (n, [key, n])
        client.close()

    def leave(self, key: Any) -> None:
        self.proxy._pyro.release()
        assert self.proxy.echo(key) == key

    def vanish(self, key: Any) -> None:
        client = self.served.client()
        client.send(call("json", "target", "nap", [0.01, key]))
        client.reset() if self.chance.random() < 0.5 else client.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("limit", [RUNNING, 80])
def test_every_call_of_a_crowd_gets_its_own_answer(serve: Serve, limit: int, seed: int) -> None:
    target = Crowded()
    served = serve("thread", target, max_calls=limit)
    clients = [Client(served, number, seed) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(client.run) for client in clients]:
            assert done.result(timeout=150).slowest < PROMPTLY
    told = [value for client in clients for value in client.told]
    assert eventually(lambda: len(target.told) >= len(told))
    assert sorted(target.told, key=str) == sorted(told, key=str)
    assert target.most <= limit
    assert eventually(lambda: target.inside == 0)
    assert eventually(lambda: served.connections == 1)
    server: Any = served.daemon._server
    assert eventually(lambda: len(server._slots) == limit)
    assert not server._queue
    assert len(server._workers) <= limit + 3
    assert served.goes_on()


def test_a_multiplex_daemon_answers_a_crowd_too(serve: Serve) -> None:
    target = Crowded()
    served = serve("multiplex", target)
    clients = [Client(served, number, 7) for number in range(CLIENTS)]

    def run(client: Client) -> None:
        acts = [client.burst, client.nap, client.tell, client.batch, client.pipeline]
        for i in range(ROUNDS):
            client.chance.choice([*acts, client.leave, client.vanish])([client.number, i])
        client.proxy._pyro.release()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(run, client) for client in clients]:
            done.result(timeout=150)
    told = [value for client in clients for value in client.told]
    assert eventually(lambda: len(target.told) >= len(told))
    assert sorted(target.told, key=str) == sorted(told, key=str)
    assert target.most_asked == 1  # beside the oneway calls, for which nobody waits
    assert eventually(lambda: served.connections == 1)


@pytest.mark.parametrize("connected", [0, 1, 20])
def test_a_daemon_in_the_middle_of_everything_stops_in_time(serve: Serve, connected: int) -> None:
    target = Crowded()
    served = serve("thread", target)
    clients = [served.client() for _ in range(connected)]
    for number, client in enumerate(clients):
        client.send(*(call("json", "target", "nap", [0.001, number]) for _ in range(200)))
    began = time.monotonic()
    served.daemon.shutdown(1.0)
    assert time.monotonic() - began < 9
    assert eventually(lambda: not [t for t in threading.enumerate() if "pyrox" in t.name])
    for client in clients:
        while client.read() is not None:
            pass
