"""Who reads, who writes and who waits, where many threads share one connection.

The bookkeeping alone: no lock, no clock, no input or output. The driver holds one lock around
every method here, and does what is not bookkeeping without it.

- A thread that wants something has a :class:`Waiter`. It asks for its :meth:`Sharing.turn` again
  and again: it may go on, or is to read for everybody, or to write, or to park until it is woken.
- At most one waiter is the ``reader``, at most one the ``writer``. Whoever has a role gives it up
  by passing it on to somebody who is parked, or leaves it free where nobody is.
- Somebody is woken first and forgotten then, so that an interrupt between the two loses nobody;
  waking twice does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from ..wire.message import Message

__all__ = ["Sharing", "Turn", "Waiter"]


class Turn(Enum):
    """What a waiter is to do next."""

    GO = "go on: what it waits for is there, or never will be"
    READ = "receive once, for everybody"
    WRITE = "send what is unsent"
    PARK = "wait until it is woken"


_GO, _READ, _WRITE, _PARK = Turn


class Waiter:
    """A thread that waits for something. ``ready`` says that it need not any more.

    It ``reads`` where nobody else does, unless what it waits for is room: others can give it that.
    One that no thread waits with, which somebody else looks after, is without ``has_thread``.
    ``number`` is that of its call, whose ``answer`` came; ``gate`` is the driver's, to wait at,
    and so is ``given_up``: its call ended, and the connection goes on.
    """

    # Defaults of the class, and no __init__: one is made for each call.
    ready = given_up = False
    reads = has_thread = True
    number = -1
    answer: Message | None = None
    gate: Any = None

    def take(self, answer: Message) -> Waiter:
        """Keep the answer; return who is to be woken for that."""
        self.answer = answer
        self.ready = True
        return self


class Sharing:
    """The roles on one connection. ``in_flight`` has a waiter, or None, by its call's number.

    None is there for a call that its caller gave up: the number is taken until its answer comes.
    Up to ``most`` calls are in flight, and none is begun while the connection ``is_full``.
    ``has_unsent`` tells whether something waits for a writer. ``wake`` is called with whoever is
    to ask for its turn again. A ``retired`` connection, as each is that is ``closed``, begins no
    calls, and is over once what was begun has ended.
    """

    __slots__ = (
        "admitted",
        "closed",
        "has_unsent",
        "in_flight",
        "is_full",
        "most",
        "parked",
        "queue",
        "reader",
        "retired",
        "wake",
        "writer",
    )

    def __init__(self, in_flight: dict[int, Waiter | None], wake: Callable[[Waiter], None]) -> None:
        self.in_flight = in_flight
        self.wake = wake
        self.most = 1
        self.reader: Waiter | None = None
        self.writer: Waiter | None = None
        self.has_unsent = self.is_full = False
        self.parked: dict[Waiter, None] = {}  # in the order of their coming
        self.queue: deque[Waiter] = deque()
        self.admitted: set[Waiter] = set()
        self.retired = self.closed = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way, and nobody is at it: a call may take all the roles."""
        return not (
            self.in_flight
            or self.reader is not None
            or self.writer is not None
            or self.admitted
            or self.has_unsent
            or self.retired
        )

    # Room for one more call

    @property
    def is_free(self) -> bool:
        """Whether a call may be begun now, without asking for room."""
        return not (self.queue or self.retired) and self._has_room()

    def ask_for_room(self, waiter: Waiter) -> bool:
        """Let a waiter begin a call when there is room; True where that is now.

        Who is admitted later finds itself ``ready``. Those who came first are admitted first. The
        room is taken until :meth:`begin`.
        """
        waiter.ready = waiter.reads = self.admits(waiter)
        if not waiter.ready:
            self.queue.append(waiter)
        return waiter.ready

    def admits(self, waiter: Waiter) -> bool:
        """Admit a waiter if there is room now; otherwise it has not asked."""
        if self.queue or not self._has_room():
            return False
        self.admitted.add(waiter)
        return True

    def _has_room(self) -> bool:
        return not self.is_full and len(self.in_flight) + len(self.admitted) < self.most

    def begin(self, waiter: Waiter, number: int) -> None:
        """Note that the call of an admitted waiter has this number from now on."""
        waiter.number, waiter.ready, waiter.reads, waiter.answer = number, False, True, None
        self.in_flight[number] = waiter
        self.admitted.discard(waiter)

    def begin_nothing(self, waiter: Waiter) -> None:
        """Note that an admitted waiter begins no call that would be in flight."""
        self.admitted.discard(waiter)
        self.admit()

    def admit(self) -> None:
        """Admit those for whom there is room."""
        while self.queue and self._has_room():
            waiter = self.queue[0]
            self.admitted.add(waiter)
            waiter.ready = True
            self._rouse(waiter)
            self.queue.popleft()

    # Waiting

    def turn(self, waiter: Waiter) -> Turn:
        """Return what a waiter is to do next."""
        self.parked.pop(waiter, None)  # it was woken for what it knew already
        if waiter.ready or self.closed:
            self.leave(waiter)
            return _GO
        if self.has_unsent and self.writer is None:
            self.writer = waiter
            self.stop_reading(waiter)
            return _WRITE
        if self.reader is None and (waiter.reads or self._lacks_readers()):
            self.reader = waiter
        if self.reader is waiter:
            return _READ
        self.parked[waiter] = None
        return _PARK

    def deliver(self, answers: Iterable[tuple[Waiter | None, Message]]) -> None:
        """Hand out answers that the reader received, each to whom it is for."""
        for waiter, answer in answers:
            if waiter is not None:
                self._rouse(waiter.take(answer))
        if self.queue:
            self.admit()

    def finish(self, waiter: Waiter) -> None:
        """Let the reader go whose call has just ended."""
        self.stop_reading(waiter)
        if self.queue:
            self.admit()

    def leave(self, waiter: Waiter) -> None:
        """Let a waiter go: what it has to do for the others, one of them does from now on."""
        self.stop_reading(waiter)
        if self.writer is waiter:
            self.stop_writing()

    def stop_reading(self, waiter: Waiter) -> None:
        """Let somebody else read, where it was ``waiter`` who did."""
        if self.reader is waiter:
            self._pass_on_reading()

    def stop_writing(self) -> None:
        """Free the writer's role; somebody who is parked takes it, if something is left to send."""
        self.writer = None
        if self.has_unsent and self.parked:
            self._rouse(next(reversed(self.parked)))

    def withdraw(self, waiter: Waiter) -> bool:
        """Let a waiter stop waiting; False where it is ready by now, and has left all the same."""
        self.parked.pop(waiter, None)
        self.leave(waiter)
        return not waiter.ready

    def give_up(self, waiter: Waiter) -> bool:
        """Forget a waiter that has withdrawn, and its call; True where that is in flight.

        Its answer will be for nobody.
        """
        if waiter in self.queue:
            self.queue.remove(waiter)
        if waiter in self.admitted:
            self.begin_nothing(waiter)
        is_in_flight = self.in_flight.get(waiter.number) is waiter
        if is_in_flight:
            self.in_flight[waiter.number] = None
            if self.reader is None:
                self._pass_on_reading()
        return is_in_flight

    @property
    def is_over(self) -> bool:
        """Whether nobody has any use for the connection, and nobody is at it."""
        if self.reader is not None or self.writer is not None:
            return False
        return self.closed or (
            self.retired
            and not (self.admitted or self.queue or self.has_unsent)
            and not any(self.in_flight.values())
        )

    def close(self) -> None:
        """Let nobody wait any more."""
        self.closed = self.retired = True
        for waiter in self.parked:
            self.wake(waiter)
        self.parked.clear()
        self.queue.clear()

    def _pass_on_reading(self) -> None:
        heir = next((waiter for waiter in reversed(self.parked) if waiter.reads), None)
        if heir is None and self.parked and self._lacks_readers():
            heir = next(reversed(self.parked))
        self.reader = heir  # the newest: what it needs is in the caches still
        if heir is not None:
            self._rouse(heir)

    def _lacks_readers(self) -> bool:
        """Tell whether answers are to come, but for no thread that waits for one.

        Then those who wait for room have to read, since room depends on the answers.
        """
        return bool(self.in_flight) and not any(
            waiter is not None and waiter.has_thread for waiter in self.in_flight.values()
        )

    def _rouse(self, waiter: Waiter) -> None:
        """Wake somebody who is parked; do nothing where it is not."""
        if waiter in self.parked:
            self.wake(waiter)
            self.parked.pop(waiter, None)
