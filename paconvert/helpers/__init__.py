"""Paddle code with torch's semantics where no single call has them; copied into outputs that need it."""
