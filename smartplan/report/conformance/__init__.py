"""What a check of the service has found."""
