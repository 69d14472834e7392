"""Pyro5's automatic cleaning of a name server (reference 3.9)."""

from __future__ import annotations

import threading

import pyrox_nameserver

from .configure import global_config as config

__all__ = ["AutoCleaner"]


class AutoCleaner(threading.Thread):
    """Removes from a name server the names whose server is gone, every ``NS_AUTOCLEAN`` seconds.

    It ends some time after ``stop`` was set to True.
    """

    min_autoclean_value = 3
    max_unreachable_time = pyrox_nameserver.GRACE
    loop_delay = 2.0
    override_autoclean_min = False
    """For tests: whether ``NS_AUTOCLEAN`` may be shorter than that."""

    def __init__(self, nameserver: pyrox_nameserver.NameServer) -> None:
        period = config.NS_AUTOCLEAN
        if period < self.min_autoclean_value and not self.override_autoclean_min:
            raise ValueError(f"NS_AUTOCLEAN cannot be smaller than {self.min_autoclean_value}")
        super().__init__(name="name-server-autoclean", daemon=True)
        self.nameserver = nameserver
        self._cleaner = pyrox_nameserver.AutoCleaner(
            nameserver.table,
            period,
            grace=self.max_unreachable_time,
            timeout=config.COMMTIMEOUT or pyrox_nameserver.PROBE_TIME,
        )

    @property
    def stop(self) -> bool:
        """Whether it is to end."""
        return self._cleaner.stopping

    @stop.setter
    def stop(self, wanted: bool) -> None:
        if wanted:
            self._cleaner.stop()

    def run(self) -> None:
        """Clean until it is stopped."""
        self._cleaner.run()


AutoCleaner.__module__ = "Pyro5.nameserver"
