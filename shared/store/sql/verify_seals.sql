select audit.verify()
