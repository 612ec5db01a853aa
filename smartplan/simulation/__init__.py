"""Plans through histories of prices on the sandbox's engine: the run, its prices, its result."""
