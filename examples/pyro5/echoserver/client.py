"""What the test server does."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as echo:
    print(echo.echo("hello"), echo.echo([1, 2.5, None, True]))
    for method in (echo.error, echo.error_with_text):
        try:
            method()
        except ValueError as error:
            print("error:", error)
    print(list(echo.generator()))
    print(echo.nan() != echo.nan(), echo.inf() > 1e308)
    print(echo.oneway_echo("nobody hears"))
    print(echo.__dunder__())
    print("verbose:", echo.verbose)
    echo.verbose = True
    print("verbose:", echo.verbose)
    for name in ("_private", "__private", "_EchoServer__private"):
        try:
            echo._pyroInvoke(name, (), {})
        except AttributeError as error:
            print("refused:", str(error)[:37])
    echo.shutdown()
