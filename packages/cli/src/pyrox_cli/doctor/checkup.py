"""The walk through all steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..addresses import config_for, uri_of
from . import names, network, peer
from .steps import Broken, Patient, Step

__all__ = ["STEPS", "doctor"]

STEPS: tuple[tuple[str, Callable[[Patient], str | None]], ...] = (
    ("name server", names.check_name_server),
    ("name", names.check_name),
    ("address", network.check_address),
    ("route", network.check_route),
    ("transport", network.check_transport),
    ("protocol", peer.check_protocol),
    ("serializer", peer.check_serializer),
    ("handshake", peer.check_handshake),
    ("object", peer.check_object),
    ("exposure", peer.check_exposure),
)
"""A step returns what it found, or None where it does not apply; it raises Broken."""


def doctor(uri: str, timeout: float = 5.0) -> Iterator[Step]:
    """Examine the way to an object; yields each step, and ends with exit code 1 at a broken one."""
    patient = Patient(uri_of(uri), timeout, config_for(timeout))
    for name, check in STEPS:
        try:
            detail = check(patient)
        except Broken as broken:
            yield Step(name, False, broken.detail, broken.cure)
            raise SystemExit(1) from None
        if detail is not None:
            yield Step(name, True, detail)
