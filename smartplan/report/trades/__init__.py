"""Live trades, whoever opened them."""
