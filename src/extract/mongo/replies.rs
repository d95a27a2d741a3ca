//! Replies of the server, one ahead of the reader.
//!
//! The cursor runs on the driver's thread; a channel of one reply lets it fetch the next while the
//! caller converts the current one, and holds it back while the caller waits.

use bson::{Document, RawDocumentBuf};
use futures::StreamExt;
use mongodb::Collection;
use mongodb::error::Result as DriverResult;
use mongodb::raw_batch_cursor::RawBatch;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::config::Connection;

/// The documents of one query, in batches as the server sends them.
pub(super) struct Replies {
    receiver: Receiver<DriverResult<RawBatch>>,
}

impl Replies {
    /// Starts the query; what is to be sorted may be larger than the server's memory.
    pub(super) fn of(connection: &Connection, filter: Document, sort: Document) -> Self {
        let (sender, receiver) = channel(1);
        let collection = connection.collection().clone();
        let batch_size = connection.settings().batch_size.max(1);
        connection.spawn(fetch(collection, filter, sort, batch_size, sender));
        Self { receiver }
    }
}

impl Iterator for Replies {
    type Item = DriverResult<RawBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.receiver.blocking_recv()
    }
}

/// Sends replies until the last one, a failure, or until nobody wants more.
async fn fetch(
    collection: Collection<RawDocumentBuf>,
    filter: Document,
    sort: Document,
    batch_size: u32,
    sender: Sender<DriverResult<RawBatch>>,
) {
    let find = collection
        .find(filter)
        .sort(sort)
        .batch_size(batch_size)
        .allow_disk_use(true);
    let mut cursor = match find.batch().await {
        Ok(cursor) => cursor,
        Err(error) => {
            // The receiver may be gone, then nobody needs to know.
            drop(sender.send(Err(error)).await);
            return;
        }
    };
    while let Some(reply) = cursor.next().await {
        let failed = reply.is_err();
        if sender.send(reply).await.is_err() || failed {
            return;
        }
    }
}
