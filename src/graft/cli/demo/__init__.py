"""`graft demo`: the whole life of an integration, on real documents."""

from graft.cli.demo.run import demo

__all__ = ["demo"]
