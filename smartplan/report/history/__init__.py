"""The journal's events."""
