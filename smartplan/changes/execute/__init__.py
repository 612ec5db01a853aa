"""Actions become steps, each one HTTP mutation; one executor sends them all."""
