select min(seq), max(seq) from audit.lines where seq between $1 and $2
