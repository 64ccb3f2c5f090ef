//! The imports of one file: a reader of the Rust that this needs.
//!
//! It knows `use`, paths, and modules for tests. It knows no other file.

/// A file's imports.
#[derive(Debug, Default)]
pub struct Source {
    /// Names that `use` brings in.
    pub uses: Vec<Use>,
    /// Other paths of two names or more.
    pub paths: Vec<Vec<String>>,
    /// Modules that are declared for tests alone.
    pub test_modules: Vec<String>,
}

/// One name that `use` brings in.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    /// The path that it comes from, such as `crate`, `keys`, `Keys`; `*` for all names.
    pub path: Vec<String>,
    /// Its name here.
    pub name: String,
    /// `true` if it is re-exported.
    pub is_public: bool,
}

impl Source {
    /// Reads a file.
    pub fn read(code: &str) -> Self {
        let mut source = Self::default();
        let tokens = source.without_tests(&tokens(code));
        let mut at = 0;
        while at < tokens.len() {
            let end = if tokens[at] == "use" {
                let end = position(&tokens, at, ";");
                let is_public = is_public(&tokens[..at]);
                source.take_use(&tokens[at + 1..end], &[], is_public);
                end
            } else {
                source.take_path(&tokens, at)
            };
            at = end.max(at + 1);
        }
        source
    }

    /// Returns the tokens without inline modules for tests.
    fn without_tests(&mut self, tokens: &[String]) -> Vec<String> {
        const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
        let mut kept = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            if rest.len() > MARK.len() + 2 && rest.starts_with(&MARK.map(str::to_owned)) {
                let item = &rest[MARK.len()..];
                let module = item.iter().position(|word| word == "mod");
                let start = item.iter().position(|word| word == "{" || word == ";");
                if let (Some(module), Some(start)) = (module, start)
                    && module < start
                {
                    self.test_modules.push(item[module + 1].clone());
                    at += MARK.len() + end_of_item(item, start);
                    continue;
                }
            }
            kept.push(tokens[at].clone());
            at += 1;
        }
        kept
    }

    fn take_use(&mut self, tree: &[String], before: &[String], is_public: bool) {
        let Some(open) = tree.iter().position(|word| word == "{") else {
            let mut words = tree.iter().filter(|word| *word != "::").cloned();
            let path: Vec<String> = words.by_ref().take_while(|word| word != "as").collect();
            let mut path = [before, &path].concat();
            if path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            if let Some(name) = words.next().or_else(|| path.last().cloned()) {
                self.uses.push(Use {
                    path,
                    name,
                    is_public,
                });
            }
            return;
        };
        let head = tree[..open].iter().filter(|word| *word != "::");
        let before = [before, &head.cloned().collect::<Vec<_>>()].concat();
        let inner = &tree[open + 1..tree.len() - 1];
        let mut depth = 0;
        let branches = inner.split(|word| {
            depth += i32::from(word == "{") - i32::from(word == "}");
            word == "," && depth == 0
        });
        for branch in branches.filter(|branch| !branch.is_empty()) {
            self.take_use(branch, &before, is_public);
        }
    }

    /// Takes the path that begins there, if one does; returns where it ends.
    fn take_path(&mut self, tokens: &[String], at: usize) -> usize {
        let is_inside = at > 0 && (tokens[at - 1] == "::" || tokens[at - 1] == ".");
        let mut path = Vec::new();
        let mut end = at;
        while !is_inside && tokens.get(end).is_some_and(|word| is_name(word)) {
            path.push(tokens[end].clone());
            end += 1;
            if tokens.get(end).is_none_or(|word| word != "::") {
                break;
            }
            end += 1;
        }
        if path.len() > 1 {
            self.paths.push(path);
        }
        end
    }
}

/// Returns names and signs; neither comments nor the insides of strings, `::` as one.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let size = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => string_size(rest),
            'r' if rest.starts_with("r#\"") => rest.find("\"#").map_or(rest.len(), |end| end + 2),
            'r' if rest.starts_with("r\"") => rest[2..].find('"').map_or(rest.len(), |end| end + 3),
            '\'' => quote_size(rest),
            _ if is_in_name(first) => {
                let size = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
                tokens.push(rest[..size].to_owned());
                size
            }
            ':' if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            _ => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[size..];
    }
    tokens
}

/// Returns the size of a string in quotation marks.
fn string_size(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// Returns the size of a character in quotation marks; of the mark alone where it begins a
/// lifetime.
fn quote_size(rest: &str) -> usize {
    let inner = &rest[1..];
    let size = match inner.chars().next() {
        Some('\\') => inner[2..].find('\'').map(|end| end + 4),
        Some(c) => inner[c.len_utf8()..]
            .starts_with('\'')
            .then(|| c.len_utf8() + 2),
        None => None,
    };
    size.unwrap_or(1)
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Is the item that begins after these words public, to the crate at least?
fn is_public(before: &[String]) -> bool {
    match before.last().map(String::as_str) {
        Some("pub") => true,
        Some(")") => {
            let open = before.iter().rposition(|word| word == "(");
            open.is_some_and(|open| open > 0 && before[open - 1] == "pub")
        }
        _ => false,
    }
}

fn position(tokens: &[String], from: usize, word: &str) -> usize {
    let found = tokens[from..].iter().position(|one| one == word);
    found.map_or(tokens.len(), |found| from + found)
}

/// Returns the end of an item whose body, or whose semicolon, begins at `start`.
fn end_of_item(item: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (at, word) in item.iter().enumerate().skip(start) {
        depth += i32::from(word == "{") - i32::from(word == "}");
        if depth == 0 {
            return at + 1;
        }
    }
    item.len()
}

#[test]
fn uses_and_paths_are_read() {
    let source = Source::read(
        r#"
        //! use crate::not::This;
        pub(crate) use super::a::{self, B as C, d::{E, F}};
        use crate::g::*;
        fn x<'a>(y: &'a str) -> char { let _ = "use crate::h;"; crate::i::j('"'); k::l!("::m") }
        #[cfg(test)]
        mod tests { use crate::n; fn o() { p::q() } }
        #[cfg(test)]
        mod checks;
        "#,
    );
    let uses: Vec<_> = source
        .uses
        .iter()
        .map(|one| format!("{} = {} {}", one.name, one.path.join("/"), one.is_public))
        .collect();
    let expected = [
        "a = super/a true",
        "C = super/a/B true",
        "E = super/a/d/E true",
        "F = super/a/d/F true",
        "* = crate/g/* false",
    ];
    assert_eq!(uses, expected);
    assert_eq!(source.paths, [vec!["crate", "i", "j"], vec!["k", "l"]]);
    assert_eq!(source.test_modules, ["tests", "checks"]);
}
