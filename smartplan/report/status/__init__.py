"""Plans beside their live trades."""
