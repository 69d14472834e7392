"""pyrox, through its public API, with its defaults where no option is given."""

from __future__ import annotations

import importlib
import runpy
import sys
from typing import Any

from ..secured import certificates
from ..wire import split_address
from ..workload import OBJECT_ID, SMALL, make_bench
from .base import Announce, Client, Options

__all__ = ["contender"]


class PyroxClient:
    """A pyrox proxy."""

    def __init__(self, proxy: Any, options: Options) -> None:
        self.target = proxy
        if "serializer" in options:
            proxy._pyro.serializer = options["serializer"]
        if "timeout" in options:
            proxy._pyro.timeout = options["timeout"]

    def batch(self, calls: int) -> int:
        batch = self.target._pyro.batch()
        for _ in range(calls):
            batch.echo(SMALL)
        return len(list(batch()))

    def claim(self) -> None:
        """Do nothing: a pyrox proxy belongs to no thread."""

    def close(self) -> None:
        self.target._pyro.release()


class PyroxContender:
    """The pyrox of this repository, as installed in the environment."""

    def serve(self, options: Options, announce: Announce) -> None:
        pyrox = importlib.import_module("pyrox")
        settings = {"server": options["server"]} if "server" in options else {}
        if options.get("transport") == "unix":
            settings["location"] = "unix:"
        elif options.get("transport") == "tls":
            files = certificates(options["folder"])
            settings["location"] = "tls://localhost:0"
            settings["config"] = pyrox.Config(tls_certificate=files.certificate, tls_key=files.key)
        daemon = pyrox.Daemon(**settings)
        uri = daemon.register(make_bench(pyrox.expose, pyrox.oneway), OBJECT_ID)
        announce(str(uri))
        daemon.serve_forever()

    def connect(self, address: str, options: Options) -> Client:
        pyrox = importlib.import_module("pyrox")
        config = None
        if options.get("transport") == "tls":
            config = pyrox.Config(tls_ca=certificates(options["folder"]).authority)
        return PyroxClient(pyrox.Proxy(address, config=config), options)

    def serve_names(self, options: Options, announce: Announce) -> None:
        """Run the name server's command in this process; it prints its own URI."""
        sys.argv = ["pyrox_nameserver", "--port", "0"]
        if options.get("storage", "memory") == "sqlite":
            sys.argv += ["--storage", f"sqlite:{options['folder']}/names.sqlite"]
        runpy.run_module("pyrox_nameserver", run_name="__main__", alter_sys=True)

    def connect_names(self, address: str, options: Options) -> Client:
        pyrox = importlib.import_module("pyrox")
        host, port = split_address(address)
        return PyroxClient(pyrox.locate_ns(host, port), options)


contender = PyroxContender()
