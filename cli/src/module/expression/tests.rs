//! What is found in texts, compared with Python itself.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use super::*;

/// Expressions with texts to look for them in, and what to replace a match by.
const CASES: &[(&str, &str, &str)] = &[
    ("^Listen ", "Listen 80\n", "x"),
    ("^#?Port", "#Port 22\n", r"\g<0>"),
    (r"^(.*)Xms(\d+)m(.*)$", "JAVA -Xms512m -x\n", r"\1Xms1024m\3"),
    ("a$", "a\n", "b"),
    (r"a\Z", "a\n", "b"),
    (r"a\s", "a\n", "b"),
    ("^$", "\n", "b"),
    ("", "abc", "b"),
    (r"(?P<key>\w+)\s*=\s*(?P<value>.*)", "key = value # c\n", r"\g<value>=\g<key>\t\1."),
    (r"(?P<q>['\x22]).*?(?P=q)", "x 'a' \"b\"", r"<\g<q>>"),
    ("(?i)permitrootlogin (yes|no)", "PermitRootLogin YES", r"\1"),
    ("x(?i:AB)C", "xabC", "y"),
    ("(?s)a.c", "a\nc", "y"),
    ("(?m)^b$", "a\nb\nc", "y"),
    ("(?x) a  b # comment\n c", "abc", "y"),
    ("^(?!#).*foo", "bar foo", "y"),
    ("^(?!#).*foo", "# foo", "y"),
    ("(?<=a)b", "ab", "y"),
    ("(?<!a)b", "ab cb", "y"),
    ("(a|ab)(c|bcd)(d*)", "abcd", r"\1-\2-\3"),
    ("(a*)*b", "aaab", r"\1"),
    ("(a|b)*?c", "ababc", r"\1"),
    ("a{2,3}", "aaaa", "y"),
    ("a{,2}b", "aaab", "y"),
    ("a{x}", "a{x}", "y"),
    ("a{}", "a{}", "y"),
    ("[]a]+", "x]a]", "y"),
    ("[^]a]+", "]xyz", "y"),
    ("[a-c-]+", "x-abc-", "y"),
    (r"[\w.-]+@[\w.]+", "to a.b-c@d.e now", "y"),
    (r"[\d\s]+", "x 1 2 ", "y"),
    ("[[:alpha:]]", "a:]", "y"),
    (r"\<a\>", "<a>", "y"),
    (r"\/etc\/\-\#", "/etc/-#", "y"),
    (r"\bcat\b", "a cat.", "y"),
    (r"\Bat\b", "cat", "y"),
    (r"\x41\101\0", "AA\0", "y"),
    (r"(a)(b)?\2", "ab", "y"),
    (r"(a)(?(1)b|c)", "ab", "y"),
    (r"(a)?(?(1)b|c)", "xc", r"[\1]"),
    (r"(?>a+)ab", "aaab", "y"),
    (r"a++b", "aaab", "y"),
    ("(?:a|b)+(?#comment)c", "abac", "y"),
    ("é+", "caféé", "y"),
    ("[é]", "é", "y"),
    ("a|b|", "cb", "y"),
    ("(|a)+", "aa", r"\1"),
    ("(a?)*?$", "aa", r"\1"),
    (r"(\w+) \1", "the the", r"\1"),
    (r"(?i)(\w+) \1", "The tHE", r"\1"),
    (r"x*", "aaa", r"-\g<0>-"),
    (r"\.conf$", "a.conf.conf\n", r"\\n\."),
    // What is none.
    ("(", "", ""),
    ("a)", "", ""),
    ("*a", "", ""),
    ("a**", "", ""),
    ("^*", "", ""),
    ("[a", "", ""),
    ("[b-a]", "", ""),
    (r"\q", "", ""),
    (r"\", "", ""),
    ("(?P<a>x)(?P<a>y)", "", ""),
    (r"\1", "", ""),
    (r"(a\1)", "", ""),
    ("(?<=a+)b", "", ""),
    ("(?z)", "", ""),
    ("a(?i)b", "", ""),
    ("a{3,2}", "", ""),
    ("(?P=nobody)", "", ""),
    ("a", "a", r"\1"),
    ("a", "a", r"\q"),
    ("(?P<1a>x)", "", ""),
    (r"[\8]", "", ""),
    (r"\400", "", ""),
];

/// What Python makes of the same: a line each, the match and the replacement, or `error`.
const SCRIPT: &str = r#"
import json, re, sys, warnings
warnings.simplefilter("ignore")
for line in sys.stdin:
    pattern, text, replacement = json.loads(line)
    try:
        found = re.search(pattern.encode(), text.encode())
        print(json.dumps(None if found is None else [list(found.span()), found.expand(replacement.encode()).decode("latin1")]
              if found else None))
        if found is None:
            re.compile(pattern.encode())
    except Exception as error:
        print(json.dumps("error"))
"#;

fn ours(text: &str, pattern: &str, replacement: &str) -> serde_json::Value {
    let Ok(pattern) = read(pattern, false) else { return "error".into() };
    let Some(found) = pattern.search(text.as_bytes()).unwrap() else { return serde_json::Value::Null };
    let Ok(pieces) = replacement::pieces(replacement, &pattern) else { return "error".into() };
    let (start, end) = found.span();
    let expanded: String = found.expand(text.as_bytes(), &pieces).into_iter().map(char::from).collect();
    serde_json::json!([[start, end], expanded])
}

#[test]
fn expressions_match_as_pythons_do() {
    let python = Command::new("python3").args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: there is no python3 to compare with");
        return;
    };
    let mut input = python.stdin.take().unwrap();
    for case in CASES {
        writeln!(input, "{}", serde_json::to_string(case).unwrap()).unwrap();
    }
    drop(input);
    let output = python.wait_with_output().unwrap();
    let theirs: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(theirs.len(), CASES.len());
    let different: Vec<_> = CASES
        .iter()
        .zip(theirs)
        .map(|(case, theirs)| (case, ours(case.1, case.0, case.2), theirs))
        .filter(|(_, ours, theirs)| ours != theirs)
        .collect();
    assert!(different.is_empty(), "expression, ours, Python's: {different:#?}");
}
