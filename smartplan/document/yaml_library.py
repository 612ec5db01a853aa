"""PyYAML, as far as its C parser goes."""

from smartplan.lazy import patterns_put_off

# What its parser, resolver and constructor in Python look for: ours are in C, and our own.
with patterns_put_off("yaml.reader", "yaml.resolver", "yaml.constructor"):
    import yaml
    from yaml._yaml import CParser
    from yaml.events import (
        AliasEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        StreamEndEvent,
    )

__all__ = [
    "AliasEvent",
    "CParser",
    "MappingEndEvent",
    "MappingStartEvent",
    "ScalarEvent",
    "SequenceEndEvent",
    "StreamEndEvent",
    "yaml",
]
