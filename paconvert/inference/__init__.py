"""What names and expressions are, and where APIs are used."""
