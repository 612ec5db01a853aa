"""The only door to the service (``http``), and the values it answers with."""
