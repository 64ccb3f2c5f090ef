select audit.drop_months(make_interval(secs => $1::double precision))
