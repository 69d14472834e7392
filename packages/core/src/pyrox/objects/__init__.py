"""The objects of a daemon, and what of them may be called."""
