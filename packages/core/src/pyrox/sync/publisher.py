"""Keeping published names, in a thread of its own: a name server may take its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from ..contracts.converters import Converters
from ..contracts.flow import Flow
from ..logic.publishing import PATIENCE, Publications
from ..plugins import Plugins
from ..values.config import Config
from ..values.uri import URI
from .flow import run_flow

__all__ = ["Publisher"]


class Publisher:
    """Publishes names for a daemon, and looks after them until it is stopped."""

    def __init__(self, config: Config, converters: Converters, plugins: Plugins) -> None:
        self._config, self._converters, self._plugins = config, converters, plugins
        # The daemon's end waits for what goes on then.
        self._hurried = config.replace(connect_timeout=PATIENCE)
        self._names = Publications(config, plugins)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def publish(self, name: str, locate: Callable[[], URI], metadata: Iterable[str] | None) -> None:
        """Register a name for what ``locate`` returns, and keep it; NamingError if that fails."""
        with self._lock:
            self._run(self._names.publish(name, locate, metadata), self._config)
            if self._thread is None and self._config.ns_refresh:
                self._thread = threading.Thread(
                    target=self._look_after_names, name="pyrox-publisher", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Remove the names that are still ours, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            if self._names:
                self._run(self._names.withdraw(), self._hurried)

    def _look_after_names(self) -> None:
        while not self._stopping.wait(self._config.ns_refresh):
            with self._lock:
                self._run(self._names.keep(), self._hurried)

    def _run(self, flow: Flow[Any], config: Config) -> None:
        run_flow(flow, config, self._converters, self._plugins)
