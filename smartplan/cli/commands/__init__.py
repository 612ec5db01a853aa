"""A module a command: options to one call, one report, one exit code."""
