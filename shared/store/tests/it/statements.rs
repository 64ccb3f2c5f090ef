//! Every statement fits the schema, those too that are rarely used.

use std::fs;
use std::path::Path;

use twofactor_testkit::{Database, Role};

#[tokio::test]
async fn the_owner_can_prepare_every_statement() {
    let database = Database::create().await;
    let owner = database.connect(Role::Owner).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    for file in fs::read_dir(folder).expect("the folder is there") {
        let path = file.expect("a file").path();
        let sql = fs::read_to_string(&path).expect("text");
        let prepared = owner.prepare(&sql).await;
        prepared.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    }
}
