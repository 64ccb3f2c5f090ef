//! The running parts, as a table: name, address, pid, log.

use twofactor_stack::{part::Part, process, stack::Stack};

/// Prints the parts in their order.
pub fn print(stack: &Stack, parts: &[Part]) {
    let directory = stack.directory();
    println!("{:<14} {:<26} {:>8}  log", "name", "address", "pid");
    for part in parts {
        let name = part.to_string();
        let pid = process::find(directory, &name)
            .map_or_else(|| "–".to_owned(), |process| process.pid().to_string());
        let address = stack.address(*part);
        let log = directory.log_file(&name);
        println!("{name:<14} {address:<26} {pid:>8}  {}", log.display());
    }
}
