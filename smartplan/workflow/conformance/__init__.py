"""Does the service do what we take for true of it? Asked on paper, with the smallest trades."""
