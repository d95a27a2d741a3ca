//! Configuration: built-in defaults < `cca.toml` < `.env` < environment < flags; every value
//! knows its origin, unknown keys are errors with the nearest name, secrets never print.
//!
//! * [`settings`] is what the program reads.
//! * the other files turn the layers into it.

mod secret;
mod settings;

pub use secret::Secret;
pub use settings::{
    CheckSettings, DeadLetterSettings, LakeSettings, MongoSettings, ProjectSettings,
    PublishSettings, Settings, SourceKind, TranscriptSettings, WarehouseSettings,
};
