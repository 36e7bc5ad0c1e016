"""torch's own sample inputs as proofs: what torch tests its operators, modules and optimizers with."""
