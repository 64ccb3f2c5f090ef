insert into audit.operator_log (actor_id, command, detail)
values (session_user, 'migrate', $1)
