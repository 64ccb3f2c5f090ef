//! The files of a crate as a graph of imports, and the circles in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::source::{Source, Use};

/// A module by its path from the crate's root, which is empty.
type Module = Vec<String>;

/// The files of a crate, and the imports of each from the others.
pub struct Graph {
    files: BTreeMap<Module, Source>,
    imports: BTreeMap<Module, BTreeMap<Module, BTreeSet<String>>>,
}

/// Files that import each other.
pub struct Circle {
    /// Their modules, sorted.
    pub modules: Vec<String>,
    /// The imports inside each circle, one a line.
    pub imports: String,
}

impl Graph {
    /// Reads all files below that folder, but for those of tests.
    pub fn of(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        read(folder, folder, &mut files);
        let tests: Vec<Module> = files
            .iter()
            .flat_map(|(module, source): (&Module, &Source)| {
                let names = source.test_modules.iter();
                names.map(move |name| [module.as_slice(), std::slice::from_ref(name)].concat())
            })
            .collect();
        files.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let mut graph = Self {
            files,
            imports: BTreeMap::new(),
        };
        let all = graph
            .files
            .keys()
            .map(|module| (module.clone(), graph.imports_of(module)));
        graph.imports = all.collect();
        graph
    }

    /// Returns the count of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns every set of files of which each imports all others, by some way.
    pub fn circles(&self) -> Vec<Circle> {
        let reached: BTreeMap<&Module, BTreeSet<&Module>> = self
            .files
            .keys()
            .map(|from| (from, self.reached_from(from)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, others) in &reached {
            let same: BTreeSet<&Module> = others
                .iter()
                .copied()
                .filter(|other| reached[other].contains(module))
                .collect();
            if same.len() > 1 {
                circles.insert(same);
            }
        }
        circles.iter().map(|circle| self.describe(circle)).collect()
    }

    fn describe(&self, circle: &BTreeSet<&Module>) -> Circle {
        let mut imports = String::new();
        for from in circle {
            for (to, names) in self.imports[*from]
                .iter()
                .filter(|(to, _)| circle.contains(to))
            {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let to = name(to);
                let _ = writeln!(imports, "    {} → {to}: {}", name(from), names.join(", "));
            }
        }
        Circle {
            modules: circle.iter().map(|module| name(module)).collect(),
            imports,
        }
    }

    fn reached_from(&self, from: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut left: Vec<&Module> = self.imports[from].keys().collect();
        while let Some(next) = left.pop() {
            if reached.insert(next) {
                left.extend(self.imports[next].keys());
            }
        }
        reached
    }

    fn imports_of(&self, module: &Module) -> BTreeMap<Module, BTreeSet<String>> {
        let source = &self.files[module];
        let uses = source.uses.iter().map(|one| (&one.path, one.is_public));
        let paths = source.paths.iter().map(|path| (path, false));
        let mut imports: BTreeMap<Module, BTreeSet<String>> = BTreeMap::new();
        for (path, is_passed_on) in uses.chain(paths) {
            let Some(absolute) = self.absolute(module, path) else {
                continue;
            };
            let target = self.defining(&absolute, 0);
            let is_child = target.starts_with(module);
            if target == *module || (is_passed_on && is_child) {
                continue;
            }
            imports.entry(target).or_default().insert(path.join("::"));
        }
        imports
    }

    /// Returns the path from the crate's root; none for what comes from another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let parent = module[..module.len().saturating_sub(1)].to_vec();
                match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(&parent, rest),
                    _ => Some([parent.as_slice(), rest].concat()),
                }
            }
            name => {
                let child = [module.as_slice(), &[name.to_owned()]].concat();
                if self.files.contains_key(&child) {
                    return Some([module.as_slice(), path].concat());
                }
                // A crate that is used by its own name would be searched without end.
                let used = self.used_as(module, name);
                let used = used.filter(|used| used.path.first() != Some(first))?;
                let absolute = self.absolute(module, &used.path)?;
                Some([absolute.as_slice(), rest].concat())
            }
        }
    }

    fn used_as(&self, module: &Module, name: &str) -> Option<&Use> {
        let mut uses = self.files[module].uses.iter();
        uses.find(|one| one.name == name)
    }

    /// Returns the module that defines what is at this path, wherever it is passed on.
    fn defining(&self, path: &[String], depth: usize) -> Module {
        let mut size = 0;
        while size < path.len() && self.files.contains_key(&path[..=size]) {
            size += 1;
        }
        let module = path[..size].to_vec();
        let Some(name) = path.get(size).filter(|_| depth < 8) else {
            return module;
        };
        let passed_on = self.used_as(&module, name);
        match passed_on.and_then(|one| self.absolute(&module, &one.path)) {
            Some(absolute) => {
                let path = [absolute.as_slice(), &path[size + 1..]].concat();
                self.defining(&path, depth + 1)
            }
            None => module,
        }
    }
}

fn name(module: &Module) -> String {
    if module.is_empty() {
        "the root".to_owned()
    } else {
        module.join("::")
    }
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<Module, Source>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let code = fs::read_to_string(&path).expect("UTF-8");
            let relative = path
                .strip_prefix(root)
                .expect("a file below")
                .with_extension("");
            let mut module: Module = relative
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            if module
                .last()
                .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
            {
                module.pop();
            }
            files.insert(module, Source::read(&code));
        }
    }
}

#[test]
fn a_circle_is_found_also_where_names_are_passed_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, code: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, code).expect("written");
    };
    write("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use c::C;");
    write("a.rs", "use crate::b; pub struct A(b::B);");
    write(
        "b.rs",
        "pub struct B(Option<Box<crate::A>>); #[cfg(test)] mod tests { use crate::C; }",
    );
    write("c/mod.rs", "mod d; pub use d::D; pub struct C;");
    write("c/d.rs", "use super::C; pub struct D(C);");
    let graph = Graph::of(folder.path());
    assert_eq!(graph.len(), 5);
    let circles: Vec<_> = graph
        .circles()
        .into_iter()
        .map(|circle| circle.modules)
        .collect();
    assert_eq!(circles, [["a", "b"]]);
    write("c/d.rs", "use super::C; pub struct D(C);");
    write("c/mod.rs", "mod d; pub struct C(Option<Box<d::D>>);");
    let circles = Graph::of(folder.path()).circles();
    assert_eq!(circles[1].modules, ["c", "c::d"]);
    assert_eq!(
        circles[1].imports,
        "    c → c::d: d::D\n    c::d → c: super::C\n"
    );
}
