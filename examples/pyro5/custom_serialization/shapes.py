"""Classes of our own, which both sides know, and how they travel."""

from Pyro5.api import register_class_to_dict, register_dict_to_class


class Point:
    """A place."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


class Circle:
    """A place and a radius."""

    def __init__(self, centre, radius):
        self.centre, self.radius = centre, radius

    def __repr__(self):
        return f"Circle({self.centre}, {self.radius})"


class ShapeError(Exception):
    """What goes wrong with shapes."""


def know_the_shapes():
    register_class_to_dict(Point, lambda p: {"__class__": "shapes.Point", "x": p.x, "y": p.y})
    register_dict_to_class("shapes.Point", lambda name, d: Point(d["x"], d["y"]))
    register_class_to_dict(
        Circle,
        lambda c: {"__class__": "shapes.Circle", "at": [c.centre.x, c.centre.y], "r": c.radius},
    )
    register_dict_to_class("shapes.Circle", lambda name, d: Circle(Point(*d["at"]), d["r"]))
    register_class_to_dict(ShapeError, lambda e: {"__class__": "shapes.ShapeError", "text": str(e)})
    register_dict_to_class("shapes.ShapeError", lambda name, d: ShapeError(d["text"]))
