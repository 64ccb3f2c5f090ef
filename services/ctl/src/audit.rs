//! `twofactor-ctl audit`: the trail for auditors, as an export, and its seals.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use twofactor_rules::seal::{Check, Found};
use twofactor_store::Old;

use crate::cli::{AuditCommand, Export, Format};
use crate::database::Database;
use crate::failure::{Done, Failure};
use crate::output::{self, Output, unwritten};
use crate::settings;

mod csv;

/// Runs one of the commands.
pub async fn run(command: &AuditCommand, output: Output) -> Result<Done, Failure> {
    match command {
        AuditCommand::Export(what) => export(what, output).await,
        AuditCommand::Verify { file: Some(file) } => verify_export(file, output),
        AuditCommand::Verify { file: None } => verify(output).await,
        AuditCommand::Seal => seal(output).await,
        AuditCommand::Drop { dry_run } => drop_months(*dry_run, output).await,
    }
}

async fn export(what: &Export, output: Output) -> Result<Done, Failure> {
    let format = what.format.unwrap_or(Format::Jsonl);
    if output.json {
        if format == Format::Csv {
            let sentence = "--json and --format csv contradict each other; leave one of them out.";
            return Err(Failure::Setting(sentence.to_owned()));
        }
        // The rows must stay as they are sealed, so the schema is in a line of its own.
        output.put("", &json!({ "log": "export" }))?;
    }
    let store = Database::find().await?.reader()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    if format == Format::Csv {
        written = out.write_all(&csv::record(&csv::COLUMNS));
    }
    let log = what.log.map(|log| format!(r#"{{"log":"{}","#, log.table()));
    let mut take = |line: &str| {
        let is_wanted = log.as_ref().is_none_or(|log| line.starts_with(log));
        let is_seal = line.starts_with(r#"{"log":"seals","#);
        written = match format {
            _ if !is_wanted => Ok(()),
            Format::Csv if is_seal => Ok(()),
            Format::Csv => out.write_all(&csv::row(line)),
            Format::Jsonl => writeln!(out, "{line}"),
        };
        written.is_ok()
    };
    let to = what.to.unwrap_or(i64::MAX);
    store.export(what.from, to, &mut take).await?;
    written
        .and_then(|()| out.flush())
        .map_err(|error| unwritten(&error))?;
    Ok(Done::Success)
}

fn verify_export(file: &Path, output: Output) -> Result<Done, Failure> {
    let name = file.display();
    let unreadable = |error: io::Error| {
        let kind = error.kind();
        Failure::Setting(format!("{name} cannot be read ({kind}); check the path."))
    };
    let lines = BufReader::new(File::open(file).map_err(unreadable)?).lines();
    let mut check = Check::default();
    for (at, line) in lines.enumerate() {
        let line = line.map_err(unreadable)?;
        check
            .line(&line)
            .map_err(|error| Failure::Refused(format!("{name}:{}: {error}.", at + 1)))?;
    }
    let Found {
        first_wrong,
        seals,
        rows,
        begins_after,
        unsealed,
    } = check.finish();
    let verdict = match first_wrong {
        Some(seq) => format!("The seal from {seq} on does NOT hold."),
        None if seals == 0 => "There is no seal with its rows; nothing is proved.".to_owned(),
        None => format!("Every seal holds: {seals}, over {rows} rows."),
    };
    let begins = begins_after.map_or_else(String::new, |seq| {
        format!(" It begins after {seq}; earlier rows were not checked.")
    });
    let words = format!("{verdict}{begins} Not sealed yet: {unsealed}.");
    let object = json!({
        "first_wrong": first_wrong, "seals": seals, "rows": rows, "begins_after": begins_after,
        "unsealed": unsealed,
    });
    output.put(&words, &object)?;
    Ok(Done::found(first_wrong.is_some() || seals == 0))
}

async fn verify(output: Output) -> Result<Done, Failure> {
    let store = Database::find().await?.reader()?;
    let first_wrong = store.verify_seals().await?;
    let words = first_wrong.map_or_else(
        || "Every seal holds.".to_owned(),
        |seq| format!("The seal from {seq} on does NOT hold."),
    );
    output.put(&words, &json!({ "first_wrong": first_wrong }))?;
    Ok(Done::found(first_wrong.is_some()))
}

/// Count of further tries to seal while somebody else seals.
const TRIES: usize = 8;
/// Time between two of them.
const BETWEEN_TRIES: Duration = Duration::from_millis(250);

async fn seal(output: Output) -> Result<Done, Failure> {
    let store = Database::find().await?.store(1)?;
    // The row comes first, so that it is sealed too.
    store
        .record_run(&output::actor(), "audit seal", "by hand")
        .await?;
    let mut seals = store.seal(Duration::ZERO).await?;
    // Each worker asks every few seconds whether a seal is due, and holds the lock for that moment.
    for _ in 0..TRIES {
        if !seals.is_empty() {
            break;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
        seals = store.seal(Duration::ZERO).await?;
    }
    for seal in &seals {
        let from = seal.from_seq;
        let to = seal.to_seq;
        let rows = seal.rows;
        let digest = data_encoding::HEXLOWER.encode(&seal.digest);
        let object = json!({ "from_seq": from, "to_seq": to, "rows": rows, "digest": digest });
        output.put(
            &format!(
                "{from} to {to}: {}, {digest}",
                output::counted(rows.unsigned_abs(), "row")
            ),
            &object,
        )?;
    }
    if seals.is_empty() {
        return Err(Failure::Refused(
            "Somebody else is sealing, or adding rows for longer than 5 s; run this again."
                .to_owned(),
        ));
    }
    Ok(Done::Success)
}

async fn drop_months(dry_run: bool, output: Output) -> Result<Done, Failure> {
    let (url, keep) = settings::read(|env| {
        let url = twofactor_settings::database_url(env);
        let keep = twofactor_settings::audit_keep(env);
        Some((url?, keep))
    })?;
    let database = Database::at(url)?.checked().await?;
    let days = keep.as_hours() / 24;
    let Old { months, rows } = database.reader()?.old_months(keep).await?;
    let count = |count: i64, noun| output::counted(count.unsigned_abs(), noun);
    let object = |dropped: u64| {
        json!({
            "months": months, "rows": rows, "dropped": dropped, "keep_days": days,
            "dry_run": dry_run,
        })
    };
    if months == 0 {
        let words = format!("No month of the trail ended over {days} days ago.");
        output.put(&words, &object(0))?;
        return Ok(Done::Success);
    }
    let rows = count(rows, "row");
    let months = count(months, "month");
    let what = format!("{rows} of {months} that ended over {days} days ago");
    if dry_run {
        output.put(&format!("{what} would be dropped."), &object(0))?;
        return Ok(Done::Found);
    }
    output.confirm(&format!(
        "{what} will be dropped for good from the trail of the {database}."
    ))?;
    let dropped = twofactor_store::drop_months(database.url.expose(), keep).await?;
    let words = format!("{} dropped.", output::counted(dropped, "row"));
    output.put(&words, &object(dropped))?;
    Ok(Done::Success)
}
