-- now() is the time of the statement, which is its own transaction.
update twofactor.policies
set required_since = now()
where required_since > now() + make_interval(secs => $1)
