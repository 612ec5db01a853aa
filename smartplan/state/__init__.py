"""What outlives a run: journal, claims, lock and rate budget."""
