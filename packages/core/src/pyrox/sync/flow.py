"""Running flows with blocking sockets."""

from __future__ import annotations

import contextlib
import errno
import logging
import selectors
import socket
import time
from typing import Any, TypeVar

from ..contracts.converters import Converters
from ..contracts.flow import Broadcast, Call, Flow, Now, Sleep, Step
from ..plugins import Plugins
from ..protocol.connection_errors import check_pause
from ..values.config import Config
from ..values.context import time_limit
from .connection import open_connection

__all__ = ["run_flow"]

T = TypeVar("T")
log = logging.getLogger("pyrox.flow")


def run_flow(flow: Flow[T], config: Config, converters: Converters, plugins: Plugins) -> T:
    """Run ``flow`` to its end and return its result; raises what it raises."""
    try:
        step = next(flow)
        while True:
            try:
                result = _run_step(step, config, converters, plugins)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(result)
    except StopIteration as finished:
        value: T = finished.value
        return value


def _run_step(step: Step, config: Config, converters: Converters, plugins: Plugins) -> Any:
    if isinstance(step, Call):
        return _call(step, config, converters, plugins)
    if isinstance(step, Broadcast):
        return _broadcast(step)
    if isinstance(step, Sleep):
        check_pause(step.seconds)
        return time.sleep(step.seconds)
    assert isinstance(step, Now)
    return time.monotonic()


def _call(step: Call, config: Config, converters: Converters, plugins: Plugins) -> Any:
    deadline = time_limit()
    connection = open_connection(step.uri, config, converters, plugins, deadline=deadline)
    try:
        limit = deadline or (time.monotonic() + config.connect_timeout if config.connect_timeout
                             else 0.0)  # fmt: skip
        return connection.call(
            step.uri.object, step.method, step.args, dict(step.kwargs), deadline=limit
        )
    finally:
        connection.close()


def _broadcast(step: Broadcast) -> tuple[bytes, Any] | None:
    with contextlib.ExitStack() as stack:
        waiting = stack.enter_context(selectors.DefaultSelector())
        for address in step.addresses:
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setblocking(False)
            try:
                sock.sendto(step.data, (address, step.port))
            except OSError as error:
                if error.errno not in (errno.ENETUNREACH, errno.EHOSTUNREACH):
                    log.debug("cannot broadcast to %s:%d: %s", address, step.port, error)
                continue
            waiting.register(sock, selectors.EVENT_READ)
        return _first_answer(waiting, time.monotonic() + step.timeout)


def _first_answer(waiting: selectors.BaseSelector, deadline: float) -> tuple[bytes, Any] | None:
    while waiting.get_map() and (left := deadline - time.monotonic()) > 0:
        for key, _ in waiting.select(left):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            try:
                return sock.recvfrom(1000)
            except OSError:
                waiting.unregister(sock)
    return None
