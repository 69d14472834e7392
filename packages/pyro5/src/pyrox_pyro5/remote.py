"""The remote object behind a proxy: it makes the calls, and keeps what the proxy is told.

A method of a proxy holds this and not the proxy, so that the proxy can keep its methods without
keeping itself alive.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import pyrox
from pyrox.values.context import options, reply_annotations

from .callcontext import outgoing
from .calls import Fetching, _RemoteMethod, _StreamResultIterator
from .configure import global_config as config
from .errors import PyroError
from .protocol import FLAGS_ONEWAY, ReceivingMessage
from .resolving import resolve
from .settings import settings
from .translation import in_pyro5s_words, translated, was_not_written
from .uri import URI

try:
    from greenlet import getcurrent as current_thread
except ImportError:
    from threading import get_ident as current_thread

__all__ = ["Remote", "known_serializer"]


class Face(Fetching, Protocol):
    """What a remote object needs of its proxy."""

    def _pyroLearn(self, members: pyrox.Members) -> None:
        """Take note of the object's members."""

    def _pyroValidateHandshake(self, response: Any) -> None:
        """Look at the daemon's answer to the handshake."""


class Remote(pyrox.RemoteObject):
    """The remote object behind a proxy, its ``face``, which it tells of each new connection.

    ``new_face`` makes another one, where the first is gone and something needs one.
    """

    keeps_place = False  # a name is looked up for each connection
    capabilities = frozenset({"deadline", "drain"})  # one call at a time, and a late one ends it
    face: weakref.ref[Face]
    new_face: Callable[[Remote], Face]
    shakes_hands: bool

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.claim()
        self.wanted_serializer: str | None = None
        self.retries = config.MAX_RETRIES
        self.answers_raw = False
        self.own_methods: set[str] = set()
        self.own_attributes: set[str] = set()
        self.own_oneway: set[str] = set()
        self._kept: list[str] = []

    @property
    def config(self) -> pyrox.Config:
        """The settings as they are by now: each connection is made by those."""
        return settings()

    @config.setter
    def config(self, config: pyrox.Config) -> None:
        pass

    def resolve(self) -> pyrox.URI:
        return self.uri if self.uri.is_direct else resolve(URI.from_native(self.uri)).native()

    def validate_handshake(self, answer: Any) -> None:
        face = self.face()
        if face is None:  # a proxy that has gone had no hook of its own
            self.learn(self.known_members)
            return
        face._pyroLearn(self.known_members)
        if self.shakes_hands:
            face._pyroValidateHandshake(answer)

    # What is known

    def learn(self, members: pyrox.Members) -> None:
        """Take note of the object's members."""
        self.own_methods = set(members.methods)
        self.own_attributes = set(members.attributes)
        self.own_oneway = set(members.oneway)
        self.forget_methods()

    def method(self, name: str) -> _RemoteMethod:
        """Return a method, for the proxy to keep until :meth:`forget_methods`."""
        self._kept.append(name)
        return _RemoteMethod(self.invoke_as_pyro5, name, self.retries)

    def forget_methods(self) -> None:
        """Take the methods away that the proxy keeps: they may be others by now."""
        kept, self._kept = self._kept, []
        if kept and (face := self.face()) is not None:
            for name in kept:
                vars(face).pop(name, None)

    # Who may call

    def claim(self) -> None:
        """Make the calling thread the owner."""
        self.owner = current_thread()
        self.of_worker = _is_worker()

    def check_owner(self) -> None:
        """Raise PyroError in a thread that is not the owner.

        What a daemon's worker made or received is at the disposal of all workers: which of them
        runs the next method of the same object is chance, where Pyro5 had one for each client.
        """
        if self.owner == current_thread():
            return
        if self.of_worker and _is_worker():
            self.owner = current_thread()
            return
        raise PyroError(
            "the calling thread is not the owner of this proxy, create a new proxy in this "
            "thread or transfer ownership."
        )

    # Calling

    def invoke_as_pyro5(
        self,
        methodname: str,
        vargs: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        objectId: str | None = None,
    ) -> Any:
        """Call a method of the remote object; every call comes through here."""
        if self.owner != current_thread():
            self.check_owner()
        wanted = self.wanted_serializer or config.SERIALIZER
        if wanted != self._serializer:
            self.serializer = known_serializer(wanted, KeyError)
        if methodname in self.own_oneway:
            flags |= FLAGS_ONEWAY
        if reply_annotations.get() is not None:
            reply_annotations.set(None)
        carried = outgoing()
        if carried is not None:
            token = options.set(carried)
        try:
            if carried is None and not self.answers_raw:
                # What call() does, less what a proxy of Pyro5's has other ways for.
                deadline = self._deadline()
                result = self._exchange(
                    methodname, vargs, kwargs, flags, objectId, deadline, options.get()
                )
            elif self.answers_raw and not flags & FLAGS_ONEWAY:
                return ReceivingMessage.from_native(
                    self.call_raw(methodname, vargs, kwargs, flags, objectId)
                )
            else:
                result = self.call(methodname, vargs, kwargs, flags, objectId)
        except pyrox.PyroxError as error:
            if wanted == "serpent" and was_not_written(error):
                raise TypeError(in_pyro5s_words(str(error))) from error.__cause__
            raise translated(error) from error.__cause__
        finally:
            if carried is not None:
                options.reset(token)
        if type(result) is pyrox.ItemStream:
            return _StreamResultIterator(result, self.face() or self.new_face(self))
        return result


def _is_worker() -> bool:
    return threading.current_thread().name == "pyrox-worker"


def known_serializer(name: str, problem: type[Exception] = ValueError) -> str:
    """Return the name of a serializer, if there is one of that name; else raise ``problem``."""
    if name not in pyrox.installed_plugins().serializers:
        raise problem("unknown serializer configured" if problem is ValueError else name)
    return name
