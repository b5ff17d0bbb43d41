//! Showing a mistake the way rustc does: the line, a caret, a hint.

use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::Diagnostic;

/// A mistake as shown to a person.
pub(super) fn render(diagnostic: &Diagnostic, colour: bool) -> String {
    at_level(Level::ERROR, diagnostic, colour)
}

/// A doubt as shown to a person.
pub(super) fn render_warning(diagnostic: &Diagnostic, colour: bool) -> String {
    at_level(Level::WARNING, diagnostic, colour)
}

fn at_level(level: Level<'static>, diagnostic: &Diagnostic, colour: bool) -> String {
    let code = diagnostic.code().to_string();
    let title = level.primary_title(diagnostic.title()).id(&code);
    let mut group = Group::with_title(title);
    let mut shown: Vec<usize> = Vec::new();
    for (first, (span, _)) in diagnostic.labels().iter().enumerate() {
        if shown.contains(&first) {
            continue;
        }
        let same: Vec<usize> = (first..diagnostic.labels().len())
            .filter(|&other| Arc::ptr_eq(diagnostic.labels()[other].0.source(), span.source()))
            .collect();
        if span.source().is_secret() {
            // The place alone: the file was encrypted.
            let origin = Origin::path(span.source().name()).line(span.line()).char_column(span.column());
            group = group.element(origin);
            shown.extend(same);
            continue;
        }
        let mut snippet = Snippet::source(span.source().text()).path(span.source().name()).fold(true);
        for &index in &same {
            let (span, label) = &diagnostic.labels()[index];
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(span.range());
            snippet = snippet.annotation(if label.is_empty() { annotation } else { annotation.label(label) });
        }
        group = group.element(snippet);
        shown.extend(same);
    }
    let hint =
        diagnostic.hint_text().map(|hint| Group::with_title(Level::HELP.with_name("hint").secondary_title(hint)));
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    if diagnostic.labels().is_empty() {
        // In one report, a margin without a line of source would stand between them.
        let parts: Vec<String> = [group].into_iter().chain(hint).map(|part| renderer.render(&[part])).collect();
        return parts.join("\n");
    }
    let report: Vec<Group<'_>> = [group].into_iter().chain(hint).collect();
    renderer.render(&report)
}

#[cfg(test)]
mod tests {
    use crate::source::{Code, Diagnostic, Diagnostics, Source, Span};

    #[test]
    fn a_mistake_is_shown_with_its_line_a_caret_and_a_hint() {
        let source = Source::new("prod.yml", "vip: 10.0.0.1\nport: 80\naddr: 10.0.0.1\n");
        let shown = Diagnostics::from(
            Diagnostic::new(Code::VipIsRealServer, "web1 has the VIP", &Span::new(&source, 29..37), "its address")
                .also(&Span::new(&source, 5..13), "the VIP")
                .hint("give it an address of its own"),
        )
        .render(false);
        insta::assert_snapshot!(shown, @r"
        error[LVS025]: web1 has the VIP
         --> prod.yml:3:7
          |
        1 | vip: 10.0.0.1
          |      -------- the VIP
        2 | port: 80
        3 | addr: 10.0.0.1
          |       ^^^^^^^^ its address
          |
        hint: give it an address of its own
        ");
    }
}
