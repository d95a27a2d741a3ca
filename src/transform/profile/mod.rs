//! `profiles.yml`: where a dbt project is built. Only the engine bundled here can be meant.

mod attach;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, ErrorKind};
use serde_json::{Map, Value as Json};

use super::config::is_template;
use super::settings::Target;
use crate::error::{Error, IoContext, Result, nearest};
use crate::project::{DBT_PROJECT_FILE, Project, parse_yaml};

/// What the command line and the environment say about the profile.
#[derive(Clone, Debug, Default)]
pub struct ProfileRequest {
    /// `--profiles-dir`.
    pub profiles_dir: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--vars`.
    pub vars: BTreeMap<String, Json>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
}

/// A target of a profile, understood.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The database file; `None` is in memory.
    pub path: Option<PathBuf>,
    /// `target` of templates.
    pub target: Target,
    /// Models built at once, if the profile says so.
    pub threads: Option<usize>,
    /// SQL run once when the database is opened: extensions, secrets, attached databases.
    pub opening: Vec<String>,
    /// SQL run on each connection: settings.
    pub session: Vec<String>,
    /// Folder of files of `external` models that name no place.
    pub external_root: PathBuf,
    /// What has no effect here.
    pub notices: Vec<String>,
}

/// Keys of a target.
const KEYS: [&str; 26] = [
    "type",
    "path",
    "schema",
    "database",
    "threads",
    "extensions",
    "settings",
    "config_options",
    "attach",
    "secrets",
    "external_root",
    "use_credential_provider",
    "filesystems",
    "remote",
    "plugins",
    "disable_transactions",
    "keep_open",
    "module_paths",
    "retries",
    "flights",
    "is_ducklake",
    "motherduck_token",
    "pass",
    "dbname",
    "name",
    "profile_name",
];

/// Keys of a target that mean something this program does not do.
const WITHOUT_EFFECT: [&str; 8] = [
    "use_credential_provider",
    "filesystems",
    "plugins",
    "disable_transactions",
    "keep_open",
    "module_paths",
    "retries",
    "flights",
];

impl Profile {
    /// Finds and reads the profile of a dbt project.
    ///
    /// # Errors
    /// `Config` if there is no `profiles.yml`, no such profile or target, a variable that is not
    /// set, another engine, or a value of the wrong kind; each with what there is.
    pub fn read(project: &Project, request: &ProfileRequest) -> Result<Self> {
        let root = project.root.root.clone().unwrap_or_default();
        let file = find(&root, request)?;
        let text = std::fs::read_to_string(&file).io("read", &file)?;
        let content = parse_yaml(&text).map_err(|error| {
            let line = error.line.map_or(String::new(), |line| format!(":{line}"));
            Error::config("failed to read `profiles.yml`")
                .at(format!("{}{line}", file.display()))
                .cause(error.message)
        })?;
        let name = profile_name(project, request)?;
        let (target_name, mut output) = choose(&content, &name, request, &file)?;
        let place = format!("{} ({name}.{target_name})", file.display());
        render(&mut output, request, &place)?;
        understand(&root, name, target_name, output, &place)
    }
}

fn find(root: &Path, request: &ProfileRequest) -> Result<PathBuf> {
    let named = request.profiles_dir.clone().or_else(|| {
        let dir = request.env.get("DBT_PROFILES_DIR")?;
        Some(root.join(dir))
    });
    let home = request
        .env
        .get("HOME")
        .map(|home| Path::new(home).join(".dbt"));
    let places: Vec<PathBuf> = match named {
        Some(dir) => vec![dir],
        None => [Some(root.to_owned()), home]
            .into_iter()
            .flatten()
            .collect(),
    };
    let files: Vec<PathBuf> = places.iter().map(|dir| dir.join("profiles.yml")).collect();
    if let Some(found) = files.iter().find(|path| path.is_file()) {
        return Ok(found.clone());
    }
    let mut error = Error::config("there is no `profiles.yml`, so it is unknown where to build")
        .at(root.join(DBT_PROJECT_FILE).display());
    for path in files {
        error = error.cause(format!("looked for `{}`", path.display()));
    }
    Err(error.hint("Write one beside `dbt_project.yml`, or name its folder with `--profiles-dir`."))
}

fn profile_name(project: &Project, request: &ProfileRequest) -> Result<String> {
    let configured = project.root.settings.get("profile").and_then(Json::as_str);
    let name = request
        .profile
        .clone()
        .or_else(|| request.env.get("DBT_PROFILE").cloned())
        .or_else(|| configured.map(str::to_owned))
        .ok_or_else(|| {
            Error::config("the project names no profile")
                .at(DBT_PROJECT_FILE)
                .hint("Add `profile: name` to it, or use `--profile`.")
        })?;
    let mut value = Json::from(name);
    render(&mut value, request, DBT_PROJECT_FILE)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

fn choose(
    content: &Json,
    name: &str,
    request: &ProfileRequest,
    file: &Path,
) -> Result<(String, Json)> {
    let keys = |value: &Json| -> Vec<String> {
        let keys = value.as_object().into_iter().flat_map(Map::keys);
        keys.filter(|key| *key != "config").cloned().collect()
    };
    let missing = |what: &str, wanted: &str, there: &[String]| {
        let hint = match nearest(wanted, there.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("There is `{}`.", there.join("`, `")),
        };
        Error::config(format!("there is no {what} `{wanted}`"))
            .at(file.display())
            .hint(hint)
    };
    let profile = content
        .get(name)
        .ok_or_else(|| missing("profile", name, &keys(content)))?;
    let mut default = profile
        .get("target")
        .cloned()
        .unwrap_or_else(|| Json::from("default"));
    render(
        &mut default,
        request,
        &format!("{} ({name}.target)", file.display()),
    )?;
    let target = request
        .target
        .clone()
        .or_else(|| request.env.get("DBT_TARGET").cloned())
        .unwrap_or_else(|| default.as_str().unwrap_or("default").to_owned());
    let outputs = profile.get("outputs").cloned().unwrap_or_default();
    let output = outputs
        .get(&target)
        .cloned()
        .ok_or_else(|| missing("target", &target, &keys(&outputs)))?;
    Ok((target, output))
}

/// Renders the templates in a value: `env_var` and `var` are there.
fn render(value: &mut Json, request: &ProfileRequest, place: &str) -> Result<()> {
    match value {
        Json::String(text) if is_template(text) => {
            let rendered = engine(request).render_str(text, ()).map_err(|error| {
                let cause = error
                    .detail()
                    .map_or_else(|| error.to_string(), str::to_owned);
                Error::config("failed to render a value of the profile")
                    .at(place)
                    .cause(cause)
                    .hint("Set the variable, or give it a default: `env_var('NAME', '…')`.")
            })?;
            *value = match parse_yaml(&rendered) {
                Ok(Json::Number(number)) => Json::Number(number),
                Ok(Json::Bool(truth)) => Json::Bool(truth),
                _ => Json::String(rendered),
            };
            Ok(())
        }
        Json::Array(items) => items
            .iter_mut()
            .try_for_each(|item| render(item, request, place)),
        Json::Object(entries) => entries
            .iter_mut()
            .try_for_each(|(_, value)| render(value, request, place)),
        _ => Ok(()),
    }
}

fn engine(request: &ProfileRequest) -> Environment<'static> {
    let mut engine = Environment::new();
    let env = Arc::new(request.env.clone());
    let lookup = move |name: &str, default: Option<Value>| {
        let found = env.get(name).map(|text| Value::from(text.as_str()));
        found.or(default).ok_or_else(|| {
            minijinja::Error::new(
                ErrorKind::InvalidOperation,
                format!("environment variable `{name}` is not set"),
            )
        })
    };
    engine.add_function("env_var", lookup);
    let vars = Arc::new(request.vars.clone());
    let var = move |name: &str, default: Option<Value>, named: Kwargs| {
        let default = default.or(named.get("default").unwrap_or_default());
        let found = vars
            .get(name)
            .map(|value| Value::from(Serde(value.clone())));
        found.or(default).ok_or_else(|| {
            minijinja::Error::new(
                ErrorKind::InvalidOperation,
                format!("variable `{name}` is not set"),
            )
        })
    };
    engine.add_function("var", var);
    engine.add_filter("as_number", |value: Value| value);
    engine.add_filter("as_bool", |value: Value| value);
    engine.add_filter("as_native", |value: Value| value);
    engine.add_filter("as_text", |value: Value| value.to_string());
    engine
}

fn understand(
    root: &Path,
    profile: String,
    name: String,
    output: Json,
    place: &str,
) -> Result<Profile> {
    let Json::Object(output) = output else {
        return Err(Error::config("a target of the profile is not a mapping").at(place));
    };
    let text = |key: &str| output.get(key).and_then(Json::as_str).map(str::to_owned);
    match text("type").as_deref() {
        Some("duckdb") => {}
        other => {
            return Err(Error::config(format!(
                "the target is of type `{}`; only `duckdb` can be built here",
                other.unwrap_or_default()
            ))
            .at(place)
            .hint(
                "Choose a target of type `duckdb` with `--target`, or add one to `profiles.yml`.",
            ));
        }
    }
    let given = text("path").unwrap_or_else(|| ":memory:".to_owned());
    if ["md:", "motherduck:", "ducklake:"]
        .iter()
        .any(|start| given.starts_with(start))
        || output.contains_key("remote")
    {
        return Err(
            Error::config("the target is a remote database, which is not opened here")
                .at(place)
                .cause(format!("`path` is `{given}`"))
                .hint("Give `path` a file, or choose another target with `--target`."),
        );
    }
    let in_memory = given == ":memory:" || given.is_empty();
    let database = text("database").unwrap_or_else(|| database_name(&given, in_memory));
    let session = attach::session(&output, place)?;
    let mut target = Target {
        name,
        profile,
        schema: text("schema").unwrap_or_else(|| "main".to_owned()),
        database: Some(database),
        values: Map::new(),
    };
    for key in ["path", "extensions", "settings", "external_root"] {
        if let Some(value) = output.get(key) {
            target.values.insert(key.to_owned(), value.clone());
        }
    }
    Ok(Profile {
        path: (!in_memory).then(|| root.join(&given)),
        target,
        threads: output.get("threads").and_then(threads),
        opening: attach::opening(&output, place)?,
        session,
        external_root: root.join(text("external_root").unwrap_or_else(|| ".".to_owned())),
        notices: notices(&output, place),
    })
}

fn threads(value: &Json) -> Option<usize> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    usize::try_from(number).ok().filter(|number| *number > 0)
}

/// The name the engine gives a database file.
fn database_name(path: &str, in_memory: bool) -> String {
    if in_memory {
        return "memory".to_owned();
    }
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = file.trim_start_matches('.').split('.').next();
    name.unwrap_or(file).to_owned()
}

fn notices(output: &Map<String, Json>, place: &str) -> Vec<String> {
    let mut notices = Vec::new();
    for key in output.keys() {
        if WITHOUT_EFFECT.contains(&key.as_str()) {
            notices.push(format!("{place}: `{key}` has no effect here"));
        } else if !KEYS.contains(&key.as_str()) {
            let meant = nearest(key, KEYS)
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            notices.push(format!("{place}: key `{key}` has no effect{meant}"));
        }
    }
    notices
}
