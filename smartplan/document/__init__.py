"""Text to data that knows where it came from."""
