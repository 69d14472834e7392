"""A dispatcher: a listener here, and messages of a class that the dispatcher does not know."""

import sys
import threading

from Pyro5.api import (
    Daemon,
    Proxy,
    SerializedBlob,
    expose,
    register_class_to_dict,
    register_dict_to_class,
)
from Pyro5.errors import SerializeError


class Message:
    """What the listeners understand."""

    def __init__(self, text):
        self.text = text


register_class_to_dict(Message, lambda m: {"__class__": "example.Message", "text": m.text})
register_dict_to_class("example.Message", lambda name, values: Message(values["text"]))


class Listener:
    """Notes what it is sent."""

    def __init__(self):
        self.heard = []

    @expose
    def process(self, blob):
        for value in blob.deserialized():
            shown = value.text if isinstance(value, Message) else value
            self.heard.append(f"{blob.info}: {shown}")


with Daemon() as daemon:
    listener = Listener()
    daemon.register(listener)
    thread = threading.Thread(target=daemon.requestLoop)
    thread.start()
    with Proxy(sys.argv[1]) as dispatcher:
        dispatcher.register("greetings", listener)
        blob = SerializedBlob("greetings", [Message("hello"), 42])
        print("told:", dispatcher.process(blob))
        print("told:", dispatcher.process(SerializedBlob("nobody listens", [1])))
        try:
            dispatcher.process(SerializedBlob("topic", [1]), "and more")
        except SerializeError as error:
            print(error)
    print(listener.heard)
    daemon.shutdown()
    thread.join()
