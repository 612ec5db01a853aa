"""The embedded exchange: an independent witness of the service."""
