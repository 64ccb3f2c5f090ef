select seq, line from audit.lines where seq between $1 and $2 order by seq
