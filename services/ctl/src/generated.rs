//! `completions` and `man`: made from the command line's own source.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::{Value, json};

use crate::cli::Cli;
use crate::failure::{Done, Failure};
use crate::output::{Output, unwritten};

/// Prints the completions for a shell.
pub fn completions(shell: Shell, output: Output) -> Result<Done, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "twofactor-ctl", &mut bytes);
    print(&bytes, json!({ "shell": shell.to_string() }), output)
}

/// Prints the manual page: the whole program, then each command.
pub fn manual(output: Output) -> Result<Done, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut bytes)
        .map_err(|error| unwritten(&error))?;
    commands(&command, "twofactor-ctl", &mut bytes).map_err(|error| unwritten(&error))?;
    print(&bytes, json!({}), output)
}

/// Writes one section for each command that does something by itself.
fn commands(parent: &clap::Command, name: &str, bytes: &mut Vec<u8>) -> io::Result<()> {
    for command in parent
        .get_subcommands()
        .filter(|one| one.get_name() != "help")
    {
        let name = format!("{name} {}", command.get_name());
        if command.has_subcommands() {
            commands(command, &name, bytes)?;
            continue;
        }
        let page = clap_mangen::Man::new(command.clone());
        writeln!(bytes, ".SH {}", name.to_uppercase())?;
        // The section of examples comes first, as in the help.
        if let Some(example) = command.get_before_long_help() {
            writeln!(
                bytes,
                ".nf\n{}\n.fi\n.PP",
                example.to_string().replace('-', r"\-")
            )?;
        }
        page.render_description_section(bytes)?;
        page.render_options_section(bytes)?;
        page.render_extra_section(bytes)?;
    }
    Ok(())
}

/// Prints it as it is, or as the member `text` of an object.
fn print(bytes: &[u8], mut object: Value, output: Output) -> Result<Done, Failure> {
    if output.json {
        object["text"] = String::from_utf8_lossy(bytes).into();
        output.put("", &object)?;
        return Ok(Done::Success);
    }
    let written = io::stdout().lock().write_all(bytes);
    written
        .map(|()| Done::Success)
        .map_err(|error| unwritten(&error))
}
