"""Paired execution: torch source and its conversion run in two processes, and the results are compared."""
