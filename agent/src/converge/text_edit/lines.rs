//! The lines of a text with their ends, as Python finds them.

/// As `readlines` of a binary file: only a line feed ends a line.
pub(super) fn read_lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// As `splitlines(True)` of bytes: `\n`, `\r` and `\r\n` end a line.
pub(super) fn split_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        let end = if rest[at..].starts_with(b"\r\n") { at + 2 } else { at + 1 };
        lines.push(rest[..end].to_vec());
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        lines.push(rest.to_vec());
    }
    lines
}

/// A line without its end, as `rstrip(b'\r\n')`.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    &line[..end]
}
