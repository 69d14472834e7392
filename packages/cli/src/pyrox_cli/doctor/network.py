"""The middle steps: from a location to an open connection."""

from __future__ import annotations

import ipaddress
import os
import socket
import stat
import time

from pyrox import PluginError, PyroxError, installed_plugins

from .steps import Broken, Patient, advice_of, milliseconds_since, missing_plugin

__all__ = ["check_address", "check_route", "check_transport", "cure_for_silence"]


def check_address(patient: Patient) -> str | None:
    """Find the addresses of the host, or the file of a unix socket."""
    uri = patient.where
    if uri.path is not None:
        return _check_socket_file(uri.path)
    host, port = _host_port(patient)
    if host is None:
        return None  # a transport whose locations are known to itself alone
    if host in _WILDCARDS:
        raise Broken(
            f"{host} is no address to connect to: it stands for every address of the machine that "
            "listens, and leads each client to itself",
            "let the daemon publish an address that its clients reach: listen on that "
            "(Daemon(host=...), PYROX_HOST), or name it (PYROX_NAT_LOCATION)",
        )
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Broken(
            f"the host name {host!r} is not known ({error.strerror})",
            "check its spelling and your DNS, or use an IP address",
        ) from error
    patient.addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    text = ", ".join(patient.addresses)
    return text if [host] == patient.addresses else f"{host} is {text}"


def check_route(patient: Patient) -> str | None:
    """Find the address of this machine that a connection would come from."""
    if not patient.addresses:
        return None
    problems = []
    for address in patient.addresses:
        try:
            local = _local_address(address)
        except OSError as error:
            problems.append(f"{address}: {error.strerror}")
            continue
        loopback = ipaddress.ip_address(local.partition("%")[0]).is_loopback
        return f"from {local}" + (", this machine" if loopback else "")
    raise Broken(
        f"there is no route to it ({'; '.join(problems)})",
        "check that this machine is connected to that network, with its VPN if it has one",
    )


def check_transport(patient: Patient) -> str:
    """Open a connection."""
    uri = patient.where
    try:
        installed_plugins().transport(uri.transport)
    except PluginError as error:
        raise missing_plugin(error) from error
    begin = time.perf_counter()
    try:
        patient.connect().close()
    except (PyroxError, OSError) as error:
        raise Broken(*_diagnosis(patient, error)) from error
    return f"{uri.transport} connection to {patient.location} in {milliseconds_since(begin)}"


def _diagnosis(patient: Patient, error: BaseException) -> tuple[str, str]:
    cause = _system_error(error)
    where = patient.location
    if isinstance(cause, ConnectionRefusedError):
        return f"connection refused: nothing listens at {where}", _cure_for_refusal(patient)
    if isinstance(cause, TimeoutError | BlockingIOError):
        return f"no answer from {where} within {patient.timeout:g} s", cure_for_silence(patient)
    if isinstance(cause, PermissionError):
        return f"permission denied at {where}", "check who may use the socket"
    return advice_of(error, "check the address, and that the daemon runs")


def _cure_for_refusal(patient: Patient) -> str:
    cure = "start the daemon, or check the port: a daemon that restarts may have another one"
    elsewhere = patient.name_server is not None and patient.name_server.host not in _LOOPBACK
    if elsewhere and patient.where.host in _LOOPBACK:
        return (
            f"the daemon registered itself as {patient.where.host!r}, which is this machine "
            "everywhere: let it listen on an address that other machines reach "
            "(PYROX_HOST, or Daemon(location))"
        )
    return cure


def cure_for_silence(patient: Patient) -> str:
    """Say what may be in the way of packets."""
    return (
        "check that the machine is up, and that no firewall drops connections to "
        f"port {_host_port(patient)[1] or '?'}"
    )


def _system_error(error: BaseException) -> BaseException | None:
    """Return the operating system's error behind a pyrox one."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.__class__.__module__ != "pyrox.errors":
            return found
        found = found.__cause__
    return error


def _check_socket_file(path: str) -> str:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise Broken(
            f"there is no socket {path} ({error.strerror})",
            "check the path, and that the daemon runs on this machine",
        ) from error
    if not stat.S_ISSOCK(mode):
        raise Broken(f"{path} is no socket", "check the path")
    return f"unix socket {path}"


def _host_port(patient: Patient) -> tuple[str | None, int | None]:
    try:
        return patient.where.host, patient.where.port
    except PyroxError:
        return None, None


def _local_address(address: str) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))  # sends nothing: it only asks the routing table
        return str(probe.getsockname()[0])


_WILDCARDS = ("0.0.0.0", "::")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
