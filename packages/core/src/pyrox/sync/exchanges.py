"""Calls over a channel that many threads use: room for one more, its request, its answer."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ConnectionClosedError
from ..logic.remote import Draft
from ..protocol.connection_errors import lost_before_sending, no_answer, too_busy
from ..protocol.sharing import Waiter
from ..wire.buffers import Buffer
from ..wire.message import Message
from .channel import Channel

__all__ = ["Exchanges", "Planned"]


class Planned(Waiter):
    """A call that is begun together with others, by a thread that waits for one after the other.

    ``draft`` is what is sent, ``deadline`` the instant by which it is to be answered, or 0.
    """

    has_thread = False
    draft: Draft | None = None
    deadline = 0.0
    error: Exception | None = None


class Exchanges(Channel):
    """A channel that makes calls, as many at once as the daemon takes."""

    __slots__ = ()

    def exchange(self, draft: Draft, deadline: float) -> Message:
        """Make a call, whatever else is on its way, and return its answer."""
        waiter = Waiter()
        try:
            self.begin(waiter, draft, deadline)
            return self._answer_for(waiter, deadline)
        except BaseException as error:
            self.failed(waiter, error)

    def exchange_first(self, request: Sequence[Buffer], deadline: float) -> Message:
        """Send a message that opens the conversation, and return its answer."""
        waiter = Waiter()
        try:
            with self._lock:
                self._sharing.begin(waiter, self.protocol.sequence)
            self._send(waiter, request, deadline)
            return self._answer_for(waiter, deadline)
        except BaseException as error:
            self.failed(waiter, error)

    def send_oneway(self, draft: Draft, deadline: float) -> None:
        """Make a call that has no answer; it is sent, or about to be, when this returns."""
        waiter = Waiter()
        try:
            self._wait_for_room(waiter, deadline)
            with self._lock:
                number = self.protocol.next_number()
            request = self._numbered(waiter, number, draft)
            in_time = self._send(waiter, request, deadline)
            with self._lock:
                self._sharing.begin_nothing(waiter)
            if not in_time:
                waiter.given_up = True
                raise no_answer(self.where)
        except BaseException as error:
            self.failed(waiter, error)

    def begin(
        self, waiter: Waiter, draft: Draft, deadline: float, reader: Waiter | None = None
    ) -> None:
        """Send a call once there is room for one, the answer to which is for ``waiter``.

        Where ``reader`` is who reads, and other calls are on their way, it is left to that one.
        """
        sharing, protocol = self._sharing, self.protocol
        with self._lock:
            at_once = sharing.is_free
            if at_once:
                sharing.begin(waiter, protocol.next_number())
        if not at_once:
            self._wait_for_room(waiter, deadline)
            with self._lock:
                sharing.begin(waiter, protocol.next_number())
        self._send(waiter, self._numbered(waiter, waiter.number, draft), deadline, reader)

    def begin_together(self, calls: Sequence[Planned]) -> None:
        """Send calls in as few pieces as there is room for.

        A call that cannot be sent keeps why not as its ``error``.
        """
        done = 0
        while done < len(calls):
            first = calls[done]
            try:
                self._wait_for_room(first, 0.0)
                begun = self._begin_some(calls[done:])
                requests: list[Buffer] = []
                for call in calls[done : done + begun]:
                    assert call.draft is not None
                    try:
                        requests += self._numbered(call, call.number, call.draft)
                    except Exception as error:
                        call.error = error
                self._send(first, (b"".join(requests),), 0.0)
            except BaseException as error:
                self.failed(first, error)
            done += begun

    def _begin_some(self, calls: Sequence[Planned]) -> int:
        """Give numbers to the first call, for which there is room, and to those for which, too."""
        sharing, protocol = self._sharing, self.protocol
        with self._lock:
            for position, call in enumerate(calls):
                if position and not sharing.admits(call):
                    return position
                sharing.begin(call, protocol.next_number())
        return len(calls)

    def answer_to(self, call: Planned) -> Message:
        """Wait for the answer to a call that was begun together with others."""
        if call.error is not None:
            raise call.error
        if not call.ready:
            try:
                return self._answer_for(call, call.deadline)
            except BaseException as error:
                self.failed(call, error)
        assert call.answer is not None
        return call.answer

    def _answer_for(self, waiter: Waiter, deadline: float) -> Message:
        if not self.wait(waiter, deadline):
            self.give_up(waiter)
            raise no_answer(self.where)
        assert waiter.answer is not None
        return waiter.answer

    def _wait_for_room(self, waiter: Waiter, deadline: float) -> None:
        with self._lock:
            if self._sharing.retired:
                raise self._lost_early(waiter)
            at_once = self._sharing.ask_for_room(waiter)
        if at_once:
            return
        try:
            in_time = self.wait(waiter, deadline)
        except Exception as error:
            if self._sharing.closed:
                raise self._lost_early(waiter) from error
            raise
        if not in_time:
            self.give_up(waiter)
            raise too_busy(self.where)

    def _numbered(self, waiter: Waiter, number: int, draft: Draft) -> tuple[Buffer, ...]:
        try:
            return self.protocol.numbered(number, *draft)
        except Exception:
            self._take_back(waiter)
            raise

    def _take_back(self, waiter: Waiter) -> None:
        """Forget a call that could not be made: nobody was asked."""
        with self._lock:
            self._sharing.withdraw(waiter)
            if self._sharing.give_up(waiter):
                del self._sharing.in_flight[waiter.number]
                self._sharing.admit()
        waiter.given_up = True

    def _lost_early(self, waiter: Waiter) -> ConnectionClosedError:
        waiter.given_up = True
        return lost_before_sending(self.where)
