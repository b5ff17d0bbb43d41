//! The template engine, set up as Ansible sets up Jinja2.
//!
//! The first line break after a statement is removed, indentation before it stays, a file's last line break stays,
//! nothing is escaped, and what is not defined is a mistake. Fuel and depth are limited: a template comes from a file
//! that somebody else may have written, and must not hang the controller.

use std::sync::Arc;

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, value::Value as Jinja};

use super::{
    Context, Reported, Templates, failure, filter, formatter, lookup,
    marker::Undefined,
    method,
    place::Place,
    python,
    render_node::is_template,
    rewrite::{self, Escapes},
    syntax::Syntax,
    test,
    value::to_node,
    watch::{Seen, watch},
};
use crate::{
    source::{Code, Diagnostic, Source, Span},
    yaml::{Node, Value},
};

/// What one rendering may cost: a second or two, and about a gigabyte at the very most.
const FUEL: u64 = 20_000_000;

/// The name of an expression that is printed, and so begins after `{{`.
pub(super) const PRINTED: &str = "<printed>";

/// How deep includes and macros may be nested.
const MAX_DEPTH: usize = 64;

/// Renders templates. Copies are cheap.
#[derive(Clone, Debug)]
pub struct Engine {
    environment: Arc<Environment<'static>>,
    templates: Templates,
    /// How templates are marked that do not say so themselves.
    syntax: Arc<Syntax>,
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
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(formatter::format);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(MAX_DEPTH);
        // Places of mistakes are known in debug mode only. What it would print besides is not used.
        environment.set_debug(true);
        environment.set_unknown_method_callback(method::call);
        filter::add_to(&mut environment);
        test::add_to(&mut environment);
        lookup::add_to(&mut environment, &templates);
        let syntax = Syntax::default();
        environment.set_syntax(syntax.config().expect("the delimiters are Jinja's own"));
        set_loader(&mut environment, &templates, syntax.clone());
        Self { environment: Arc::new(environment), templates, syntax: Arc::new(syntax) }
    }

    /// The same for a template that is marked in another way.
    #[must_use]
    pub fn marked(&self, syntax: Syntax) -> Self {
        Self { syntax: Arc::new(syntax), ..self.clone() }
    }

    /// Where its templates are found.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// Renders a file.
    pub fn render(&self, source: &Arc<Source>, context: &Context) -> Result<String, Diagnostic> {
        let span = Span::new(source, 0..source.text().len());
        let rendered = self.render_text(source.name(), source.text(), &span, Escapes::Python, context);
        match rendered.map_err(|failure| failure.into_diagnostic(&span))? {
            Rendered::Text(text) => Ok(text),
            Rendered::Nothing => Ok(String::new()),
            // As the template module writes a value that is not text: without a line end.
            Rendered::Value(value) => python::printed(&value).map_err(|error| {
                let place = Place::template(source.text(), &span, &Syntax::default(), Escapes::Python);
                self.tell(&error, &place, context).into_diagnostic(&span)
            }),
        }
    }

    /// Renders a file that another one looks up: what it is with its type.
    pub(super) fn render_to_value(&self, source: &Arc<Source>, context: &Context) -> Result<Jinja, Diagnostic> {
        let span = Span::new(source, 0..source.text().len());
        let rendered = self.render_text(source.name(), source.text(), &span, Escapes::Python, context);
        Ok(match rendered.map_err(|failure| failure.into_diagnostic(&span))? {
            Rendered::Text(text) => Jinja::from(text),
            Rendered::Nothing => Jinja::from(()),
            Rendered::Value(value) => value,
        })
    }

    /// Looks for mistakes that show without variables.
    pub fn check(&self, source: &Arc<Source>) -> Result<(), Diagnostic> {
        let span = Span::new(source, 0..source.text().len());
        let (environment, place) = self.read(source.text(), &span, Escapes::Python)?;
        match environment.template_from_named_str(source.name(), &place.rewritten.text) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.tell(&error, &place, &Context::default()).into_diagnostic(&span)),
        }
    }

    /// The value of an expression without braces, such as a `when`. What is not text is its own value.
    pub fn evaluate(&self, expression: &Node, context: &Context) -> Result<Node, Diagnostic> {
        let Value::String(text) = &expression.value else { return Ok(expression.clone()) };
        let place = Place::expression(text, &expression.span, Escapes::Python);
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

    /// What a text is read as: its syntax from its first line, and what the engine is given.
    fn read<'a>(
        &self,
        text: &'a str,
        span: &'a Span,
        escapes: Escapes,
    ) -> Result<(Arc<Environment<'static>>, Place<'a>), Diagnostic> {
        let whole = Place::template(text, span, &Syntax::default(), escapes);
        let bad = |range, why: &str| {
            Diagnostic::new(Code::TemplateSyntax, Code::TemplateSyntax.title(), &whole.locate(range), why)
                .hint("the line is written `#jinja2: lstrip_blocks: True, trim_blocks: False`")
        };
        let (syntax, start) = self.syntax.of(text).map_err(|header| bad(header.range, &header.why))?;
        if syntax == Syntax::default() && start == 0 {
            return Ok((Arc::clone(&self.environment), whole));
        }
        let config = syntax.config().ok_or_else(|| bad(0..start.max(1), "the delimiters cannot be told apart"))?;
        let mut environment = (*self.environment).clone();
        environment.set_syntax(config);
        set_loader(&mut environment, &self.templates, syntax.clone());
        Ok((Arc::new(environment), Place::template(&text[start..], span, &syntax, escapes)))
    }

    pub(super) fn render_text(
        &self,
        name: &str,
        text: &str,
        span: &Span,
        escapes: Escapes,
        context: &Context,
    ) -> Result<Rendered, Failure> {
        // What is no template is left as it is, to the letter.
        if !is_template(text) && *self.syntax == Syntax::default() {
            return Ok(Rendered::Text(text.to_owned()));
        }
        let (environment, place) = self.read(text, span, escapes).map_err(|error| Failure::Mistake(Box::new(error)))?;
        let (result, seen) = watch(|| environment.render_named_str(name, &place.rewritten.text, context.root()));
        let result = result.map_err(|error| self.tell_after(&error, &seen, name, &place, context))?;
        if let Some(undefined) = &seen.undefined {
            return Err(self.tell_undefined(undefined, name, &place, context));
        }
        if result.is_empty() && seen.is_empty() {
            return Ok(Rendered::Nothing);
        }
        Ok(match seen.only(&result) {
            Some(value) if value.as_str().is_none() => Rendered::Value(value),
            _ => Rendered::Text(with_line_ends(result, text, &self.syntax.newline)),
        })
    }

    pub(super) fn evaluate_text(&self, place: &Place<'_>, context: &Context) -> Result<Node, Failure> {
        if let Some(foreign) = rewrite::foreign(place.text) {
            return Err(Failure::Mistake(Box::new(failure::unexpected(place, foreign))));
        }
        let tell = |error: minijinja::Error| self.tell(&error, place, context);
        let expression = self.environment.compile_expression(&place.rewritten.text).map_err(tell)?;
        let (value, seen) = watch(|| {
            let value = expression.eval(context.root())?;
            if value.is_undefined() {
                return Err(self.undefined(place, context));
            }
            to_node(&value, place.span)
        });
        let node = value.map_err(|error| self.tell_after(&error, &seen, "<expression>", place, context))?;
        match &seen.undefined {
            Some(undefined) => Err(self.tell_undefined(undefined, "<expression>", place, context)),
            None => Ok(node),
        }
    }

    /// Whether text is one expression, from its first to its last character.
    pub(super) fn is_expression(&self, place: &Place<'_>) -> bool {
        rewrite::foreign(place.text).is_none() && self.environment.compile_expression(&place.rewritten.text).is_ok()
    }

    /// An error whose value without a name a chain came to.
    fn tell_after(
        &self,
        error: &minijinja::Error,
        seen: &Seen,
        name: &str,
        place: &Place<'_>,
        context: &Context,
    ) -> Failure {
        match &seen.last {
            Some(undefined) if failure::is_of_nameless_undefined(error) => {
                self.tell_undefined(undefined, name, place, context)
            }
            _ => self.tell(error, place, context),
        }
    }

    /// The error for an expression that is not defined: the engine knows which part of it only when it prints it.
    fn undefined(&self, place: &Place<'_>, context: &Context) -> minijinja::Error {
        let printed = format!("{}{}{}", "{{", place.rewritten.text, "}}");
        let result = self.environment.render_named_str(PRINTED, &printed, context.root());
        result.err().unwrap_or_else(|| ErrorKind::UndefinedError.into())
    }

    pub(super) fn tell(&self, error: &minijinja::Error, place: &Place<'_>, context: &Context) -> Failure {
        if Reported::is_cause(error) {
            return Failure::Reported;
        }
        if let Some(diagnostic) = failure::in_another(error) {
            return Failure::Mistake(Box::new(diagnostic.clone()));
        }
        if let Some(undefined) = failure::undefined_part(error) {
            return self.tell_undefined(undefined, error.name().unwrap_or("<expression>"), place, context);
        }
        let innermost = failure::innermost(error);
        // An included template has a file of its own.
        if let Some(name) = innermost.name().filter(|&name| innermost.name() != error.name() && !name.starts_with('<'))
            && let Ok(source) = self.templates.find(name)
        {
            let span = Span::new(&source, 0..source.text().len());
            let place = Place::template(source.text(), &span, &Syntax::default(), Escapes::Python);
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

    /// A value that is not defined, and was asked for more in the template of this name, or in one that it includes.
    fn tell_undefined(&self, undefined: &Undefined, name: &str, place: &Place<'_>, context: &Context) -> Failure {
        let found = Some(&undefined.template).filter(|&template| template != name && !template.starts_with('<'));
        let tell = |place: &Place<'_>| {
            let part = place.text.get(undefined.range.clone()).unwrap_or("?");
            failure::not_defined(part, &place.locate(undefined.range.clone()), context)
        };
        let diagnostic = match found.and_then(|template| self.templates.find(template).ok()) {
            Some(source) => {
                let span = Span::new(&source, 0..source.text().len());
                tell(&Place::template(source.text(), &span, &Syntax::default(), Escapes::Python))
            }
            None => tell(place),
        };
        Failure::Mistake(Box::new(diagnostic))
    }
}

/// What a template gave.
pub(super) enum Rendered {
    Text(String),
    /// The one value that it printed, which is not text.
    Value(Jinja),
    /// It printed nothing, not even an empty text.
    Nothing,
}

/// Templates that are included are read as the one that includes them.
fn set_loader(environment: &mut Environment<'static>, templates: &Templates, syntax: Syntax) {
    let templates = templates.clone();
    environment.set_loader(move |name| match templates.find_within(name) {
        Ok(source) => {
            let span = Span::whole(&source);
            let place = Place::template(source.text(), &span, &syntax, Escapes::Python);
            Ok(Some(place.rewritten.text))
        }
        Err(diagnostic) => Err(minijinja::Error::new(ErrorKind::TemplateNotFound, diagnostic.title().to_owned())),
    });
}

/// The line ends at the end of a template are kept, in number: Jinja drops the last one.
fn with_line_ends(mut result: String, template: &str, newline: &str) -> String {
    let ends = |text: &str| text.len() - text.trim_end_matches('\n').len();
    let text = template.replace("\r\n", "\n").replace('\r', "\n");
    let missing = ends(&text).saturating_sub(ends(&result));
    result.push_str(&newline.repeat(missing));
    result
}
