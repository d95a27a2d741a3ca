//! Calls from the marts of the warehouse.

use arrow::array::{
    Array, ArrayAccessor, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray,
};

use super::call::{Call, Calls, Session, Tokens, model_label};
use super::money::Usd;
use crate::error::{Error, Result};
use crate::warehouse::Connection;

/// Models whose relations [`calls`] reads.
pub const MODELS: [&str; 2] = ["int_api_calls", "int_sessions_computed"];

const SESSIONS: &str = "
SELECT session_id, project_path, coalesce(user_name, '') AS user_name
FROM intermediate.int_sessions_computed
ORDER BY session_id";

const CALLS: &str = "
SELECT epoch_us(call.timestamp) AS timestamp,
       CAST(session.number AS BIGINT) AS session,
       call.model,
       coalesce(call.speed = 'fast', false) AS is_fast,
       call.is_provisional,
       call.is_advisor,
       CAST(call.input_tokens AS BIGINT) AS input,
       CAST(call.output_tokens AS BIGINT) AS output,
       CAST(call.cache_creation_tokens AS BIGINT) AS cache_creation,
       CAST(call.cache_read_tokens AS BIGINT) AS cache_read,
       CAST(call.cost_usd AS DECIMAL(38, 10)) AS cost
FROM intermediate.int_api_calls AS call
INNER JOIN (
    SELECT session_id, row_number() OVER (ORDER BY session_id) - 1 AS number
    FROM intermediate.int_sessions_computed
) AS session ON call.session_id = session.session_id";

/// Every call the marts hold.
///
/// # Errors
/// `DataInvalid` if the marts are not built, or are of another version.
pub fn calls(connection: &Connection) -> Result<Calls> {
    let mut calls = Calls::default();
    for batch in connection.batches(SESSIONS)? {
        let batch = Batch(&batch);
        let ids = batch.texts("session_id")?;
        let projects = batch.texts("project_path")?;
        let users = batch.texts("user_name")?;
        for row in 0..batch.0.num_rows() {
            let project = calls.projects.number(at(projects, row).unwrap_or_default());
            calls.sessions.push(Session {
                id: at(ids, row).unwrap_or_default().to_owned(),
                project,
                user: at(users, row).unwrap_or_default().to_owned(),
            });
        }
    }
    for batch in connection.batches(CALLS)? {
        take(&mut calls, &Batch(&batch))?;
    }
    Ok(calls)
}

/// Appends the calls of a batch.
fn take(calls: &mut Calls, batch: &Batch<'_>) -> Result<()> {
    let timestamps = batch.integers("timestamp")?;
    let sessions = batch.integers("session")?;
    let models = batch.texts("model")?;
    let is_fast = batch.flags("is_fast")?;
    let is_provisional = batch.flags("is_provisional")?;
    let is_advisor = batch.flags("is_advisor")?;
    let tokens = batch.tokens()?;
    let costs = batch.decimals("cost")?;
    for row in 0..batch.0.num_rows() {
        let model = at(models, row).unwrap_or_default();
        let label = model_label(model, at(is_fast, row).unwrap_or(false));
        let model = calls.models.number(&label);
        let session = at(sessions, row).and_then(|number| u32::try_from(number).ok());
        calls.calls.push(Call {
            timestamp: at(timestamps, row),
            session: session.unwrap_or(u32::MAX),
            model,
            tokens: tokens.at(row),
            cost: at(costs, row).map(Usd),
            is_provisional: at(is_provisional, row).unwrap_or(false),
            is_advisor: at(is_advisor, row).unwrap_or(false),
        });
    }
    Ok(())
}

/// The value in a row, unless it is null.
fn at<'a, A>(array: &'a A, row: usize) -> Option<<&'a A as ArrayAccessor>::Item>
where
    &'a A: ArrayAccessor,
{
    (!array.is_null(row)).then(|| array.value(row))
}

/// Columns by name and type.
struct Batch<'a>(&'a RecordBatch);

impl<'a> Batch<'a> {
    fn column<T: 'static>(&self, name: &str) -> Result<&'a T> {
        let column = self.0.column_by_name(name);
        column
            .and_then(|array| array.as_any().downcast_ref::<T>())
            .ok_or_else(|| {
                Error::data("the marts are of another version than this program")
                    .cause(format!("`{name}` is missing or of another type"))
                    .hint("Run `cca run --full-refresh`.")
            })
    }

    fn texts(&self, name: &str) -> Result<&'a StringArray> {
        self.column(name)
    }

    fn integers(&self, name: &str) -> Result<&'a Int64Array> {
        self.column(name)
    }

    fn flags(&self, name: &str) -> Result<&'a BooleanArray> {
        self.column(name)
    }

    fn decimals(&self, name: &str) -> Result<&'a Decimal128Array> {
        self.column(name)
    }

    fn tokens(&self) -> Result<TokenColumns<'a>> {
        Ok(TokenColumns {
            input: self.integers("input")?,
            output: self.integers("output")?,
            cache_creation: self.integers("cache_creation")?,
            cache_read: self.integers("cache_read")?,
        })
    }
}

/// Tokens by class; null is none.
struct TokenColumns<'a> {
    input: &'a Int64Array,
    output: &'a Int64Array,
    cache_creation: &'a Int64Array,
    cache_read: &'a Int64Array,
}

impl TokenColumns<'_> {
    fn at(&self, row: usize) -> Tokens {
        let class = |column| at(column, row).unwrap_or(0);
        Tokens {
            input: class(self.input),
            output: class(self.output),
            cache_creation: class(self.cache_creation),
            cache_read: class(self.cache_read),
        }
    }
}
