//! Tests, which follow `is`: Jinja's own are the engine's where they do the same, and Ansible's are here.

mod kind;
mod path;
mod pattern;
mod result;
mod set;
mod url;
mod version;

use minijinja::{
    Environment, Error, State,
    functions::Function,
    value::{FunctionArgs, FunctionResult, Rest, Value, ValueOrKwargs},
};

use super::{arguments::Arguments, marker};

/// What a test asks of a value.
type Test = fn(&Value, &mut Arguments) -> Result<bool, Error>;

/// An engine that is told its tests.
struct Registry<'a> {
    environment: &'a mut Environment<'static>,
    names: Vec<&'static str>,
}

impl Registry<'_> {
    /// Tests of Ansible's, under their short and their long names.
    fn add(&mut self, tests: &[(&'static str, Test)]) {
        for &(name, test) in tests {
            let call = move |value: Value, arguments: Rest<ValueOrKwargs>| -> Result<bool, Error> {
                marker::check(&value)?;
                let mut arguments = Arguments::new(&arguments.into_values())?;
                let holds = test(&value, &mut arguments)?;
                arguments.finish()?;
                Ok(holds)
            };
            self.environment.add_test(name, call);
            self.environment.add_test(format!("ansible.builtin.{name}"), call);
            self.names.push(name);
        }
    }

    /// A test of the engine's.
    fn keep<F, Rv, Args>(&mut self, names: &[&'static str], test: F)
    where
        F: Function<Rv, Args>,
        Rv: FunctionResult,
        Args: for<'a> FunctionArgs<'a>,
    {
        let test = Value::from_function(test);
        for &name in names {
            let test = test.clone();
            let call = move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| -> Result<bool, Error> {
                let arguments = arguments.into_values();
                arguments.iter().try_for_each(marker::check)?;
                Ok(test.call(state, &arguments)?.is_true())
            };
            self.environment.add_test(name, call);
            self.names.push(name);
        }
    }

    /// A test of a value that need not be defined.
    fn add_open(&mut self, name: &'static str, test: fn(&Value) -> bool) {
        self.environment.add_test(name, move |value: Value| test(&value));
        self.environment.add_test(format!("ansible.builtin.{name}"), move |value: Value| test(&value));
        self.names.push(name);
    }
}

/// Makes the tests known to an engine.
pub(super) fn add_to(environment: &mut Environment<'static>) {
    register(environment);
}

/// Every test, for "did you mean".
pub(super) fn names() -> Vec<&'static str> {
    register(&mut Environment::empty())
}

fn register(environment: &mut Environment<'static>) -> Vec<&'static str> {
    let mut registry = Registry { environment, names: Vec::new() };
    kind::register(&mut registry);
    path::register(&mut registry);
    pattern::register(&mut registry);
    result::register(&mut registry);
    set::register(&mut registry);
    url::register(&mut registry);
    version::register(&mut registry);
    registry.names
}
