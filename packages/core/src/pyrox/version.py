"""The one place that holds the version; every distribution of the monorepo reads it."""

__version__ = "0.1.0"
