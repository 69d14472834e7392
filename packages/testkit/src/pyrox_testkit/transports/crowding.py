"""Thousands of connections to one daemon."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

import pyrox

from ..patience import PATIENCE
from .calling import Calling

__all__ = ["Crowding"]

FEW_THREADS = 60


class Crowding(Calling):
    """Many connections that are open at the same time, most of them silent."""

    @pytest.fixture
    def descriptors(self) -> Iterator[None]:
        """Let this process have as many open connections as the crowd needs."""
        if sys.platform == "win32":
            yield
            return
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = 3 * self.crowd + 500
        if hard != resource.RLIM_INFINITY and hard < needed:
            pytest.skip(f"{needed} open files are needed, and the system allows {hard}")
        if soft < needed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        yield
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    @pytest.mark.usefixtures("descriptors")
    def test_thousands_of_connections_cost_no_threads_and_are_all_served(
        self, daemon: pyrox.Daemon, config: pyrox.Config, plugins: pyrox.Plugins
    ) -> None:
        uri = str(daemon.uri_for("thing"))
        crowd = [
            pyrox.Proxy(uri, config=config, plugins=plugins, timeout=PATIENCE)
            for _ in range(self.crowd)
        ]
        try:
            for number, proxy in enumerate(crowd):
                assert proxy.echo(number) == number
            assert daemon.connections == self.crowd
            assert threading.active_count() < FEW_THREADS
            assert crowd[0].echo("the first") == "the first"
            assert crowd[-1].echo("the last") == "the last"
        finally:
            for proxy in crowd:
                proxy._pyro.release()
