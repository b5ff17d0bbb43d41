//! How wide what a part matches is: a look behind must know.

use lvs_agent::state::Matcher;

/// How many bytes a part matches at least and at most; `None` where that cannot be told.
pub(super) fn width(matcher: &Matcher) -> Option<(u32, Option<u32>)> {
    let bytes = |length: usize| u32::try_from(length).ok().map(|length| (length, Some(length)));
    match matcher {
        Matcher::Bytes(text) => bytes(text.len()),
        Matcher::Set(_) => Some((1, Some(1))),
        Matcher::All(parts) => parts.iter().map(width).try_fold((0, Some(0)), |(least, most), part| {
            let (more_least, more_most) = part?;
            Some((least + more_least, most.zip(more_most).map(|(most, more)| most + more)))
        }),
        Matcher::Either(parts) => {
            let widths = parts.iter().map(width).collect::<Option<Vec<_>>>()?;
            let least = widths.iter().map(|(least, _)| *least).min()?;
            let most = widths.iter().map(|(_, most)| *most).try_fold(0, |most, more| Some(most.max(more?)));
            Some((least, most))
        }
        Matcher::Repeat(repeat) => {
            let (least, most) = width(&repeat.of)?;
            let most = most.zip(repeat.most).and_then(|(most, times)| most.checked_mul(times));
            Some((least.checked_mul(repeat.least)?, most))
        }
        Matcher::Group(_, inner) | Matcher::Atomic(inner) => width(inner),
        Matcher::At(_) | Matcher::Look(_) => bytes(0),
        Matcher::Back(..) => None,
        Matcher::IfGroup(_, yes, no) => {
            let ((a, b), (c, d)) = (width(yes)?, width(no)?);
            Some((a.min(c), b.zip(d).map(|(b, d)| b.max(d))))
        }
    }
}
