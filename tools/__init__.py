"""What keeps the rules honest: `python -m tools`."""
