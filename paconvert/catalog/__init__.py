"""What the rules say, for people: one record for each API, and counts by namespace."""
