"""Stock markets: each sends its quotes as long as somebody listens."""

import random

from Pyro5.api import Daemon, expose, locate_ns


@expose
class StockMarket:
    """One market; its quotes are an endless generator."""

    def __init__(self, name, symbols):
        self._name, self._symbols = name, symbols

    @property
    def name(self):
        return self._name

    @property
    def symbols(self):
        return self._symbols

    def quotes(self):
        chance = random.Random(self._name)
        while True:
            yield chance.choice(self._symbols), chance.randint(5, 600)


with Daemon() as daemon, locate_ns() as ns:
    for name, symbols in {"NYSE": ["IBM", "HPQ"], "NASDAQ": ["AAPL", "CSCO", "MSFT"]}.items():
        uri = daemon.register(StockMarket(name, symbols))
        ns.register(f"example.stockmarket.{name.lower()}", uri)
    print("the markets are open", flush=True)
    daemon.requestLoop()
