"""Paddle code that gives torch's semantics where no single Paddle call does. Copied into the output when needed."""
