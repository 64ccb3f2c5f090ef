insert into audit.operator_log (actor_id, command, detail) values ($1, $2, $3)
