"""The rules: loading, signatures, conditions."""
