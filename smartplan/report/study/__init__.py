"""What many starts of a plan, and its variants, come to."""
