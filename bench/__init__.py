"""Speed as ratios between whole processes; `make bench` runs it, docs/performance.md shows it."""
