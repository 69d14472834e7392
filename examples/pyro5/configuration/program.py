"""Settings: from the environment, in the program, and put back."""

import os
import subprocess
import sys

from Pyro5.api import Proxy, config

print(config.SERIALIZER, config.COMMTIMEOUT, config.THREADPOOL_SIZE, config.BROADCAST_ADDRS)
try:
    config.SERIALISER = "json"
except AttributeError:
    print("there is no such setting")
saved = config.copy()
config.COMMTIMEOUT = 1.5
config.MAX_RETRIES = 3
proxy = Proxy("PYRO:object@localhost:1")
print(proxy._pyroTimeout, proxy._pyroMaxRetries, saved.COMMTIMEOUT)
config.reset()
print(config.COMMTIMEOUT, config.as_dict()["MAX_RETRIES"])
print(config.dump().splitlines()[3:5])

ASK = "from Pyro5.api import config as c; print(c.COMPRESSION, c.NS_PORT, c.BROADCAST_ADDRS)"
settings = {"PYRO_COMPRESSION": "On", "PYRO_NS_PORT": "1234", "PYRO_BROADCAST_ADDRS": "a, b"}
subprocess.run([sys.executable, "-c", ASK], env={**os.environ, **settings}, check=True)
for wrong in ({"PYRO_COMPRESION": "1"}, {"PYRO_NS_PORT": "x"}, {"PYRO_COMPRESSION": "maybe"}):
    done = subprocess.run(
        [sys.executable, "-c", ASK], env={**os.environ, **wrong}, stderr=subprocess.PIPE, text=True
    )
    print(done.returncode, "ValueError: invalid" in done.stderr)
