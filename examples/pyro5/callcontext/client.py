"""The call context: annotations and a correlation id, there and back."""

import sys
import uuid

from Pyro5.api import Proxy, current_context


class LoggingProxy(Proxy):
    """Notes its calls."""

    def _pyroInvoke(self, methodname, vargs, kwargs, flags=0, objectId=None):
        print("calling", methodname)
        return super()._pyroInvoke(methodname, vargs, kwargs, flags, objectId)


current_context.correlation_id = uuid.UUID(int=42)
current_context.annotations = {"CUST": b"a custom annotation"}
with LoggingProxy(sys.argv[1]) as echo:
    for key, value in sorted(echo.context().items()):
        print(f"  {key}: {value}")
    print("daemon says", bytes(current_context.response_annotations["DDAA"]))
    echo.answer_with("hello")
    print("method says", bytes(current_context.response_annotations["TEXT"]))
    current_context.annotations = {}
    print(echo.context()["annotations"])
    print("TEXT" in current_context.response_annotations)
