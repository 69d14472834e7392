"""Connecting without blocking: running a transport's steps, and happy eyeballs (RFC 8305)."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import errno
import socket
from collections.abc import Sequence
from typing import Any

from ..contracts.connecting import (
    HEAD_START,
    Candidate,
    ConnectFirst,
    InThread,
    LookUp,
    Until,
)
from ..contracts.transport import Stream, Transport
from ..values.config import Config

__all__ = ["open_stream"]

_BACKLOG_PAUSE = 0.005


async def open_stream(
    transport: Transport, location: str, config: Config, timeout: float
) -> Stream:
    """Connect within ``timeout`` seconds (0: no bound); raises what the transport raises."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + timeout if timeout else 0.0
    flow = transport.connecting(location, config)
    try:
        step = next(flow)
        while True:
            left = max(ends - loop.time(), 0.001) if ends else None
            try:
                result = await asyncio.wait_for(_run(step, left or 0.0), left)
            except asyncio.TimeoutError:  # another class before Python 3.11
                step = flow.throw(builtins.TimeoutError(errno.ETIMEDOUT, "no answer in time"))
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(result)
    except StopIteration as finished:
        stream: Stream = finished.value
        return stream
    finally:
        flow.close()


async def _run(step: Any, left: float) -> Any:
    loop = asyncio.get_running_loop()
    if isinstance(step, LookUp):
        return await _look_up(step)
    if isinstance(step, ConnectFirst):
        return await _connect_first(step.candidates)
    if isinstance(step, Until):
        return await _until(loop, step)
    assert isinstance(step, InThread)
    return await _in_thread(loop, step, left)


async def _look_up(step: LookUp) -> list[Any]:
    if (step.host and step.host[-1:].isdigit()) or ":" in step.host:
        with contextlib.suppress(OSError):  # an address needs no looking up, and no thread
            return socket.getaddrinfo(
                step.host, step.port, step.family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST
            )
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(
        step.host or None, step.port, family=step.family, type=socket.SOCK_STREAM
    )


async def _connect_first(candidates: Sequence[Candidate]) -> tuple[socket.socket, Any]:
    """Try the candidates, each with a head start over the next one."""
    if len(candidates) == 1:
        return await _connect(candidates[0])
    waiting = list(candidates)
    trying: set[asyncio.Task[tuple[socket.socket, Any]]] = set()
    problem: BaseException = OSError(errno.EADDRNOTAVAIL, "the host has no address")
    winner: asyncio.Task[tuple[socket.socket, Any]] | None = None
    try:
        while winner is None and (waiting or trying):
            if waiting:
                trying.add(asyncio.ensure_future(_connect(waiting.pop(0))))
            done, trying = await asyncio.wait(
                trying,
                timeout=HEAD_START if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                error = task.exception()
                if error is not None:
                    problem = error
                elif winner is None:
                    winner = task
                else:
                    task.result()[0].close()
    finally:
        for task in trying:
            task.cancel()
            task.add_done_callback(_close_late)
    if winner is None:
        raise problem
    return winner.result()


def _close_late(task: asyncio.Task[tuple[socket.socket, Any]]) -> None:
    """Close a connection that was made although nobody waits for it any more."""
    if not task.cancelled() and task.exception() is None:
        task.result()[0].close()


async def _connect(candidate: Candidate) -> tuple[socket.socket, Any]:
    loop = asyncio.get_running_loop()
    sock: socket.socket = candidate.make()
    try:
        sock.setblocking(False)
        if sock.family == getattr(socket, "AF_UNIX", None):
            await _connect_locally(sock, candidate.address)
        else:
            await loop.sock_connect(sock, candidate.address)
    except BaseException:
        sock.close()
        raise
    return sock, candidate.address


async def _connect_locally(sock: socket.socket, address: Any) -> None:
    """Connect a unix socket: where the daemon's queue is full, the system says so at once."""
    while True:
        try:
            sock.connect(address)
            return
        except BlockingIOError:
            await asyncio.sleep(_BACKLOG_PAUSE)


async def _until(loop: asyncio.AbstractEventLoop, step: Until) -> None:
    ready = loop.create_future()
    add, remove = (
        (loop.add_writer, loop.remove_writer)
        if step.write
        else (loop.add_reader, loop.remove_reader)
    )

    def announce() -> None:
        if not ready.done():
            ready.set_result(None)

    add(step.fd, announce)
    try:
        await ready
    finally:
        remove(step.fd)


async def _in_thread(loop: asyncio.AbstractEventLoop, step: InThread, left: float) -> Any:
    connecting = loop.run_in_executor(None, step.connect, left)
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close_stream)
        raise


def _close_stream(connecting: asyncio.Future[Any]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
