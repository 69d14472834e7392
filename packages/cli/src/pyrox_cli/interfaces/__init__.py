"""The interface of an object as a value: asked of a daemon, written as a stub, read, compared."""
