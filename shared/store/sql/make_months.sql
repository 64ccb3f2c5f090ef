select audit.make_months()
