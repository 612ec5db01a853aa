"""What a simulation found."""
