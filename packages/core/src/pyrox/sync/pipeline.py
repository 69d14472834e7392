"""One method for many arguments: calls that one thread has on their way at once, without futures.

The thread sends many calls in one piece, and receives the answers for itself, as any other thread
that waits for its one does (see :mod:`.channel`). No other thread is needed for that, and nothing
has to be handed over.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..logic.remote import Draft
from ..wire.message import Message
from .exchanges import Exchanges, Planned

__all__ = ["WINDOW", "Pipeline"]

WINDOW = 1000
"""How many calls are on their way at most."""
_CHUNK = 100
"""How many are sent in one piece."""
_MOMENT = 0.001
"""For how long, in seconds, arguments are gathered for it."""


class Pipeline:
    """Calls over one channel: ``draft(arguments)`` makes each, with the instant by which to end.

    ``finish`` makes the result of an answer.
    """

    def __init__(
        self,
        channel: Exchanges,
        draft: Callable[[Sequence[Any]], tuple[Draft, float]],
        finish: Callable[[Message], Any],
    ) -> None:
        self._channel = channel
        self._draft = draft
        self._finish = finish
        self._sent: deque[Planned] = deque()

    def results(self, arguments: Iterable[Sequence[Any]]) -> Iterator[Any]:
        """Make the calls; yield the results in order, and raise what the first that fails raises.

        A call is made once it is less than a window ahead of the result that is asked for; or
        later, where its arguments are long in coming.
        """
        sent, finish, answer_to = self._sent, self._finish, self._channel.answer_to
        left = iter(arguments)
        try:
            while True:
                while len(sent) <= WINDOW - _CHUNK and self._begin(left) == _CHUNK:
                    pass
                if not sent:
                    return
                yield finish(answer_to(sent.popleft()))
        finally:
            self._channel.forget(sent, wait=False)

    def _begin(self, arguments: Iterator[Sequence[Any]]) -> int:
        """Send the next calls, together; return how many. The time of each counts from here."""
        begun: list[Planned] = []
        count, ends = 0, time.monotonic() + _MOMENT
        for given in arguments:
            call = Planned()
            self._sent.append(call)
            try:
                call.draft, call.deadline = self._draft(given)
            except Exception as error:
                call.error = error
            else:
                begun.append(call)
            count += 1
            if count == _CHUNK or time.monotonic() > ends:
                break
        self._channel.begin_together(begun)
        return count
