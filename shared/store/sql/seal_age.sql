select audit.seal_age()
