"""Exceptions: their classes, attributes and remote tracebacks."""

import sys

import Pyro5.errors
from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as failing:
    try:
        failing.divide(1, 0)
    except ZeroDivisionError as error:
        print("error:", error)
        local = "".join(Pyro5.errors.get_pyro_traceback())
        for text in (
            "This exception occurred remotely (Pyro) - Remote traceback:",
            "End of remote traceback",
            "return a / b",
            "quotient_of = '1 by 0'",
        ):
            print("traceback has", repr(text), text in local)
    try:
        failing.with_attributes()
    except LookupError as error:
        print("error:", error.args, error.where)
    try:
        failing.unknown()
    except Pyro5.errors.PyroError:
        print("an exception of an unknown class is a PyroError")
    print("again:", failing.divide(6, 3))
    print("handled:", failing.what_was_handled())

sys.excepthook = Pyro5.errors.excepthook
