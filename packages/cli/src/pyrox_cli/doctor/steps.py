"""What the doctor knows about a patient, and what a step tells."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from pyrox import URI, Config, PluginError, Proxy, Stream, installed_plugins

from ..addresses import daemon_of
from ..values import safe_text

__all__ = ["Broken", "Patient", "Step", "advice_of", "milliseconds_since", "missing_plugin"]


class Broken(Exception):
    """What a step found to be wrong, and what helps."""

    def __init__(self, detail: str, cure: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.cure = cure


@dataclass(frozen=True)
class Step:
    """The outcome of one step."""

    step: str
    ok: bool
    detail: str
    cure: str = ""

    def __str__(self) -> str:
        lines = [f"{'✓' if self.ok else '✗'} {self.step}: {self.detail}"]
        if self.cure:
            lines.append(f"  cure: {self.cure}")
        return safe_text("\n".join(lines))

    def __rich__(self) -> Any:
        from rich.text import Text

        mark = ("✓ ", "bold green") if self.ok else ("✗ ", "bold red")
        text = Text.assemble(mark, (f"{self.step}: ", "bold"), safe_text(self.detail))
        if self.cure:
            text.append("\n  cure: ", "bold yellow").append(safe_text(self.cure))
        return text


@dataclass
class Patient:
    """The object to examine. ``target`` is where it is, once that is known.

    ``timeout`` is the time in seconds for each wait, ``name_server`` who knew the name, and
    ``serializers`` the names of those that both sides have.
    """

    uri: URI
    timeout: float
    config: Config
    target: URI | None = None
    name_server: URI | None = None
    addresses: list[str] = field(default_factory=list)
    serializers: list[str] = field(default_factory=list)

    @property
    def where(self) -> URI:
        """The PYRO URI; asked for by the steps that come after the name was resolved."""
        assert self.target is not None
        return self.target

    @property
    def location(self) -> str:
        """Where the daemon is."""
        return self.where.location or ""

    def connect(self) -> Stream:
        """Open a connection to the daemon; the protocol is up to the caller."""
        transport = installed_plugins().transport(self.where.transport)
        stream = transport.connect(self.location, self.config, self.timeout)
        stream.set_timeouts(self.timeout, self.timeout)
        return stream

    def daemon(self) -> Proxy:
        """Return a proxy for the daemon itself."""
        return Proxy(daemon_of(self.where), config=self.config)


def missing_plugin(error: PluginError) -> Broken:
    """Say that something is not installed; the error ends with what to install."""
    detail, _, cure = str(error).rpartition("; ")
    return Broken(detail or cure, cure)


def advice_of(error: BaseException, otherwise: str) -> tuple[str, str]:
    """Return what an error says, and the cure that it ends with, as those about TLS do."""
    detail, bracket, cure = str(error).partition("); ")
    return (f"{detail})", cure) if bracket else (detail, otherwise)


def milliseconds_since(begin: float) -> str:
    """Return the time since ``begin`` (of ``time.perf_counter``) as text."""
    return f"{(time.perf_counter() - begin) * 1000:.1f} ms"
