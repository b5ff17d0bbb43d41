//! What a text may be written as: plain, in single quotes, or only in double quotes.

/// What is known of a text.
#[expect(clippy::struct_excessive_bools, reason = "they are four answers about a text, and no state")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) flow_plain: bool,
    pub(super) block_plain: bool,
    pub(super) single_quoted: bool,
}

const BREAKS: &[char] = &['\n', '\u{85}', '\u{2028}', '\u{2029}'];

fn is_break(character: char) -> bool {
    BREAKS.contains(&character)
}

fn is_space(character: char) -> bool {
    is_break(character) || matches!(character, '\0' | ' ' | '\t' | '\r')
}

/// Whether a text is written before its `:` on one line.
pub(super) fn is_simple_key(text: &str) -> bool {
    !text.is_empty() && text.chars().count() < 128 && !text.contains(BREAKS)
}

impl Analysis {
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self { multiline: false, flow_plain: false, block_plain: true, single_quoted: true };
        }
        let characters: Vec<char> = text.chars().collect();
        let at = |index: usize| characters.get(index).copied();
        let (mut block, mut flow) = (text.starts_with("---") || text.starts_with("..."), false);
        flow |= block;
        let (mut special, mut break_space, mut space_break) = (false, false, false);
        for (index, &character) in characters.iter().enumerate() {
            let before = index.checked_sub(1).and_then(at);
            let after_space = before.is_none_or(is_space);
            let before_space = at(index + 1).is_none_or(is_space);
            match (index, character) {
                (0, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => {
                    (flow, block) = (true, true);
                }
                (0, '?' | ':') | (_, ':') => {
                    flow = true;
                    block |= before_space;
                }
                (0, '-') if before_space => (flow, block) = (true, true),
                (0, _) => {}
                (_, ',' | '?' | '[' | ']' | '{' | '}') => flow = true,
                (_, '#') if after_space => (flow, block) = (true, true),
                _ => {}
            }
            special |= !is_printable(character);
            break_space |= character == ' ' && before.is_some_and(is_break);
            space_break |= is_break(character) && before == Some(' ');
        }
        let multiline = text.contains(BREAKS);
        let outer =
            |character: Option<&char>| character.is_some_and(|&character| character == ' ' || is_break(character));
        let padded = outer(characters.first()) || outer(characters.last());
        let plain = !padded && !break_space && !space_break && !special && !multiline;
        Self {
            multiline,
            flow_plain: plain && !flow,
            block_plain: plain && !block,
            single_quoted: !break_space && !space_break && !special,
        }
    }
}

fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10fffe}')
        && character != '\u{feff}'
}
