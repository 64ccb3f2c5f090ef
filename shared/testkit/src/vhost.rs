//! A private broker: a vhost with the product's users and rights, deleted when it is dropped.
//!
//! Users and rights are those of the product's definitions file; only the names and the
//! passwords are the vhost's own, so that tests do not see each other.

use anyhow::{Context, Result};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{afterwards, environment, http};

const DEFINITIONS: &str = include_str!("../../../compose/rabbitmq/definitions.json");

/// A private vhost.
pub struct Vhost {
    name: String,
    password: String,
    users: Vec<String>,
    address: String,
    administrator: String,
    api: String,
    client: Client,
}

impl Vhost {
    /// Makes a vhost with all users.
    pub async fn create() -> Result<Self> {
        let name = format!("test-{}", Uuid::new_v4().simple());
        let password = Uuid::new_v4().simple().to_string();
        let url = environment::amqp_url()?;
        let (administrator, address) = url
            .strip_prefix("amqp://")
            .and_then(|rest| rest.split_once('@'))
            .context("TEST_AMQP_URL must be amqp://user:password@host:port")?;
        let mut definitions: Value =
            serde_json::from_str(DEFINITIONS).context("definitions.json is no JSON")?;
        let users = rename(&mut definitions, &name, &password)?;
        let user = administrator.split(':').next().unwrap_or_default();
        let permissions = definitions["permissions"].as_array_mut();
        permissions.context("no permissions")?.push(json!({
            "user": user, "vhost": name, "configure": ".*", "write": ".*", "read": ".*",
        }));
        let vhost = Self {
            name,
            password,
            users,
            address: address.trim_end_matches('/').to_owned(),
            administrator: administrator.to_owned(),
            api: environment::rabbitmq_api_url()?,
            client: http::client(),
        };
        let url = format!("{}/api/definitions", vhost.api);
        http::send(&vhost.client, Method::POST, &url, Some(&definitions)).await?;
        Ok(vhost)
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the AMQP URL of a user of the product, such as `crm`.
    pub fn url(&self, user: &str) -> String {
        let name = &self.name;
        let password = &self.password;
        let address = &self.address;
        format!("amqp://{name}.{user}:{password}@{address}/{name}")
    }

    /// Returns the AMQP URL of the administrator, who may do anything here.
    pub fn administrator_url(&self) -> String {
        let administrator = &self.administrator;
        let address = &self.address;
        format!("amqp://{administrator}@{address}/{}", self.name)
    }

    /// Gives all queues whose name fits the pattern a policy, as an operator of the broker can.
    pub async fn set_policy(&self, name: &str, pattern: &str, definition: &Value) -> Result<()> {
        let url = format!("{}/api/policies/{}/{name}", self.api, self.name);
        let policy = json!({ "pattern": pattern, "definition": definition, "apply-to": "queues" });
        http::send(&self.client, Method::PUT, &url, Some(&policy))
            .await
            .map(drop)
    }

    /// Does the broker close the connection of a client that publishes to a direct reply-to address
    /// of a node that it does not know? RabbitMQ 3 does, RabbitMQ 4 drops the message.
    pub async fn closes_connections_over_unknown_nodes(&self) -> Result<bool> {
        let url = format!("{}/api/overview", self.api);
        let overview: Value = serde_json::from_str(&http::get(&self.client, &url).await?)?;
        let version = overview["rabbitmq_version"].as_str();
        Ok(version
            .context("a broker without a version")?
            .starts_with("3."))
    }

    /// Returns every queue, as the management API shows it.
    pub async fn queues(&self) -> Result<Vec<Value>> {
        let url = format!("{}/api/queues/{}", self.api, self.name);
        Ok(serde_json::from_str(&http::get(&self.client, &url).await?)?)
    }

    /// Closes every connection, as a network that fails would; clients may come back.
    pub async fn close_connections(&self) -> Result<()> {
        let url = format!("{}/api/vhosts/{}/connections", self.api, self.name);
        let connections: Vec<Value> = serde_json::from_str(&http::get(&self.client, &url).await?)?;
        for connection in &connections {
            let name = connection["name"].as_str().unwrap_or_default();
            let name = name
                .replace(' ', "%20")
                .replace('>', "%3E")
                .replace(':', "%3A");
            let url = format!("{}/api/connections/{name}", self.api);
            http::send(&self.client, Method::DELETE, &url, None).await?;
        }
        Ok(())
    }
}

impl Drop for Vhost {
    fn drop(&mut self) {
        let paths: Vec<String> = std::iter::once(format!("vhosts/{}", self.name))
            .chain(self.users.iter().map(|user| format!("users/{user}")))
            .map(|path| format!("{}/api/{path}", self.api))
            .collect();
        afterwards::wait(async move {
            let client = http::client();
            for url in paths {
                // Best effort: the broker itself may be stopped by now.
                let _ = http::send(&client, Method::DELETE, &url, None).await;
            }
        });
    }
}

/// Makes the product's definitions those of one vhost; returns its users.
fn rename(definitions: &mut Value, vhost: &str, password: &str) -> Result<Vec<String>> {
    let mut users = Vec::new();
    definitions["vhosts"] = json!([{ "name": vhost }]);
    for user in entries(definitions, "users")? {
        let name = format!("{vhost}.{}", user["name"].as_str().unwrap_or_default());
        *user = json!({ "name": name, "password": password, "tags": [] });
        users.push(name);
    }
    for list in ["permissions", "topic_permissions"] {
        for entry in entries(definitions, list)? {
            let user = entry["user"].as_str().unwrap_or_default();
            entry["user"] = json!(format!("{vhost}.{user}"));
            entry["vhost"] = json!(vhost);
        }
    }
    Ok(users)
}

fn entries<'a>(definitions: &'a mut Value, list: &str) -> Result<&'a mut Vec<Value>> {
    let entries = definitions[list].as_array_mut();
    entries.with_context(|| format!("definitions.json has no list {list}"))
}
