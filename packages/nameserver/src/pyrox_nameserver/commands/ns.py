"""``pyrox ns``: run a name server."""

from __future__ import annotations

from collections.abc import Iterator

from pyrox import NAMESERVER_ID, UsageError, current_config, join_host_port

from ..server import NameServerDaemon

__all__ = ["name_server"]


def name_server(
    host: str | None = None,
    port: int | None = None,
    unixsocket: str | None = None,
    storage: str = "memory",
    broadcast: bool = False,
    bchost: str | None = None,
    bcport: int | None = None,
    nat: str | None = None,
) -> Iterator[str]:
    """Serve names until interrupted; yields what to print."""
    responder = _responder(broadcast, bchost, bcport)
    location = _location(host, port, unixsocket)
    try:
        with NameServerDaemon(
            location, storage=storage, broadcast=responder, nat_location=nat
        ) as daemon:
            yield from _announcement(daemon, storage)
            daemon.serve_forever()
    except KeyboardInterrupt:
        pass  # the way to stop a server
    yield "name server stopped."


def _location(host: str | None, port: int | None, unixsocket: str | None) -> str:
    config = current_config()
    if not unixsocket:
        return join_host_port(host or config.host, config.ns_port if port is None else port)
    if host or port is not None:
        raise UsageError("give either --unixsocket, or --host and --port")
    return f"./u:{unixsocket}"


def _responder(broadcast: bool, host: str | None, port: int | None) -> bool | str:
    if host is None and port is None:
        return broadcast
    config = current_config()
    return join_host_port(
        host or config.ns_broadcast_host or "0.0.0.0",
        config.ns_broadcast_port if port is None else port,
    )


def _announcement(daemon: NameServerDaemon, storage: str) -> Iterator[str]:
    yield f"name server on {daemon.location}"
    yield f"URI: {daemon.uri_for(NAMESERVER_ID)}"
    if (known := daemon.nameserver.count() - 1) or storage != "memory":
        yield f"storage: {storage}, {known} name{'' if known == 1 else 's'}"
    if daemon.responder is not None:
        yield f"answering broadcasts on UDP {daemon.responder.location}"
