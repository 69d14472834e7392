"""Who reads, who writes and who waits on a shared connection: every thread in every order.

A model: threads are generators that stop between any two steps which other threads may come
between, and a schedule says whose turn it is. What they do is what ``pyrox.sync.channel`` does.
"""

import random
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from pyrox.protocol.sharing import Sharing, Turn, Waiter

Step = Generator[Callable[[], bool], bool, None]
"""Yields when it may go on, is sent False where its time is over instead."""

ANSWER: Any = None


class Model:
    """One connection: what is sent is answered, in any order, some time after it was sent."""

    def __init__(self, most: int, sharing: type[Sharing] = Sharing) -> None:
        self.in_flight: dict[int, Waiter | None] = {}
        self.sharing = sharing(self.in_flight, self.wake)
        self.sharing.most = most
        self.woken: set[Waiter] = set()
        self.out: list[int] = []
        self.asked: list[int] = []
        self.answers: deque[int] = deque()
        self.numbers = iter(range(1, 1000))
        self.most_in_flight = 0

    def wake(self, waiter: Waiter) -> None:
        self.woken.add(waiter)

    # The other side: answers something that it was asked

    def server(self, choose: Callable[[int], int]) -> None:
        if self.asked:
            self.answers.append(self.asked.pop(choose(len(self.asked))))

    # One thread's call

    def call(self, results: list[str]) -> Step:
        waiter = Waiter()
        if not self.sharing.is_free:
            if not self.sharing.ask_for_room(waiter):
                yield from self.wait(waiter)
                if not waiter.ready:
                    self.sharing.give_up(waiter)
                    results.append("no room")
                    return
            yield self.now
        self.sharing.begin(waiter, next(self.numbers))
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        yield self.now
        yield from self.send(waiter)
        yield from self.wait(waiter)
        if waiter.ready:
            results.append("answered")
            return
        yield self.now
        self.sharing.give_up(waiter)
        results.append("given up")

    def send(self, waiter: Waiter) -> Step:
        self.out.append(waiter.number)
        self.sharing.has_unsent = True
        if self.sharing.writer is None:
            self.sharing.writer = waiter
            yield from self.drain()

    def drain(self) -> Step:
        while True:
            yield self.now
            sent, self.out = self.out, []
            self.asked += sent
            yield self.now
            if not self.out:
                self.sharing.has_unsent = False
                self.sharing.stop_writing()
                self.sharing.admit()
                return

    def wait(self, waiter: Waiter) -> Step:
        in_time = True
        while in_time:
            turn = self.sharing.turn(waiter)
            if turn is Turn.GO:
                return
            if turn is Turn.PARK:
                in_time = yield lambda: waiter in self.woken
                self.woken.discard(waiter)
            elif turn is Turn.WRITE:
                yield from self.drain()
            else:
                # Who waits for room looks again and again whether others gave it that.
                in_time = yield lambda: bool(self.answers) or (not waiter.reads and waiter.ready)
                if in_time and self.answers:
                    number = self.answers.popleft()
                    yield self.now
                    self.sharing.deliver([(self.in_flight.pop(number), ANSWER)])
            yield self.now
        self.sharing.withdraw(waiter)

    @staticmethod
    def now() -> bool:
        return True


def run(model: Model, calls: int, choose: Callable[[int], int], timeouts: bool) -> list[str]:
    """Run so many calls at once in the order that ``choose`` says; return what became of each."""
    results: list[str] = []
    threads: dict[Step, Callable[[], bool]] = {model.call(results): model.now for _ in range(calls)}
    started: set[Step] = set()
    while threads:
        moves: list[tuple[Step | None, bool]] = [
            (thread, True) for thread, may_go_on in threads.items() if may_go_on()
        ]
        if model.asked:
            moves.append((None, True))
        waiting = [thread for thread, may in threads.items() if may is not model.now]
        if timeouts and waiting and choose(6) == 0:
            moves = [(thread, False) for thread in waiting]
        assert moves, f"nobody goes on: {results}, {len(threads)} are left"
        thread, in_time = moves[choose(len(moves))]
        if thread is None:
            model.server(choose)
            continue
        try:
            threads[thread] = thread.send(in_time) if thread in started else next(thread)
            started.add(thread)
        except StopIteration:
            del threads[thread]
    return results


class Schedule:
    """Makes the choices of a prefix, and the first one where that ends; notes them all."""

    def __init__(self, prefix: list[int]) -> None:
        self.prefix = prefix
        self.taken: list[tuple[int, int]] = []

    def __call__(self, count: int) -> int:
        index = len(self.taken)
        choice = self.prefix[index] if index < len(self.prefix) else 0
        self.taken.append((choice, count))
        return choice


def every_schedule(limit: int) -> Iterator[Schedule]:
    """Yield choosers that together make every choice, one after the other, depth first."""
    prefix: list[int] = []
    for _ in range(limit):
        yield (schedule := Schedule(prefix))
        taken = schedule.taken
        while taken and taken[-1][0] + 1 >= taken[-1][1]:
            taken.pop()
        if not taken:
            return
        prefix = [choice for choice, _ in taken[:-1]] + [taken[-1][0] + 1]


