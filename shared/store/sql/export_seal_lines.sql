select to_seq, line from audit.seal_lines where to_seq between $1 and $2 order by to_seq
