"""The only door to the network (``http``), and the values it answers with."""
