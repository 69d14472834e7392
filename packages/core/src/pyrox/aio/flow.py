"""Running flows under asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
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


async def run_flow(flow: Flow[T], config: Config, converters: Converters, plugins: Plugins) -> T:
    """Run ``flow`` to its end and return its result; raises what it raises."""
    try:
        step = next(flow)
        while True:
            try:
                result = await _run_step(step, config, converters, plugins)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(result)
    except StopIteration as finished:
        value: T = finished.value
        return value
    finally:
        flow.close()


async def _run_step(step: Step, config: Config, converters: Converters, plugins: Plugins) -> Any:
    if isinstance(step, Call):
        return await _call(step, config, converters, plugins)
    if isinstance(step, Broadcast):
        return await _broadcast(step)
    if isinstance(step, Sleep):
        check_pause(step.seconds)
        return await asyncio.sleep(step.seconds)
    assert isinstance(step, Now)
    return time.monotonic()


async def _call(step: Call, config: Config, converters: Converters, plugins: Plugins) -> Any:
    deadline = time_limit()
    connection = await open_connection(step.uri, config, converters, plugins, deadline=deadline)
    try:
        limit = deadline or (time.monotonic() + config.connect_timeout if config.connect_timeout
                             else 0.0)  # fmt: skip
        return await connection.call(
            step.uri.object, step.method, step.args, dict(step.kwargs), deadline=limit
        )
    finally:
        connection.close()


class _Answers(asyncio.DatagramProtocol):
    """Notes the first answer to a broadcast."""

    def __init__(self, first: asyncio.Future[tuple[bytes, Any]]) -> None:
        self._first = first

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not self._first.done():
            self._first.set_result((data, address))


async def _broadcast(step: Broadcast) -> tuple[bytes, Any] | None:
    loop = asyncio.get_running_loop()
    first: asyncio.Future[tuple[bytes, Any]] = loop.create_future()
    with contextlib.ExitStack() as stack:
        for address in step.addresses:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setblocking(False)
            transport, _ = await loop.create_datagram_endpoint(lambda: _Answers(first), sock=sock)
            stack.callback(transport.close)
            try:
                sock.sendto(step.data, (address, step.port))
            except OSError as error:
                if error.errno not in (errno.ENETUNREACH, errno.EHOSTUNREACH):
                    log.debug("cannot broadcast to %s:%d: %s", address, step.port, error)
        try:
            return await asyncio.wait_for(first, step.timeout)
        except asyncio.TimeoutError:  # another class before Python 3.11
            return None
