"""Pyro5 at one end of a connected socket, run as a program by the tests.

``serve FD`` serves an object over the socket that was inherited; ``call FD`` calls one.
"""

import socket
import sys

import Pyro5.api


@Pyro5.api.expose
class Thing:
    def add(self, a, b):
        return a + b

    def numbers(self, count):
        yield from range(count)

    def fail(self, text):
        raise ValueError(text)


def serve(sock):
    daemon = Pyro5.api.Daemon(connected_socket=sock)
    daemon.register(Thing(), "thing")
    print("ready", flush=True)
    daemon.requestLoop()


def call(sock):
    for number in range(2):  # a second proxy takes over the socket of the first
        with Pyro5.api.Proxy("thing", connected_socket=sock) as thing:
            print(thing.add(number, 2), *thing.numbers(3))
            try:
                thing.fail("as expected")
            except ValueError as error:
                print(error, flush=True)


what, descriptor = sys.argv[1:]
{"serve": serve, "call": call}[what](socket.socket(fileno=int(descriptor)))
