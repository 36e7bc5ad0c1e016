"""From text to trees: lines, units, imports, places of nodes."""
