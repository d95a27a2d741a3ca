//! What every command works with.

use std::sync::Arc;

use super::report::Places;
use crate::config::Settings;
use crate::error::Result;
use crate::event::Observer;
use crate::project::Project;
use crate::sys::cancel::Cancel;
use crate::warehouse::{Access, Options, Warehouse};

/// Settings, project files, and who is told what happens.
#[derive(Clone)]
pub struct Context {
    pub(super) settings: Settings,
    pub(super) project: Project,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: Cancel,
}

impl Context {
    /// A context for one command.
    #[must_use]
    pub fn new(
        settings: Settings,
        project: Project,
        observer: Arc<dyn Observer>,
        cancel: Cancel,
    ) -> Self {
        Self {
            settings,
            project,
            observer,
            cancel,
        }
    }

    /// Where everything lies.
    #[must_use]
    pub fn places(&self) -> Places {
        Places {
            data_dir: self.settings.project.data_dir.clone(),
            lake: self.settings.lake.warehouse_path.clone(),
            warehouse: self.settings.warehouse.path.clone(),
            published: self.settings.publish.dir.join("cca.duckdb"),
            dead_letters: self.settings.dead_letter.dir.clone(),
        }
    }

    pub(super) fn warehouse(&self, access: Access) -> Result<Warehouse> {
        let options = Options {
            access,
            threads: self.settings.project.threads,
            memory_limit: self.settings.project.memory_limit.clone(),
        };
        Warehouse::open(&self.settings.warehouse.path, &options)
    }
}
