select coalesce(max(version), 0)::bigint from twofactor.schema_history
