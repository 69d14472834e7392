"""A thread of the thread server, and what is learnt about the methods that it runs."""

from __future__ import annotations

import threading

from ..logic.invocation import Invocation
from ..objects.exposure import Member
from .link import ServerLink

__all__ = ["Worker", "distrust"]


class Worker:
    """One thread.

    ``running`` is the method it is in; ``held`` has the call and its link, if others may go on with
    that meanwhile; ``served`` counts calls while it stays with one connection.
    """

    __slots__ = ("held", "polling", "running", "served", "thread")

    def __init__(self) -> None:
        self.polling = False
        self.served = 0
        self.running: Member | None = None
        self.held: list[tuple[ServerLink, Invocation]] = []
        self.thread: threading.Thread | None = None


def distrust(member: Member) -> None:
    """Remember a method as slow, for longer each time: until so many quick calls in a row."""
    member.strikes = min(member.strikes + 1, 8)
    member.slow = 4 << member.strikes
