"""All trades, desired and live: read completely, matched, decided; pure but for the reading."""
