"""Speed and memory of conversions, as ratios to the parsing of the same files."""
