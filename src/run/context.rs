//! What every command works with.

use std::path::PathBuf;
use std::sync::Arc;

use super::report::Places;
use super::request::ProjectRequest;
use crate::config::Settings;
use crate::error::{Error, Kind, Result};
use crate::event::Observer;
use crate::project::{DBT_PROJECT_FILE, Layout, Project};
use crate::sys::cancel::Cancel;
use crate::transform::{Profile, ProfileRequest};
use crate::warehouse::{Access, Options, Warehouse};

/// Blocks of a new database of a dbt project. Projects are many small tables, each of which would
/// take a quarter of a megabyte of the file, and of memory when it is written.
const BLOCK_BYTES: u32 = 65_536;

/// Settings, project files, and who is told what happens.
#[derive(Clone)]
pub struct Context {
    /// Where a dbt project is built; `None` for our own layout.
    pub(super) profile: Option<Profile>,
    /// What the command line says about a dbt project.
    pub(super) asked: ProjectRequest,
    pub(super) settings: Settings,
    pub(super) project: Project,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancel: Cancel,
}

impl Context {
    /// A context for one command. A dbt project is built where its profile says.
    ///
    /// # Errors
    /// `Config` for a profile that is not there or cannot be understood.
    pub fn new(
        mut settings: Settings,
        project: Project,
        request: &ProjectRequest,
        observer: Arc<dyn Observer>,
        cancel: Cancel,
    ) -> Result<Self> {
        settings.vars.extend(request.vars.clone());
        let profile = match project.layout {
            Layout::Own => None,
            Layout::Dbt => Some(read_profile(&settings, &project, request)?),
        };
        if let Some(profile) = &profile {
            let in_memory = || PathBuf::from(":memory:");
            settings.warehouse.path = profile.path.clone().unwrap_or_else(in_memory);
            settings.project.threads = request.threads.or(profile.threads).unwrap_or(1);
        }
        Ok(Self {
            profile,
            asked: request.clone(),
            settings,
            project,
            observer,
            cancel,
        })
    }

    /// This context with what another command line said about the project, as far as this one says
    /// nothing.
    ///
    /// # Errors
    /// As for [`Context::new`].
    pub(super) fn as_asked(&self, before: &ProjectRequest) -> Result<Self> {
        let or = |now: &Option<String>, then: &Option<String>| now.clone().or(then.clone());
        let mut vars = before.vars.clone();
        vars.extend(self.asked.vars.clone());
        let request = ProjectRequest {
            profiles_dir: self
                .asked
                .profiles_dir
                .clone()
                .or(before.profiles_dir.clone()),
            profile: or(&self.asked.profile, &before.profile),
            target: or(&self.asked.target, &before.target),
            vars,
            threads: self.asked.threads.or(before.threads),
        };
        Self::new(
            self.settings.clone(),
            self.project.clone(),
            &request,
            Arc::clone(&self.observer),
            self.cancel.clone(),
        )
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

    /// Refuses what fills a warehouse of ours where there is a dbt project, whose database is not
    /// ours to fill.
    pub(super) fn refuse_dbt(&self, command: &str) -> Result<()> {
        let (Layout::Dbt, Some(root)) = (self.project.layout, &self.project.root.root) else {
            return Ok(());
        };
        Err(Error::usage(format!(
            "`cca {command}` fills a warehouse of its own, and this is a dbt project"
        ))
        .at(root.join(DBT_PROJECT_FILE).display())
        .hint(format!(
            "Name another folder: `cca {command} --project-dir DIR`; what this project holds is built by `cca build`."
        )))
    }

    pub(super) fn warehouse(&self, access: Access) -> Result<Warehouse> {
        let Some(profile) = &self.profile else {
            let options = Options {
                threads: self.settings.project.threads,
                memory_limit: self.settings.project.memory_limit.clone(),
                ..Options::new(access)
            };
            return Warehouse::open(&self.settings.warehouse.path, &options);
        };
        let options = Options {
            opening: profile.opening.clone(),
            session: profile.session.clone(),
            row_group_rows: None,
            block_bytes: Some(BLOCK_BYTES),
            ..Options::new(access)
        };
        match &profile.path {
            Some(path) => Warehouse::open(path, &options).map_err(of_dbt),
            None => Warehouse::in_memory_with(&options),
        }
    }
}

/// What opening a database that is not there says.
const NOT_THERE: &str = "there is no warehouse yet";

/// The remedies of our own warehouse are none for the database of somebody else.
fn of_dbt(error: Error) -> Error {
    match error.kind() {
        Kind::Locked => error.only_hint(
            "Close it there and run the same command again; one process writes, or several read.",
        ),
        Kind::SourceUnavailable if error.message() == NOT_THERE => error.only_hint(
            "Build the project first (`cca build`), or correct `path` in `profiles.yml`.",
        ),
        Kind::DataInvalid => error
            .only_hint("Correct `path` in `profiles.yml`, or move the file away to begin anew."),
        _ => error,
    }
}

fn read_profile(
    settings: &Settings,
    project: &Project,
    request: &ProjectRequest,
) -> Result<Profile> {
    let request = ProfileRequest {
        profiles_dir: request.profiles_dir.clone(),
        profile: request.profile.clone(),
        target: request.target.clone(),
        vars: settings.vars.clone(),
        env: settings.env.clone(),
    };
    Profile::read(project, &request)
}
