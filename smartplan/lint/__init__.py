"""Offline judgement of plans: the schemas and the rules."""
