//! Moments: what `now()` and `to_datetime` give, and how they are written.

use std::{cmp::Ordering, fmt, sync::Arc};

use jiff::{Timestamp, Zoned, civil::DateTime, fmt::strtime, tz::TimeZone};
use minijinja::{
    Error, ErrorKind, State,
    value::{DynObject, Kwargs, Object, ObjectRepr, Value},
};

use super::{
    arguments::{Arguments, failed},
    python,
};

/// A date with a time, as Python's `datetime`.
#[derive(Clone, Debug)]
pub(super) struct Moment(DateTime);

/// Reads a moment by a format.
pub(super) fn parse(text: &str, format: &str) -> Result<Value, Error> {
    let parsed = strtime::parse(format, text)
        .and_then(|parsed| parsed.to_datetime().or_else(|_| parsed.to_date().map(|date| date.at(0, 0, 0, 0))));
    parsed.map(|moment| Value::from_object(Moment(moment))).map_err(|_| failed("the text is not of this format"))
}

/// Writes seconds since 1970 by a format.
pub(super) fn written(format: &str, seconds: Option<f64>, utc: bool) -> Result<String, Error> {
    let timestamp = match seconds {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and what is too large is refused")]
        Some(seconds) => Timestamp::from_second(seconds.floor() as i64).map_err(|_| failed("there is no such time"))?,
        None => Timestamp::now(),
    };
    format_zoned(format, &zoned(timestamp, utc))
}

fn zoned(timestamp: Timestamp, utc: bool) -> Zoned {
    timestamp.to_zoned(if utc { TimeZone::UTC } else { TimeZone::system() })
}

fn format_zoned(format: &str, zoned: &Zoned) -> Result<String, Error> {
    strtime::format(format, zoned).map_err(|_| failed("the format has something that is not known"))
}

/// `now(utc=false, fmt=none)`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands over arguments by value")]
pub(super) fn now(utc: Option<bool>, format: Option<String>, named: Kwargs) -> Result<Value, Error> {
    let utc = utc.or(named.get("utc")?).unwrap_or(false);
    let format = format.or(named.get("fmt")?);
    named.assert_all_used()?;
    let now = zoned(Timestamp::now(), utc);
    match format {
        Some(format) => format_zoned(&format, &now).map(Value::from),
        None => Ok(Value::from_object(Moment(now.datetime()))),
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(
            match key.as_str()? {
                "year" => i64::from(self.0.year()),
                "month" => i64::from(self.0.month()),
                "day" => i64::from(self.0.day()),
                "hour" => i64::from(self.0.hour()),
                "minute" => i64::from(self.0.minute()),
                "second" => i64::from(self.0.second()),
                "microsecond" => i64::from(self.0.subsec_nanosecond() / 1000),
                _ => return None,
            }
            .into(),
        )
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, values: &[Value]) -> Result<Value, Error> {
        let mut arguments = Arguments::new(values)?;
        let zoned = self.0.to_zoned(TimeZone::UTC).map_err(|_| failed("there is no such time"))?;
        match method {
            "strftime" => format_zoned(&python::text(&arguments.required("format")?)?, &zoned).map(Value::from),
            "isoformat" => Ok(self.0.to_string().into()),
            #[expect(clippy::cast_precision_loss, reason = "a second is exact for longer than dates are")]
            "timestamp" => Ok((zoned.timestamp().as_second() as f64).into()),
            "weekday" => Ok(i64::from(self.0.weekday().to_monday_zero_offset()).into()),
            "isoweekday" => Ok(i64::from(self.0.weekday().to_monday_one_offset()).into()),
            _ => Err(ErrorKind::UnknownMethod.into()),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.to_string().replace('T', " "))
    }
}
