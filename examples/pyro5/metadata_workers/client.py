"""Workers that are found by their tags, without knowing their names."""

from Pyro5.api import Proxy, locate_ns
from Pyro5.errors import NamingError

for tags in ("adder", "multiplier", "example,fast,adder"):
    with Proxy(f"PYROMETA:{tags}") as worker:
        print(tags, worker.work(3, 4))
        print("  the uri stays:", worker._pyroUri.protocol, sorted(worker._pyroUri.object))

with locate_ns() as ns:
    for name, (_, tags) in sorted(ns.yplookup(meta_any={"slow", "multiplier"}).items()):
        print(name, sorted(tag for tag in tags if not tag.startswith("class:")))
    print(
        "classes:",
        sorted(
            t.rpartition(".")[2]
            for t in ns.yplookup(["slow"])["worker.0"][1]
            if t.startswith("class:")
        ),
    )
    ns.set_metadata("worker.0", {"retired"})
    print("fast or slow:", len(ns.yplookup(meta_any=["fast", "slow"])))
    print("both:", len(ns.yplookup(meta_all=["adder", "fast"])))

try:
    Proxy("PYROMETA:nobody,has,these")._pyroBind()
except NamingError as error:
    print(str(error)[:40])
