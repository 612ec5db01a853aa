"""The use cases, for the command line and for library users."""
