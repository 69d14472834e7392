"""The modules that Pyro5 documents."""

__all__ = ["MODULES"]

MODULES = frozenset(
    """
    api callcontext client compatibility compatibility.Pyro4 configure core errors nameserver nsc
    protocol serializers server socketutil svr_existingconn svr_multiplex svr_threads utils
    utils.echoserver utils.httpgateway
    """.split()
)
"""Their names in the package; what else we are made of is nobody's business."""
