"""Classes of our own, with each of the serializers that can carry them."""

import sys

from Pyro5.api import Proxy, config, register_dict_to_class, unregister_dict_to_class
from Pyro5.errors import SerializeError
from shapes import Point, ShapeError, know_the_shapes

know_the_shapes()
for serializer in ("serpent", "json", "marshal", "msgpack"):
    config.SERIALIZER = serializer
    with Proxy(sys.argv[1]) as geometry:
        print(serializer)
        print(" ", geometry.middle(Point(0, 0), Point(4, 2)))
        print(" ", geometry.circle(Point(1, 1), 3))
        print(" ", geometry.kind(Point(0, 0)))
        if serializer != "marshal":
            print(" ", geometry.several([Point(0, 0), Point(1, 1)]))
        try:
            geometry.circle(Point(0, 0), -1)
        except ShapeError as error:
            print("  refused:", error)

unregister_dict_to_class("shapes.Point")
config.SERIALIZER = "serpent"
with Proxy(sys.argv[1]) as geometry:
    try:
        geometry.middle(Point(0, 0), Point(4, 2))
    except SerializeError as error:
        print("not known any more:", str(error)[:42])
    register_dict_to_class("shapes.Point", lambda name, values: (name, values["x"]))
    print(geometry.middle(Point(0, 0), Point(4, 2)))
