"""The HTTP gateway inside a program, with an object for it to call."""

import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

from Pyro5.api import Daemon, expose, locate_ns
from Pyro5.utils.httpgateway import pyro_app


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_):
        pass


@expose
class Shop:
    """Has things to sell."""

    currency = property(lambda self: "EUR")

    def price(self, thing, count="1"):
        if thing != "pear":
            raise KeyError(thing)
        return {"thing": thing, "price": 0.5 * int(count)}


with Daemon() as daemon, locate_ns() as ns:
    ns.register("http.shop", daemon.register(Shop()))
    ns.register("secret.shop", daemon.register(Shop()))
    pyro_app.gateway_key = b"sesame"
    pyro_app.cors = "*"
    gateway = make_server("localhost", 0, pyro_app, handler_class=Quiet)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    print(f"http://localhost:{gateway.server_port}/pyro/", flush=True)
    daemon.requestLoop()
