"""A client that speaks HTTP, and knows nothing of Pyro."""

import json
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def get(path, **headers):
    request = Request(sys.argv[1] + path, headers=headers)
    try:
        with urlopen(request) as response:
            return response.status, response.headers["Content-Type"], response.read().decode()
    except HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


KEY = {"X-Pyro-Gateway-Key": "sesame"}
print(get("http.shop/price?thing=pear&count=3", **KEY))
print(get("http.shop/price?thing=pear&$key=sesame"))
print(get("http.shop/currency", **KEY))
meta = json.loads(get("http.shop/$meta", **KEY)[2])
print(sorted(meta["methods"]), meta["attributes"])
print(get("http.shop/price?thing=pear", **{**KEY, "X-Pyro-Options": "oneway"})[::2])
status, _, body = get("http.shop/price?thing=nut", **KEY)
print(status, json.loads(body)["__class__"], json.loads(body)["args"])
print(get("secret.shop/price?thing=pear", **KEY)[::2])
print(get("http.shop/price?thing=pear", **{"X-Pyro-Gateway-Key": "wrong"})[::2])
print(get("http.shop")[::2])
status, kind, page = get("")
print(status, kind.partition(";")[0], "http.shop" in page, "secret.shop" in page)
