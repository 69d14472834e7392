"""Pyro's own test server."""

from Pyro5.utils.echoserver import main

main(["--port", "0"])
