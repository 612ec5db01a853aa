"""The embedded exchange: an independent witness of the service.

It shares no code with the rooms that talk to the service, or it would repeat their mistakes.
``exchange.Exchange`` holds the state, ``app.create_app`` puts the service's HTTP face over it,
``server.Server`` offers that on loopback, ``market`` moves trades through prices.
"""

SANDBOX_KEY = "sandbox-key"
"""The API key every sandbox knows. There is no money behind it."""

SANDBOX_SECRET = "sandbox-secret"  # noqa: S105  # documented, and worth nothing
"""The secret its HMAC signatures are made with."""
