"""Findings, changesets and outcomes as text for people and machines."""
