//! The trail as an auditor reads it, by SQL, with an auditor's rights.
//!
//! It knows the columns that the contract names.

use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};

const LOGS: [&str; 7] = [
    "login_log",
    "sms_log",
    "enrollment_log",
    "reset_log",
    "text_log",
    "policy_log",
    "operator_log",
];

/// A connected auditor.
pub struct Auditor {
    client: Client,
}

/// A row of the log of resets.
pub struct ResetRow {
    /// The moment of the row, in UTC.
    pub recorded_at: String,
    /// The type of the outcome.
    pub outcome_type: String,
    /// The acting administrator.
    pub actor: String,
    /// The reason.
    pub reason: String,
}

impl Auditor {
    /// Connects as the role of auditors.
    pub async fn connect(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls)
            .await
            .context("the auditor cannot connect to the database")?;
        // Ends when the client is dropped.
        tokio::spawn(connection);
        Ok(Self { client })
    }

    /// Returns the resets of a user, newest last.
    pub async fn resets(&self, tenant: &str, user: &str) -> Result<Vec<ResetRow>> {
        let sql = "select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
                          outcome_type, coalesce(actor_id, '–'), coalesce(admin_reason, '–')
                     from audit.reset_log where tenant_id = $1 and user_id = $2 order by seq";
        let rows = self.client.query(sql, &[&tenant, &user]).await?;
        let read = rows.iter().map(|row| ResetRow {
            recorded_at: row.get(0),
            outcome_type: row.get(1),
            actor: row.get(2),
            reason: row.get(3),
        });
        Ok(read.collect())
    }

    /// Returns the texts, counted by purpose, country and result.
    pub async fn texts(&self) -> Result<Vec<String>> {
        let sql = "select purpose || ' texts to ' || country || ', ' || result || ': ' || count(*)
                     from audit.text_log group by purpose, country, result order by 1";
        let rows = self.client.query(sql, &[]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Returns every row of every log as JSON, one a line, and how many there are.
    pub async fn everything(&self) -> Result<(String, usize)> {
        let mut lines: Vec<String> = Vec::new();
        for log in LOGS {
            let sql = format!("select row_to_json(log)::text from audit.{log} log");
            let rows = self.client.query(&sql, &[]).await;
            let rows = rows.with_context(|| format!("the auditor cannot read audit.{log}"))?;
            lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
        }
        Ok((lines.join("\n"), lines.len()))
    }
}
