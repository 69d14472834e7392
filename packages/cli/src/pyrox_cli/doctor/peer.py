"""The last steps: from an open connection to methods that can be called."""

from __future__ import annotations

import difflib

from pyrox import PROTOCOL_VERSION, Peer, PyroxError

from .network import cure_for_silence
from .probe import VERSION_PROBE, Answer, hello, knock, recognize, serializers
from .steps import Broken, Patient, advice_of

__all__ = [
    "check_exposure",
    "check_handshake",
    "check_object",
    "check_protocol",
    "check_serializer",
]

_NAMES_SHOWN = 8
_USES_TLS = b"this daemon uses TLS"


def check_protocol(patient: Patient) -> str:
    """See that a daemon answers, of a version that we speak."""
    try:
        answer = _first_answer(patient)
    except PyroxError as error:  # by TLS 1.3 a daemon says only now that it accepts nobody
        raise Broken(*advice_of(error, "the daemon's log tells more")) from error
    if _USES_TLS in answer.data:
        raise Broken("the daemon uses TLS", f"use {_by_tls(patient)}")
    version = answer.version
    if version == PROTOCOL_VERSION:
        return f"Pyro protocol {version}"
    if version is not None:
        raise Broken(
            f"the peer speaks version {version} of the protocol, and this pyrox {PROTOCOL_VERSION}",
            "run pyrox or Pyro5 at both ends; Pyro4 speaks another protocol",
        )
    if answer.data:
        raise Broken(
            f"{patient.location} is no daemon: {recognize(answer.data)}",
            "check the port" + _tls_hint(patient, answer),
        )
    if answer.closed:
        raise Broken(
            "the peer closes the connection without a word: it is no daemon, or refuses this one",
            "check the port, and the daemon's log",
        )
    raise Broken(
        f"something listens at {patient.location} and says nothing",
        "check that it is a daemon (one with TLS is reached as PYRO+TLS:) and not overloaded; "
        + cure_for_silence(patient),
    )


def check_serializer(patient: Patient) -> str:
    """Find out which of our serializers the daemon reads."""
    installed = serializers()
    patient.serializers = [s.name for s in installed if knock(patient, hello(s)).reads(s)]
    if patient.serializers:
        return f"both sides have {', '.join(patient.serializers)}"
    here = ", ".join(s.name for s in installed) or "none"
    raise Broken(
        f"no serializer in common: the daemon reads none of those installed here ({here})",
        "install another here (pip install pyrox-msgpack pyrox-serpent pyrox-json "
        "pyrox-marshal), or add one of these to the daemon's `serializers` setting",
    )


def check_handshake(patient: Patient) -> str:
    """Shake hands as a proxy does."""
    try:
        with patient.daemon() as daemon:
            daemon._pyro.bind()
            peer = daemon._pyro.peer or Peer()
    except (PyroxError, OSError) as error:
        raise Broken(f"the handshake failed: {error}", _cure_for_handshake(patient)) from error
    if not peer.is_pyrox:
        return "welcomed by a Pyro5 daemon"
    extras = ", ".join(sorted(peer.capabilities))
    return f"welcomed by {peer.software or 'a pyrox daemon'}" + (f" ({extras})" if extras else "")


def check_object(patient: Patient) -> str:
    """See that the daemon has the object."""
    wanted = patient.where.object
    try:
        with patient.daemon() as daemon:
            ids = sorted(daemon.registered())
    except (PyroxError, OSError) as error:
        raise Broken(f"the daemon does not list its objects: {error}", "see its log") from error
    if wanted in ids:
        return f"{wanted} is one of the {len(ids)} in the daemon"
    near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.5)
    guess = f"did you mean {' or '.join(near)}? " if near else ""
    raise Broken(
        f"the daemon has no object {wanted!r}",
        f"{guess}It has {_some(ids)}. If it was restarted, objects without a fixed id have new ids",
    )


def check_exposure(patient: Patient) -> str:
    """See that the object offers anything."""
    try:
        with patient.daemon() as daemon:
            meta = daemon.get_metadata(patient.where.object)
    except (PyroxError, OSError) as error:
        raise Broken(f"the daemon does not describe the object: {error}", "see its log") from error
    methods, attributes = sorted(meta.get("methods", ())), sorted(meta.get("attrs", ()))
    if not methods and not attributes:
        raise Broken(
            f"{patient.where.object} exposes no methods and no attributes",
            "mark its class or methods with @pyrox.expose, and restart the server",
        )
    return f"{_counted(methods, 'method')}, {_counted(attributes, 'attribute')}: " + _some(
        methods + attributes
    )


def _first_answer(patient: Patient) -> Answer:
    """Say hello in each serializer until there is an answer; else provoke one."""
    answer = Answer(b"", closed=True)
    for opening in [*map(hello, serializers()), VERSION_PROBE]:
        answer = knock(patient, opening)
        if answer.data or not answer.closed:
            break
    return answer


def _tls_hint(patient: Patient, answer: Answer) -> str:
    if answer.data.startswith(b"\x15\x03") and patient.where.transport == "tcp":
        return f"; if it is a daemon with TLS, use {_by_tls(patient)}"
    return ""


def _by_tls(patient: Patient) -> str:
    return f"PYRO+TLS:{patient.where.object}@{patient.location}"


def _cure_for_handshake(patient: Patient) -> str:
    ours = patient.config.serializer
    if patient.serializers and not {"json", "serpent", ours} & set(patient.serializers):
        return f"set the serializer: PYROX_SERIALIZER={patient.serializers[0]}"
    return "the daemon's log tells more"


def _some(names: list[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _counted(names: list[str], word: str) -> str:
    return f"{len(names)} {word}{'' if len(names) == 1 else 's'}"
