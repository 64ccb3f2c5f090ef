//! The inbox as a page: readable on any screen, light or dark, without scripts.
//!
//! It knows HTML and what a text is; what comes from outside is escaped.

use std::fmt::Write as _;

use crate::{fault::Fault, inbox::Text};

/// Count of texts that the page shows.
pub const SHOWN: usize = 200;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="3">
<title>SMS sandbox</title>
<style>
:root { --line: #d4d7dd; --quiet: #5a6270; --bubble: #eef1f6; --warn: #9a3412; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a3f48; --quiet: #a5adba; --bubble: #262a31; --warn: #fdba74; }
}
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.25rem; margin: 0; }
p { color: var(--quiet); margin: .25rem 0 1.5rem; }
p.fault { color: var(--warn); font-weight: 600; }
ol { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--line); padding: .75rem 0; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; color: var(--quiet); }
header b { color: CanvasText; font-variant-numeric: tabular-nums; }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--bubble);
  border-radius: .75rem; display: inline-block; margin: .5rem 0 0; padding: .5rem .75rem; }
</style>
</head>
<body>
<h1>SMS sandbox</h1>
<p>Nothing is sent. Newest first; the page renews itself every 3 seconds.</p>
"#;

/// Returns the page with these texts, in their order.
pub fn render(texts: &[Text], fault: Fault) -> String {
    let mut page = HEAD.to_owned();
    if fault != Fault::None {
        push(
            &mut page,
            format_args!(
                "<p class=\"fault\">Failing on request: {}</p>\n",
                fault.name()
            ),
        );
    }
    if texts.is_empty() {
        page.push_str("<p>No texts yet.</p>\n");
    } else {
        page.push_str("<ol>\n");
        for text in texts {
            let to = escape(&text.to);
            let body = escape(&text.body);
            let time = text.at.strftime("%Y-%m-%d %H:%M:%S UTC");
            push(
                &mut page,
                format_args!(
                    "<li><header><b>{to}</b><time datetime=\"{}\">{time}</time></header>\
                     <pre>{body}</pre></li>\n",
                    text.at
                ),
            );
        }
        page.push_str("</ol>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn push(page: &mut String, piece: std::fmt::Arguments<'_>) {
    page.write_fmt(piece)
        .expect("writing to a string does not fail");
}

fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let text = Text {
            to: "+447400123456".to_owned(),
            body: "<script>alert('x')</script> & \"more\"".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        let page = render(&[text], Fault::None);
        assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more"));
        assert!(!page.contains("<script"));
        assert!(page.contains("1970-01-01 00:00:00 UTC"));
    }

    #[test]
    fn a_fault_is_shown() {
        assert!(render(&[], Fault::Hang).contains("Failing on request: hang"));
        assert!(!render(&[], Fault::None).contains("Failing on request"));
    }
}
