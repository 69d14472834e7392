"""Proxies and threads: a proxy belongs to one thread at a time."""

import copy
import sys
import threading

from Pyro5.api import Proxy
from Pyro5.errors import PyroError


def in_a_thread(function):
    def run():
        try:
            print(function())
        except PyroError as error:
            print(type(error).__name__, "-", error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def claim_and_call():
    proxy._pyroClaimOwnership()
    return proxy.echo("claimed")


def call_a_copy():
    with copy.copy(proxy) as own:
        own._pyroClaimOwnership()
        return own.echo("a copy")


proxy = Proxy(sys.argv[1])
print(proxy.echo("mine"))
in_a_thread(lambda: proxy.echo("not mine"))
in_a_thread(call_a_copy)
in_a_thread(claim_and_call)
try:
    proxy.echo("mine again?")
except PyroError as error:
    print("lost:", "not the owner" in str(error))
proxy._pyroClaimOwnership()
print(proxy.echo("mine again"))
