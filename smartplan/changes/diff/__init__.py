"""One trade, desired and live, field by field; pure."""