def seeded(seed: int) -> Callable[[int], int]:
    source = random.Random(seed)
    return lambda count: source.randrange(count)


def check(model: Model, results: list[str]) -> None:
    assert model.sharing.reader is None
    assert model.sharing.writer is None
    assert not model.sharing.parked
    assert not model.sharing.queue
    assert not model.sharing.admitted
    assert not any(model.in_flight.values())
    assert model.most_in_flight <= model.sharing.most


@pytest.mark.parametrize("most", [1, 2])
def test_two_calls_are_answered_whatever_the_order_of_their_steps(most: int) -> None:
    for choose in every_schedule(20_000):
        model = Model(most)
        results = run(model, 2, choose, timeouts=False)
        assert results == ["answered"] * 2
        check(model, results)


@pytest.mark.parametrize("most", [1, 2, 3, 10])
@pytest.mark.parametrize("calls", [3, 5, 8])
def test_calls_of_many_threads_are_answered_in_any_order(calls: int, most: int) -> None:
    for seed in range(400):
        model = Model(most)
        results = run(model, calls, seeded(seed), timeouts=False)
        assert results == ["answered"] * calls, seed
        check(model, results)


@pytest.mark.parametrize("most", [1, 2, 10])
@pytest.mark.parametrize("calls", [2, 4, 8])
def test_calls_that_are_given_up_leave_the_others_to_go_on(calls: int, most: int) -> None:
    for seed in range(600):
        model = Model(most)
        results = run(model, calls, seeded(seed), timeouts=True)
        assert len(results) == calls, seed
        check(model, results)


class Forgetful(Sharing):
    """Forgets to hand over the reader's role."""

    __slots__ = ()

    def _pass_on_reading(self) -> None:
        self.reader = None


def test_the_model_notices_a_role_that_is_not_handed_over() -> None:
    def run_all() -> None:
        for seed in range(400):
            run(Model(10, Forgetful), 3, seeded(seed), timeouts=False)

    with pytest.raises(AssertionError, match="nobody goes on"):
        run_all()


def waiters(sharing: Sharing, count: int) -> list[Waiter]:
    made = [Waiter() for _ in range(count)]
    for number, waiter in enumerate(made, 1):
        assert sharing.ask_for_room(waiter)
        sharing.begin(waiter, number)
    return made


def shared(most: int = 10) -> tuple[Sharing, list[Waiter]]:
    woken: list[Waiter] = []
    sharing = Sharing({}, woken.append)
    sharing.most = most
    return sharing, woken


def test_the_first_who_waits_reads_and_the_others_park() -> None:
    sharing, _ = shared()
    first, second = waiters(sharing, 2)
    assert sharing.turn(first) is Turn.READ
    assert sharing.turn(second) is Turn.PARK


def test_a_reader_whose_answer_came_hands_over_to_the_newest_who_is_parked() -> None:
    sharing, woken = shared()
    first, second, third = waiters(sharing, 3)
    sharing.turn(first)
    sharing.turn(second)
    sharing.turn(third)
    sharing.deliver([(sharing.in_flight.pop(1), ANSWER)])
    assert sharing.turn(first) is Turn.GO
    assert sharing.reader is third
    assert woken == [third]


def test_whose_answer_came_goes_on_even_where_it_was_about_to_give_up() -> None:
    sharing, _ = shared()
    first, second = waiters(sharing, 2)
    sharing.turn(first)
    sharing.turn(second)
    sharing.deliver([(sharing.in_flight.pop(2), ANSWER)])
    assert not sharing.withdraw(second)


def test_who_gives_up_when_it_has_just_become_the_reader_hands_over() -> None:
    sharing, woken = shared()
    first, second, third = waiters(sharing, 3)
    for waiter in (first, third, second):
        sharing.turn(waiter)
    sharing.withdraw(first)
    assert sharing.reader is second
    sharing.withdraw(second)
    assert sharing.reader is third
    assert woken == [second, third]


def test_a_call_that_was_given_up_keeps_its_number_until_its_answer_comes() -> None:
    sharing, _ = shared(most=1)
    (first,) = waiters(sharing, 1)
    sharing.withdraw(first)
    assert sharing.give_up(first)
    late = Waiter()
    assert not sharing.ask_for_room(late)
    assert sharing.turn(late) is Turn.READ  # nobody else would ever make room
    sharing.deliver([(sharing.in_flight.pop(1), ANSWER)])
    assert late.ready


def test_a_closed_connection_lets_nobody_wait() -> None:
    sharing, woken = shared()
    first, second = waiters(sharing, 2)
    sharing.turn(first)
    sharing.turn(second)
    sharing.close()
    assert woken == [second]
    assert sharing.turn(first) is Turn.GO
    assert sharing.turn(second) is Turn.GO
    assert sharing.is_over


def test_a_retired_connection_is_over_once_its_calls_have_ended() -> None:
    sharing, _ = shared()
    (first,) = waiters(sharing, 1)
    sharing.retired = True
    assert not sharing.is_over
    sharing.turn(first)
    sharing.deliver([(sharing.in_flight.pop(1), ANSWER)])
    sharing.turn(first)
    assert sharing.is_over
