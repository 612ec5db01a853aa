"""What would change, whether it may, and doing it."""
