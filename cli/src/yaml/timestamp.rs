//! Dates and times of YAML 1.1, by the expression that `PyYAML` has for them.

use std::fmt::Write;

use super::{Marked, Value};

/// `2026-11-23`, `2001-12-14t21:59:43.10-05:00`, `2001-12-14 21:59:43`; text where it is none, `Err` where it looks like
/// one that cannot be.
pub(super) fn read(text: &str) -> Option<Result<Value, String>> {
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (year, rest) = text.split_once('-')?;
    let (month, rest) = rest.split_once('-')?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, rest) = rest.split_at(end);
    if !digits(year, 4, 4) || !digits(month, 1, 2) || !digits(day, 1, 2) {
        return None;
    }
    if rest.is_empty() {
        // A date alone has two digits for each.
        let whole = month.len() == 2 && day.len() == 2;
        return whole.then(|| Date::read(year, month, day).map(|date| date.value(None)));
    }
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None => rest.strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']),
    };
    let time = Time::read(rest)?;
    Some(Date::read(year, month, day).and_then(|date| {
        if time.hour > 23 || time.minute > 59 || time.second > 59 {
            return Err("there is no such time".to_owned());
        }
        Ok(date.value(Some(&time)))
    }))
}

struct Date {
    year: u32,
    month: u32,
    day: u32,
}

struct Time {
    hour: u32,
    minute: u32,
    second: u32,
    microsecond: u32,
    /// Seconds east of Greenwich.
    zone: Option<i32>,
}

impl Date {
    fn read(year: &str, month: &str, day: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u32>().unwrap_or_default();
        let date = Self { year: number(year), month: number(month), day: number(day) };
        let leap = date.year.is_multiple_of(4) && !date.year.is_multiple_of(100) || date.year.is_multiple_of(400);
        let days = match date.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        if date.year == 0 || date.day == 0 || date.day > days {
            return Err("there is no such day".to_owned());
        }
        Ok(date)
    }

    fn value(&self, time: Option<&Time>) -> Value {
        let Self { year, month, day } = self;
        let date = format!("{year:04}-{month:02}-{day:02}");
        let (json, text, python) = match time {
            None => (date.clone(), date, format!("datetime.date({year}, {month}, {day})")),
            Some(time) => {
                let clock = time.clock();
                let python = format!("datetime.datetime({year}, {month}, {day}, {})", time.python());
                (format!("{date}T{clock}"), format!("{date} {clock}"), python)
            }
        };
        Value::Marked(Marked::Time { json, text, python }.into())
    }
}

impl Time {
    /// `21:59:43.10 -05:00`
    fn read(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(text.len());
        let (clock, zone) = text.split_at(end);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let parts: Vec<&str> = clock.split(':').collect();
        let [hour, minute, second] = parts[..] else { return None };
        let known =
            matches!(hour.len(), 1 | 2) && minute.len() == 2 && second.len() == 2 && !fraction.contains([':', '.']);
        let number = |text: &str| text.parse::<u32>().ok();
        let zone = match zone.trim_start_matches([' ', '\t']) {
            "" if zone.is_empty() => None,
            "Z" => Some(0),
            zone => Some(offset(zone)?),
        };
        let micro: String = fraction.chars().chain("000000".chars()).take(6).collect();
        known.then_some(())?;
        Some(Self {
            hour: number(hour)?,
            minute: number(minute)?,
            second: number(second)?,
            microsecond: number(&micro)?,
            zone,
        })
    }

    /// As `isoformat` has it.
    fn clock(&self) -> String {
        let mut clock = format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        if self.microsecond > 0 {
            // Writing to a string cannot fail.
            let _ = write!(clock, ".{:06}", self.microsecond);
        }
        if let Some(zone) = self.zone {
            let sign = if zone < 0 { '-' } else { '+' };
            let _ = write!(clock, "{sign}{:02}:{:02}", zone.abs() / 3600, zone.abs() / 60 % 60);
        }
        clock
    }

    fn python(&self) -> String {
        let mut numbers = vec![self.hour.to_string(), self.minute.to_string()];
        if self.second > 0 || self.microsecond > 0 {
            numbers.push(self.second.to_string());
        }
        if self.microsecond > 0 {
            numbers.push(self.microsecond.to_string());
        }
        match self.zone {
            None => {}
            Some(0) => numbers.push("tzinfo=datetime.timezone.utc".to_owned()),
            Some(zone) => {
                let delta =
                    if zone < 0 { format!("days=-1, seconds={}", 86_400 + zone) } else { format!("seconds={zone}") };
                numbers.push(format!("tzinfo=datetime.timezone(datetime.timedelta({delta}))"));
            }
        }
        numbers.join(", ")
    }
}

/// `-05:00`, `+5`, `+530` is none.
fn offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    if !matches!(hours.len(), 1 | 2) || minutes.len() != 2 {
        return None;
    }
    Some(sign * (hours.parse::<u8>().ok().map(i32::from)? * 3600 + minutes.parse::<u8>().ok().map(i32::from)? * 60))
}
