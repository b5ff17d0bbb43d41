//! The template engine, set up as Ansible sets up Jinja2.
//!
//! The first line break after a statement is removed, indentation before it stays, a file's last line break stays,
//! nothing is escaped, and what is not defined is a mistake. Fuel and depth are limited: a template comes from a file
//! that somebody else may have written, and must not hang the controller.

use std::sync::Arc;

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, syntax::SyntaxConfig, value::Value as Jinja};

use super::{Context, Reported, Templates, failure, filters, formatter, place::Place, value::to_node};
use crate::{
    source::{Code, Diagnostic, Source, Span},
    yaml::{Node, Value},
};

/// What one rendering may cost: a second or two, and about a gigabyte at the very most.
const FUEL: u64 = 20_000_000;

/// How deep includes and macros may be nested.
const MAX_DEPTH: usize = 64;

/// Renders templates. Copies are cheap.
#[derive(Clone, Debug)]
pub struct Engine {
    environment: Arc<Environment<'static>>,
    templates: Templates,
}

/// Why a template failed.
pub(super) enum Failure {
    /// A mistake to report.
    Mistake(Box<Diagnostic>),
    /// A variable that it uses failed, which is already reported.
    Reported,
}

impl Failure {
    /// The mistake; for callers whose variables do not fail on their own.
    pub(super) fn into_diagnostic(self, span: &Span) -> Diagnostic {
        match self {
            Self::Mistake(diagnostic) => *diagnostic,
            Self::Reported => {
                Diagnostic::new(Code::TemplateFailed, "a variable that this uses cannot be rendered", span, "")
            }
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Templates::default())
    }
}

impl Engine {
    /// An engine whose `include` looks where `templates` says.
    pub fn new(templates: Templates) -> Self {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(false).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.expect("the delimiters are Jinja's own"));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(formatter::format);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(MAX_DEPTH);
        // Places of mistakes are known in debug mode only. What it would print besides is not used.
        environment.set_debug(true);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        filters::add_to(&mut environment);
        let loader = templates.clone();
        environment.set_loader(move |name| match loader.find_within(name) {
            Ok(source) => Ok(Some(source.text().to_owned())),
            Err(diagnostic) => Err(minijinja::Error::new(ErrorKind::TemplateNotFound, diagnostic.title().to_owned())),
        });
        Self { environment: Arc::new(environment), templates }
    }

    /// Where its templates are found.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// Renders a file.
    pub fn render(&self, source: &Arc<Source>, context: &Context) -> Result<String, Diagnostic> {
        let span = Span::new(source, 0..source.text().len());
        let place = Place { text: source.text(), span: &span };
        self.render_text(source.name(), &place, context).map_err(|failure| failure.into_diagnostic(&span))
    }

    /// Looks for mistakes that show without variables.
    pub fn check(&self, source: &Arc<Source>) -> Result<(), Diagnostic> {
        let span = Span::new(source, 0..source.text().len());
        let place = Place { text: source.text(), span: &span };
        match self.environment.template_from_named_str(source.name(), source.text()) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.tell(&error, &place, &Context::default()).into_diagnostic(&span)),
        }
    }

    /// The value of an expression without braces, such as a `when`. What is not text is its own value.
    pub fn evaluate(&self, expression: &Node, context: &Context) -> Result<Node, Diagnostic> {
        let Value::String(text) = &expression.value else { return Ok(expression.clone()) };
        let place = Place { text, span: &expression.span };
        self.evaluate_text(&place, context).map_err(|failure| failure.into_diagnostic(&expression.span))
    }

    /// Whether a condition holds. As in Ansible, its value is a yes or no, and not something that counts as one.
    pub fn holds(&self, condition: &Node, context: &Context) -> Result<bool, Diagnostic> {
        let node = self.evaluate(condition, context)?;
        match node.value {
            Value::Bool(holds) => Ok(holds),
            ref value => {
                // Not the value itself, which may be secret.
                let title = format!("expected a condition that is true or false, found {}", value.kind());
                Err(Diagnostic::new(Code::WrongType, title, &node.span, "").hint(
                    "say what you mean: `… is defined`, `… | length > 0`, or `… | bool` for text like `yes` and `no`",
                ))
            }
        }
    }

    pub(super) fn render_text(&self, name: &str, place: &Place<'_>, context: &Context) -> Result<String, Failure> {
        self.environment
            .render_named_str(name, place.text, context.root())
            .map_err(|error| self.tell(&error, place, context))
    }

    pub(super) fn evaluate_text(&self, place: &Place<'_>, context: &Context) -> Result<Node, Failure> {
        let tell = |error: minijinja::Error| self.tell(&error, place, context);
        let expression = self.environment.compile_expression(place.text).map_err(tell)?;
        let value: Jinja = expression.eval(context.root()).map_err(tell)?;
        if value.is_undefined() {
            return Err(self.tell(&undefined(place.text), place, context));
        }
        to_node(&value, place.span).map_err(tell)
    }

    /// Whether text is one expression, from its first to its last character.
    pub(super) fn is_expression(&self, text: &str) -> bool {
        self.environment.compile_expression(text).is_ok()
    }

    fn tell(&self, error: &minijinja::Error, place: &Place<'_>, context: &Context) -> Failure {
        if Reported::is_cause(error) {
            return Failure::Reported;
        }
        let innermost = failure::innermost(error);
        // An included template has a file of its own.
        if let Some(name) = innermost.name().filter(|&name| innermost.name() != error.name() && !name.starts_with('<'))
            && let Ok(source) = self.templates.find(name)
        {
            let span = Span::new(&source, 0..source.text().len());
            let place = Place { text: source.text(), span: &span };
            return Failure::Mistake(Box::new(failure::tell(innermost, &place, context)));
        }
        let mut diagnostic = failure::tell(innermost, place, context);
        if innermost.kind() == ErrorKind::TemplateNotFound
            && let Some(name) = innermost.detail().and_then(|detail| detail.split(['\'', '"', '`']).nth(1))
            && let Err(not_found) = self.templates.find(name)
            && let Some(hint) = not_found.hint_text()
        {
            diagnostic = diagnostic.hint(hint);
        }
        Failure::Mistake(Box::new(diagnostic))
    }
}

/// The error that printing an undefined expression would give.
fn undefined(expression: &str) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::UndefinedError, format!("`{}` is undefined", expression.trim()))
}
