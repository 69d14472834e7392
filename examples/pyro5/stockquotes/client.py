"""Stock markets: a viewer that takes quotes from all of them in turn."""

from itertools import islice

from Pyro5.api import Proxy, locate_ns

with locate_ns() as ns:
    markets = [Proxy(uri) for _, uri in sorted(ns.list(prefix="example.stockmarket.").items())]
streams = []
for market in markets:
    print(market.name, market.symbols)
    streams.append((market, market.quotes()))
for _ in range(3):
    for market, quotes in streams:
        symbol, price = next(quotes)
        print(f"{market.name}: {symbol} is at {price}")
print("sum of the next 50:", sum(price for _, price in islice(streams[0][1], 50)))
for market, quotes in streams:
    quotes.close()
    market._pyroRelease()
