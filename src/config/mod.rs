//! Configuration: built-in defaults < user file < `cca.toml` < `.env` < environment < flags; every
//! value knows its origin, unknown keys are errors with the nearest name, secrets never print.
//!
//! * `settings` is what the program reads.
//! * `keys` declares every setting once; `env` every other variable, and alone reads the
//!   environment.
//! * `file` reads one layer, `resolve` folds them all; `place` knows what depends on the machine.
//! * `reference` writes the template of `cca init` and the reference page from the declarations.

mod env;
mod file;
mod keys;
mod layer;
mod place;
mod reference;
mod resolve;
mod secret;
mod settings;
mod slot;
mod units;

pub use env::Environment;
pub use layer::Origin;
pub use reference::{template, to_markdown};
pub use resolve::{Configuration, Flags, Inputs, PROJECT_FILE, Resolved, resolve};
pub use secret::Secret;
pub use settings::{
    AlertSettings, CheckSettings, DeadLetterSettings, ExtractSettings, LakeSettings, MachineFolder,
    MongoSettings, ProjectSettings, PublishSettings, Settings, SourceKind, TranscriptSettings,
    WarehouseSettings, WatchSettings,
};
pub use units::{parse_duration, parse_size, show_duration, show_size};
