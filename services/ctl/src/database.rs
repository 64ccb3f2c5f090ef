//! The database of a command: found by its settings, and refused where its schema is not this
//! release's. The auditor's role may not read the schema's version, so it is not checked there.

use twofactor_contract::Secret;
use twofactor_settings::DatabaseAddress;
use twofactor_store::{SCHEMA, Store, StoreError};

use crate::failure::Failure;
use crate::settings;

/// A database that fits this release.
pub struct Database {
    /// The URL of the database, with its password.
    pub url: Secret<String>,
    address: DatabaseAddress,
}

impl Database {
    /// Returns the database of `DATABASE_URL`, after a check of its schema.
    pub async fn find() -> Result<Self, Failure> {
        let url = settings::read(twofactor_settings::database_url)?;
        Self::at(url)?.checked().await
    }

    /// Returns the database of this URL, before any connection to it.
    pub fn at(url: Secret<String>) -> Result<Self, Failure> {
        let address = DatabaseAddress::parse(url.expose()).map_err(StoreError::from)?;
        Ok(Self { url, address })
    }

    /// Returns the same, after a check of its schema.
    pub async fn checked(self) -> Result<Self, Failure> {
        match self.schema().await? {
            Some(version) if version < SCHEMA => Err(Failure::Refused(format!(
                "The {self} has schema {version}, and this release needs {SCHEMA}; run \
                 twofactor-ctl migrate as the owner."
            ))),
            _ => Ok(self),
        }
    }

    /// Returns the database of `DATABASE_URL`, which may have any schema or none, and its version
    /// if it is later than this release's.
    pub async fn find_to_migrate() -> Result<(Self, Option<i64>), Failure> {
        let database = Self::at(settings::read(twofactor_settings::database_url)?)?;
        let version = database.version().await?;
        let later = version.filter(|version| *version > twofactor_store::newest_schema());
        Ok((database, later))
    }

    /// Returns a store of one connection that only reads.
    pub fn reader(&self) -> Result<Store, Failure> {
        Ok(Store::of_reader(self.url.expose())?)
    }

    /// Returns a store of `connections` connections that works as workers do.
    pub fn store(&self, connections: usize) -> Result<Store, Failure> {
        Ok(Store::new(self.url.expose(), connections)?)
    }

    /// Returns the version of the schema, if this role may read it. A later one is refused: a
    /// rotation, for example, would miss what it does not know.
    async fn schema(&self) -> Result<Option<i64>, Failure> {
        let version = self.version().await?;
        let newest = twofactor_store::newest_schema();
        match version {
            Some(version) if version > newest => Err(Failure::Refused(format!(
                "The {self} has schema {version}, and this release knows {newest} at most; use \
                 the twofactor-ctl of the release that migrated it. Nothing was changed."
            ))),
            _ => Ok(version),
        }
    }

    async fn version(&self) -> Result<Option<i64>, Failure> {
        match self.reader()?.schema_version().await {
            Err(error) if error.code() == Some("42501") => Ok(None),
            Err(error) if error.is_away() => Err(Failure::Unreachable(format!(
                "the database is away: {self} does not answer; check that it runs and that \
                     its host can be reached."
            ))),
            Err(error) if error.is_unreachable() => {
                Err(Failure::Unreachable(format!("{error}. It is the {self}.")))
            }
            version => Ok(Some(version?)),
        }
    }
}

impl std::fmt::Display for Database {
    /// Writes what an operator has to check before saying yes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = self.address.database();
        let hosts = self.address.hosts();
        write!(f, "database {database} at {hosts}")
    }
}
