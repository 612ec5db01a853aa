"""What a person asks of one live trade: as data, judged, and what it makes of the trade; pure."""
