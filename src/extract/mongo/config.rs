//! From settings to a collection of a server.
//!
//! The connection string decides everything it names (TLS, login, replica set, read preference);
//! time limits it leaves open come from the settings.

use std::future::Future;

use bson::{Bson, RawDocumentBuf};
use futures::TryStreamExt;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection, Database};
use tokio::runtime::Runtime;

use super::failure::{Failure, code, explain, is_unauthorized};
use crate::config::MongoSettings;
use crate::error::{Error, Result, nearest};

/// `CommandNotSupportedOnView`.
const VIEW: i32 = 166;

/// A collection, with the runtime its driver works on.
pub(super) struct Connection {
    runtime: Runtime,
    client: Client,
    settings: MongoSettings,
    collection: Collection<RawDocumentBuf>,
}

impl Connection {
    /// Prepares a connection; the first request makes it.
    pub(super) fn open(settings: &MongoSettings, collection: &str) -> Result<Self> {
        // One worker: the next reply is fetched there while the caller converts the current one.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("mongo")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::unavailable("failed to start the database driver").cause(error)
            })?;
        let client = runtime.block_on(connect(settings))?;
        let database = client.database(&settings.database);
        Ok(Self {
            runtime,
            settings: settings.clone(),
            collection: database.collection(collection),
            client,
        })
    }

    /// Waits for an operation of the driver.
    pub(super) fn wait<F: Future>(&self, operation: F) -> F::Output {
        self.runtime.block_on(operation)
    }

    /// Starts work that goes on while the caller does something else.
    pub(super) fn spawn<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.runtime.spawn(work);
    }

    /// The collection.
    pub(super) fn collection(&self) -> &Collection<RawDocumentBuf> {
        &self.collection
    }

    /// Its database.
    pub(super) fn database(&self) -> Database {
        self.client.database(&self.settings.database)
    }

    /// The settings of the connection.
    pub(super) fn settings(&self) -> &MongoSettings {
        &self.settings
    }

    /// Explains a failure of the driver while doing `action`.
    pub(super) fn explain(&self, action: &str, error: &mongodb::error::Error) -> Error {
        let action = format!("{action} `{}`", self.collection.namespace());
        explain(&action, &self.settings.uri, error)
    }

    /// Whether an index gives the documents in the order of `field`.
    pub(super) fn has_index(&self, field: &str) -> mongodb::error::Result<bool> {
        if field == "_id" {
            return Ok(true);
        }
        let listed = self.wait(async {
            let indexes: Vec<mongodb::IndexModel> =
                self.collection.list_indexes().await?.try_collect().await?;
            Ok(indexes)
        });
        match listed {
            Ok(indexes) => Ok(indexes.iter().any(|index| gives_order(index, field))),
            Err(error) if code(&error) == Some(VIEW) || is_unauthorized(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes sure that the collection exists.
    pub(super) fn check_collection(&self) -> Result<(), Failure> {
        let database = self.database();
        let names = match self.wait(async { database.list_collection_names().await }) {
            Ok(names) => names,
            // Reading may be allowed where listing is not.
            Err(error) if is_unauthorized(&error) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if names.iter().any(|name| name == self.collection.name()) {
            return Ok(());
        }
        Err(self.missing(&names).into())
    }

    /// Says what is missing, and what there is instead.
    fn missing(&self, names: &[String]) -> Error {
        let database = &self.settings.database;
        let server = self.settings.uri.redacted();
        if names.is_empty() {
            let listed = self.wait(async { self.client.list_database_names().await });
            let databases = listed.unwrap_or_default();
            let error = Error::config(format!("there is no database `{database}`, or it is empty"));
            return suggest(
                error.at(server),
                "mongo.database",
                "MONGO_DB",
                database,
                &databases,
            );
        }
        let name = self.collection.name();
        let error = Error::config(format!(
            "there is no collection `{name}` in database `{database}`"
        ));
        suggest(
            error.at(server),
            "mongo.collections",
            "MONGO_COLLECTION",
            name,
            names,
        )
    }
}

/// Connects and looks for every configured collection; says what was found, without secrets.
pub fn ping(settings: &MongoSettings) -> Result<String> {
    for collection in &settings.collections {
        Connection::open(settings, collection)?;
    }
    let collections = settings.collections.join(", ");
    let server = settings.uri.redacted();
    Ok(format!(
        "{server} answers; database `{}` has [{collections}]",
        settings.database
    ))
}

fn suggest(error: Error, key: &str, variable: &str, name: &str, names: &[String]) -> Error {
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let error = match sorted.as_slice() {
        [] => error,
        [..] => error.cause(format!("there are: {}", sorted.join(", "))),
    };
    match nearest(name, sorted.iter().copied()) {
        Some(near) => error.hint(format!("Set `{key}` ({variable}) to `{near}`?")),
        None => error.hint(format!("Set `{key}` ({variable}) to an existing name.")),
    }
}

async fn connect(settings: &MongoSettings) -> Result<Client> {
    let explained = |error: mongodb::error::Error| explain("reach MongoDB", &settings.uri, &error);
    let mut options = ClientOptions::parse(settings.uri.reveal())
        .await
        .map_err(explained)?;
    options.app_name.get_or_insert_with(|| "cca".to_owned());
    options
        .server_selection_timeout
        .get_or_insert(settings.timeout);
    options.connect_timeout.get_or_insert(settings.timeout);
    Client::with_options(options).map_err(explained)
}

/// Whether an index on `field`, alone or before others, covers every document.
fn gives_order(index: &mongodb::IndexModel, field: &str) -> bool {
    let leads = index.keys.iter().next().is_some_and(|(key, direction)| {
        key == field && matches!(direction, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_))
    });
    let partial = index.options.as_ref().is_some_and(|options| {
        options.partial_filter_expression.is_some()
            || options.sparse == Some(true)
            || options.hidden == Some(true)
    });
    leads && !partial
}

/// The command that would create the index.
pub(super) fn index_command(collection: &str, field: &str) -> String {
    let plain = |name: &str| {
        !name.starts_with(|first: char| first.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let target = if plain(collection) {
        format!("db.{collection}")
    } else {
        format!("db.getCollection({collection:?})")
    };
    let field = if plain(field) {
        field.to_owned()
    } else {
        format!("{field:?}")
    };
    format!("{target}.createIndex({{{field}: 1, _id: 1}})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    fn index(keys: bson::Document) -> mongodb::IndexModel {
        mongodb::IndexModel::builder().keys(keys).build()
    }

    #[test]
    fn an_index_must_lead_with_the_field_and_cover_all() {
        assert!(gives_order(&index(doc! { "ingestedAt": 1 }), "ingestedAt"));
        assert!(gives_order(
            &index(doc! { "ingestedAt": -1, "_id": -1 }),
            "ingestedAt"
        ));
        assert!(!gives_order(
            &index(doc! { "_id": 1, "ingestedAt": 1 }),
            "ingestedAt"
        ));
        assert!(!gives_order(
            &index(doc! { "ingestedAt": "hashed" }),
            "ingestedAt"
        ));
        let mut sparse = index(doc! { "ingestedAt": 1 });
        sparse.options = Some(
            mongodb::options::IndexOptions::builder()
                .sparse(true)
                .build(),
        );
        assert!(!gives_order(&sparse, "ingestedAt"));
    }

    #[test]
    fn the_index_command_can_be_pasted() {
        assert_eq!(
            index_command("conversations", "ingestedAt"),
            "db.conversations.createIndex({ingestedAt: 1, _id: 1})"
        );
        assert_eq!(
            index_command("my-logs", "meta.at"),
            r#"db.getCollection("my-logs").createIndex({"meta.at": 1, _id: 1})"#
        );
    }
}
