//! Rendering: the compiled templates of a project, and one call that turns one of them and a
//! scope into SQL and a record of what it asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Environment;
use minijinja::value::{Kwargs, Value, merge_maps};

use super::context::fault::{MACRO_SEPARATOR, template_error};
use super::context::{Macro, Record, Registry, Scope};
use super::engine::engine;
use super::settings::Semantics;
use super::template::lines;
use super::template::rewrite::Rewritten;
use crate::error::{Error, Excerpt, Result};

/// The templates of all models and macros. Those of macros are compiled once; those of nodes each
/// time they are rendered, because that is quick, and held compiled they would be most of the
/// memory that a big project takes.
pub(super) struct Templates {
    engine: Environment<'static>,
    semantics: Semantics,
    /// How each was rewritten for the engine, by name.
    rewritten: BTreeMap<String, Rewritten>,
    /// Files of macros and snapshots as they are written, by path.
    files: BTreeMap<String, String>,
}

impl Templates {
    /// None.
    pub(super) fn new(semantics: Semantics) -> Self {
        Self {
            engine: engine(semantics),
            semantics,
            rewritten: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// Keeps the text of a file with several blocks, to show lines of it.
    pub(super) fn add_file(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    /// The text of a file with several blocks.
    pub(super) fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Takes the template of a node; a syntax error in it is one of its rendering.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        self.rewritten.insert(name.to_owned(), Rewritten::of(text));
    }

    /// Compiles the template of a macro; a syntax error names its line. `subject` says whose it is.
    pub(super) fn add_macro(&mut self, name: &str, text: &str, subject: &str) -> Result<()> {
        let rewritten = Rewritten::of(text);
        let added = self
            .engine
            .add_template_owned(name.to_owned(), rewritten.text.clone());
        self.rewritten.insert(name.to_owned(), rewritten);
        added.map_err(|error| {
            let error = template_error(subject, &error, &[], &self.rewritten);
            with_line(error, |path| (path == path_of(name)).then_some(text))
        })
    }

    /// Renders the template called `template`.
    pub(super) fn render(&self, template: &str, scope: Scope) -> Result<(String, Record)> {
        let text = self.rewritten.get(template).map(|one| one.text.as_str());
        let text = text.ok_or_else(|| Error::bug(format!("there is no template `{template}`")))?;
        let scope = Arc::new(scope);
        let rendered = self
            .engine
            .render_named_str(template, text, root(&scope))
            .map_err(|error| self.explain(&scope, &error))?;
        Ok((rendered, take_record(&scope)))
    }

    /// Renders a text that is no file of its own, such as a hook or a query; `name` is its place.
    pub(super) fn render_text(
        &self,
        name: &str,
        text: &str,
        scope: Scope,
    ) -> Result<(String, Record)> {
        let scope = Arc::new(scope);
        let rendered = self
            .engine
            .render_named_str(name, &Rewritten::of(text).text, root(&scope))
            .map_err(|error| self.explain(&scope, &error))?;
        Ok((rendered, take_record(&scope)))
    }

    /// The value of an expression, which need not be text; `place` names it in errors.
    pub(super) fn evaluate(&self, place: &str, expression: &str, scope: Scope) -> Result<Value> {
        let scope = Arc::new(scope);
        self.engine
            .compile_expression_owned(expression_text(expression))
            .and_then(|expression| expression.eval(root(&scope)))
            .map_err(|error| self.explain(&scope, &error).at(place))
    }

    /// Calls the macro `name` as the node of the scope sees it.
    pub(super) fn call(&self, name: &str, arguments: Vec<Value>, scope: Scope) -> Result<Value> {
        let scope = Arc::new(scope);
        let call = format!("{name}(*arguments, **named)");
        let named = Value::from(Kwargs::from_iter([("node", scope.node_value())]));
        let context = merge_maps([
            Value::from_pairs([("arguments", Value::from(arguments)), ("named", named)]),
            root(&scope),
        ]);
        self.engine
            .compile_expression_owned(call)
            .and_then(|expression| expression.eval(context))
            .map_err(|error| self.explain(&scope, &error))
    }

    /// Calls a macro as the node of the scope sees it; the second value is what it asked for.
    pub(super) fn run(
        &self,
        definition: &Arc<Macro>,
        named: Vec<(String, Value)>,
        scope: Scope,
    ) -> Result<(Value, Record)> {
        let scope = Arc::new(scope);
        let context = merge_maps([
            Value::from_pairs([
                ("__called", scope.call_of(definition)),
                ("__named", Value::from(Kwargs::from_iter(named))),
            ]),
            root(&scope),
        ]);
        let value = self
            .engine
            .compile_expression("__called(**__named)")
            .and_then(|expression| expression.eval(context))
            .map_err(|error| self.explain(&scope, &error))?;
        Ok((value, take_record(&scope)))
    }

    fn explain(&self, scope: &Arc<Scope>, error: &minijinja::Error) -> Error {
        let registry: &Registry = &scope.registry;
        let subject = format!("{} `{}`", scope.node.kind.word(), scope.node.name);
        let error = template_error(
            &subject,
            error,
            &Scope::known_names(registry),
            &self.rewritten,
        );
        let node = &scope.node;
        with_line(error, |path| {
            let is_own = path == node.path && !node.template.is_empty();
            self.file(path)
                .or_else(|| is_own.then_some(node.text.as_str()))
        })
    }

    /// The same templates with marks of where each part is from, and the path behind each number
    /// in a mark; with `only`, just the templates of that file have marks.
    pub(super) fn marked(&self, only: Option<&str>) -> Result<(Self, Vec<String>)> {
        let mut paths: Vec<String> = Vec::new();
        let mut numbers = BTreeMap::new();
        let mut mark = |name: &str, source: &str| {
            let path = path_of(name);
            let file = *numbers.entry(path.to_owned()).or_insert_with(|| {
                paths.push(path.to_owned());
                paths.len() - 1
            });
            let column = |offset: usize| {
                let rewritten = self.rewritten.get(name);
                rewritten.map_or(1, |rewritten| rewritten.column(offset))
            };
            match only {
                Some(only) if only != path => source.to_owned(),
                _ => lines::mark(source, file, &column),
            }
        };
        let mut marked = Self::new(self.semantics);
        for (name, template) in self.engine.templates() {
            let text = mark(name, template.source());
            let added = marked.engine.add_template_owned(name.to_owned(), text);
            added.map_err(|error| {
                template_error("a template with marks", &error, &[], &self.rewritten)
            })?;
        }
        let is_macro = |name: &str| marked.engine.get_template(name).is_ok();
        let of_nodes = self.rewritten.iter().filter(|(name, _)| !is_macro(name));
        for (name, rewritten) in of_nodes.collect::<Vec<_>>() {
            let text = mark(name, &rewritten.text);
            marked
                .rewritten
                .insert(name.clone(), Rewritten::as_it_is(text));
        }
        Ok((marked, paths))
    }
}

/// Shows the line of the innermost place, if `text_of` knows the file.
fn with_line<'t>(error: Error, text_of: impl Fn(&str) -> Option<&'t str>) -> Error {
    let shown = error.places().first().and_then(|place| {
        let mut parts = place.rsplitn(3, ':');
        let (last, middle, path) = (parts.next()?, parts.next()?, parts.next());
        let (path, line, column) = match path {
            Some(path) => (path, middle, last.parse().ok()),
            None => (middle, last, None),
        };
        let line: usize = line.parse().ok()?;
        let text = text_of(path)?.lines().nth(line.checked_sub(1)?)?;
        Some(Excerpt {
            line,
            column,
            text: text.to_owned(),
        })
    });
    match shown {
        Some(excerpt) => error.showing(excerpt),
        None => error,
    }
}

/// Path of the file that holds the template `name`.
fn path_of(name: &str) -> &str {
    name.split_once(MACRO_SEPARATOR)
        .map_or(name, |(path, _)| path)
}

/// An expression as the engine gets it.
fn expression_text(expression: &str) -> String {
    let rewritten = Rewritten::of(&format!("{{{{ {} }}}}", expression.trim())).text;
    let inside = rewritten
        .strip_prefix("{{")
        .and_then(|text| text.strip_suffix("}}"));
    inside.unwrap_or(expression).trim().to_owned()
}

/// Name of the template that holds the block `name` of the file at `path`.
pub(super) fn block_template(path: &str, name: &str) -> String {
    format!("{path}{MACRO_SEPARATOR}{name}")
}

fn root(scope: &Arc<Scope>) -> Value {
    Value::from_dyn_object(Arc::clone(scope))
}

fn take_record(scope: &Arc<Scope>) -> Record {
    std::mem::take(&mut *scope.record())
}
