"""The command line: flags to one call, one report, one exit code."""
