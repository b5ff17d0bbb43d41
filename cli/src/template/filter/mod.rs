//! Filters: Jinja's own are the engine's where they do the same, and Ansible's are here.
//!
//! A value that is not defined goes through a filter as it is, so that `nope | upper | default('x')` is `x`, as in
//! Ansible.

mod combine;
mod comment;
mod dictionary;
mod encode;
mod fold;
mod ip;
mod json;
mod list;
mod number;
mod order;
mod path;
mod presence;
mod printf;
mod product;
mod regex;
mod set;
mod size;
mod text;
mod time;
mod url;
mod yaml;

pub(super) use fold::centred;
pub(super) use list::pairs_of as subelements;
pub(super) use printf::format as printf;

use minijinja::{
    Environment, Error, State,
    functions::Function,
    value::{FunctionArgs, FunctionResult, Rest, Value, ValueOrKwargs},
};

use super::{arguments::Arguments, marker, rewrite};

/// What a filter does with a value.
type Filter = fn(&Value, &mut Arguments) -> Result<Value, Error>;

/// An engine that is told its filters.
struct Registry<'a> {
    environment: &'a mut Environment<'static>,
    names: Vec<&'static str>,
}

impl Registry<'_> {
    /// Filters of Ansible's, under their short and their long names.
    fn add(&mut self, filters: &[(&'static str, Filter)]) {
        self.add_of("ansible.builtin", filters);
    }

    /// Filters of a collection.
    fn add_of(&mut self, collection: &str, filters: &[(&'static str, Filter)]) {
        for &(name, filter) in filters {
            let call = move |value: Value, arguments: Rest<ValueOrKwargs>| {
                if marker::is_undefined(&value) {
                    return Ok(value);
                }
                apply(filter, &value, &arguments.into_values())
            };
            self.environment.add_filter(name, call);
            self.environment.add_filter(format!("{collection}.{name}"), call);
            self.names.push(name);
        }
    }

    /// Filters that take a value that is not defined.
    fn add_open(&mut self, filters: &[(&'static str, Filter)]) {
        for &(name, filter) in filters {
            let call =
                move |value: Value, arguments: Rest<ValueOrKwargs>| apply(filter, &value, &arguments.into_values());
            self.environment.add_filter(name, call);
            self.environment.add_filter(format!("ansible.builtin.{name}"), call);
            self.names.push(name);
        }
    }

    /// A filter of the engine's.
    fn keep<F, Rv, Args>(&mut self, name: &'static str, filter: F)
    where
        F: Function<Rv, Args>,
        Rv: FunctionResult,
        Args: for<'a> FunctionArgs<'a>,
    {
        let filter = Value::from_function(filter);
        let call = move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
            let arguments = arguments.into_values();
            match arguments.first() {
                Some(value) if marker::is_undefined(value) => Ok(value.clone()),
                _ => filter.call(state, &arguments),
            }
        };
        self.environment.add_filter(name, call);
        self.names.push(name);
    }
}

fn apply(filter: Filter, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let mut arguments = Arguments::new(arguments)?;
    let result = filter(value, &mut arguments)?;
    arguments.finish()?;
    Ok(result)
}

/// Makes the filters known to an engine.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    register(environment);
    environment.add_filter(rewrite::CHAIN, marker::chain);
    environment.add_filter(rewrite::CHAIN_END, marker::chain_end);
    environment.add_filter(rewrite::PERCENT, printf::percent);
}

/// Every filter, for "did you mean".
pub(super) fn names() -> Vec<&'static str> {
    register(&mut Environment::empty())
}

fn register(environment: &mut Environment<'static>) -> Vec<&'static str> {
    let mut registry = Registry { environment, names: Vec::new() };
    combine::register(&mut registry);
    comment::register(&mut registry);
    dictionary::register(&mut registry);
    encode::register(&mut registry);
    fold::register(&mut registry);
    ip::register(&mut registry);
    json::register(&mut registry);
    list::register(&mut registry);
    number::register(&mut registry);
    order::register(&mut registry);
    path::register(&mut registry);
    presence::register(&mut registry);
    product::register(&mut registry);
    regex::register(&mut registry);
    set::register(&mut registry);
    size::register(&mut registry);
    text::register(&mut registry);
    time::register(&mut registry);
    url::register(&mut registry);
    yaml::register(&mut registry);
    registry.names
}
