//! The text of a keepalived.conf(5): words, quotes, comments and blocks.

/// Deeper blocks are not looked into; keepalived's own go five deep.
const DEEPEST: usize = 16;

/// A line with its words and, where it opens one, its block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) words: Vec<String>,
    pub(super) block: Vec<Statement>,
}

impl Statement {
    /// Its first word.
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// A word after the first.
    pub(super) fn word(&self, index: usize) -> Option<&str> {
        self.words.get(index).map(String::as_str)
    }

    /// As it would be written on one line.
    pub(super) fn text(&self) -> String {
        self.words.join(" ")
    }
}

/// The statements, and the lines at which braces do not match.
pub(super) fn read(text: &str) -> (Vec<Statement>, Vec<usize>) {
    let mut open: Vec<Statement> = vec![Statement::default()];
    let mut unmatched = Vec::new();
    for (line, words) in (1..).zip(text.lines().map(words)) {
        let mut statement = Statement { line, ..Statement::default() };
        for word in words {
            match word {
                Word::Open => {
                    let mut opened = std::mem::replace(&mut statement, Statement { line, ..Statement::default() });
                    // A brace on a line of its own belongs to the statement before.
                    if opened.words.is_empty()
                        && let Some(before) = open.last_mut().and_then(|parent| parent.block.pop())
                    {
                        opened = before;
                    }
                    open.push(opened);
                }
                Word::Close => {
                    add(&mut open, std::mem::replace(&mut statement, Statement { line, ..Statement::default() }));
                    close(&mut open, line, &mut unmatched);
                }
                Word::Text(text) => statement.words.push(text),
            }
        }
        add(&mut open, statement);
    }
    while open.len() > 1 {
        let line = open.last().map_or(0, |statement| statement.line);
        unmatched.push(line);
        close(&mut open, line, &mut unmatched);
    }
    (open.pop().map(|root| root.block).unwrap_or_default(), unmatched)
}

fn add(open: &mut [Statement], statement: Statement) {
    if let (false, Some(parent)) = (statement.words.is_empty(), open.last_mut()) {
        parent.block.push(statement);
    }
}

fn close(open: &mut Vec<Statement>, line: usize, unmatched: &mut Vec<usize>) {
    if open.len() < 2 {
        unmatched.push(line);
        return;
    }
    let depth = open.len();
    if let (Some(mut closed), Some(parent)) = (open.pop(), open.last_mut()) {
        if depth > DEEPEST {
            unmatched.push(closed.line);
            closed.block.clear();
        }
        parent.block.push(closed);
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Open,
    Close,
}

/// The words of a line. `#` and `!` begin a comment; quotes keep words together; `${NAME}` is no block.
fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut variable = false;
    let mut before = ' ';
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            _ if quoted => word.get_or_insert_default().push(c),
            '{' if before == '$' => {
                variable = true;
                word.get_or_insert_default().push(c);
            }
            '}' if variable => {
                variable = false;
                word.get_or_insert_default().push(c);
            }
            '#' | '!' => break,
            '{' | '}' => {
                words.extend(word.take().map(Word::Text));
                words.push(if c == '{' { Word::Open } else { Word::Close });
            }
            _ if c.is_whitespace() => words.extend(word.take().map(Word::Text)),
            _ => word.get_or_insert_default().push(c),
        }
        before = c;
    }
    words.extend(word.map(Word::Text));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(statements: &[Statement]) -> String {
        let one = |s: &Statement| {
            let block = if s.block.is_empty() { String::new() } else { format!("{{{}}}", shown(&s.block)) };
            format!("{}:{}{block}", s.line, s.words.join("|"))
        };
        statements.iter().map(one).collect::<Vec<_>>().join(";")
    }

    #[test]
    fn blocks_quotes_and_comments_are_read_as_keepalived_does() {
        let text = "# nothing\na \"b c\" { d e ! comment {\n f\n{\n g }\n}\nh ${x} i\n";
        let (statements, unmatched) = read(text);
        assert_eq!(shown(&statements), "2:a|b c{2:d|e;3:f{5:g}};7:h|${x}|i");
        assert!(unmatched.is_empty());
    }

    #[test]
    fn braces_that_do_not_match_are_found() {
        assert_eq!(read("a {\n b\n").1, [1]);
        assert_eq!(read("}\na\n").1, [1]);
        let (statements, unmatched) = read(&"a {\n".repeat(100_000));
        assert_eq!(statements.len(), 1);
        assert!(!unmatched.is_empty());
    }
}
