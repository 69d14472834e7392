"""Names with tags: looking for them, changing them."""

from Pyro5.api import Proxy, locate_ns, resolve

with locate_ns() as ns:
    print(ns.lookup("printer.hall", return_metadata=True)[1] == {"printer", "colour", "floor:0"})
    for name, (_, tags) in sorted(ns.list(prefix="printer.", return_metadata=True).items()):
        print(name, sorted(tags))
    print("all:", sorted(ns.yplookup(meta_all=["printer", "colour"])))
    print("any:", sorted(ns.yplookup(meta_any=["broken", "colour"])))
    print("none:", ns.yplookup(meta_all=["plotter"]))
    print("regex:", sorted(ns.list(regex=r"printer\..*i")))
    ns.set_metadata("printer.attic", {"printer", "colour"})
    print("colour now:", sorted(ns.yplookup(meta_all=["colour"], return_metadata=False)))
    print("own tags:", ns.lookup("Pyro.NameServer", return_metadata=True)[1])
    for wrong in ("printer", ["x"]):
        try:
            ns.yplookup(meta_all=wrong, meta_any=["y"] if wrong != "printer" else None)
        except (TypeError, ValueError) as error:
            print(type(error).__name__)
    print("removed:", ns.remove("printer.office"), ns.remove("printer.office"))
    print("removed:", ns.remove(regex=r"printer\."), sorted(ns.list()))
    ns.register("printer.hall", "PYRO:hall@localhost:1", metadata={"printer"})

print(resolve("PYROMETA:printer"), resolve("PYRONAME:printer.hall"))
print(Proxy("PYRONAME:printer.hall")._pyroConnection)
