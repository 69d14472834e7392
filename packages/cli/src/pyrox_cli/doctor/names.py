"""The first steps: from a name to the place it stands for."""

from __future__ import annotations

import difflib

from pyrox import (
    NamingError,
    PluginError,
    Proxy,
    PyroxError,
    installed_plugins,
    locate_ns,
    resolve,
)

from .steps import Broken, Patient, missing_plugin

__all__ = ["check_name", "check_name_server"]


def check_name_server(patient: Patient) -> str | None:
    """Find the name server, where one is needed."""
    uri, config = patient.uri, patient.config
    if uri.is_direct:
        patient.target = uri
        return None
    try:
        installed_plugins().resolver(uri.scheme)
    except PluginError as error:
        raise missing_plugin(error) from error
    try:
        with _name_server(patient) as name_server:
            patient.name_server = name_server._pyro.uri
    except (PyroxError, OSError) as error:
        place = uri.location or f"{config.ns_host}:{config.ns_port}"
        raise Broken(
            f"there is no name server at {place}: {_without_advice(error)}",
            "start one with `pyrox ns`; or say where it is with PYROX_NS_HOST and PYROX_NS_PORT, "
            f"or in the URI ({uri.scheme}:{uri.object}@host:port)",
        ) from error
    return f"at {patient.name_server.location}"


def check_name(patient: Patient) -> str | None:
    """Look the name up."""
    if patient.name_server is None:
        return None
    try:
        patient.target = resolve(patient.uri, config=patient.config)
    except NamingError as error:
        raise Broken(_without_advice(error), _cure_for_unknown(patient)) from error
    except (PyroxError, OSError) as error:
        raise Broken(f"the look-up failed: {error}", "look into the name server's log") from error
    return f"{patient.uri.object} is {patient.target}"


def _cure_for_unknown(patient: Patient) -> str:
    if patient.uri.scheme == "PYROMETA":
        return "`pyrox nsc list` shows the names; set tags with `pyrox nsc set-metadata`"
    known = _known_names(patient)
    near = difflib.get_close_matches(patient.uri.object, known, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return (
        f"check that the server registers it at this name server, which knows {len(known)} "
        f"other name{'' if len(known) == 1 else 's'}: `pyrox nsc list` shows them"
    )


def _known_names(patient: Patient) -> list[str]:
    try:
        with _name_server(patient) as name_server:
            return [name for name in name_server.list() if name != "Pyro.NameServer"]
    except (PyroxError, OSError):
        return []


def _without_advice(error: Exception) -> str:
    """Return the first part of an error's text; our cure says more than the advice in the rest."""
    return str(error).partition(";")[0]


def _name_server(patient: Patient) -> Proxy:
    return locate_ns(patient.uri.host or "", patient.uri.port, config=patient.config)
