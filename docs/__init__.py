"""The documentation, and what generates its generated pages."""
