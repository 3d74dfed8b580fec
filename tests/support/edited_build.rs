//! A build with the schema edits of a fix, made by hand: its files with other directives in the schema and other
//! modes in the template, everything else linked to the original.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

/// The folder of a build with the edits; `folder` is made.
pub fn edited(build: &Path, folder: PathBuf, edits: &[&Json]) -> PathBuf {
    let build = std::fs::canonicalize(build).unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let (mut schema, mut template) = (None, None);
    for entry in std::fs::read_dir(&build).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let text = || std::fs::read_to_string(entry.path()).unwrap();
        if name.ends_with(".graphql") {
            schema = Some((name, text()));
        } else if name.ends_with("template.json") && text().contains("\"AWS::AppSync::GraphQLApi\"") {
            template = Some((name, serde_json::from_str::<Json>(&text()).unwrap()));
        } else {
            std::os::unix::fs::symlink(entry.path(), folder.join(name)).unwrap();
        }
    }
    let ((schema_file, mut schema), (template_file, mut template)) = (schema.unwrap(), template.unwrap());
    for edit in edits {
        let path: Vec<&str> = edit["path"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        let (op, value) = (edit["op"].as_str().unwrap(), edit["value"].as_str().unwrap());
        match path.as_slice() {
            ["modes"] => add_mode(&mut template, value),
            [type_name] => schema = directive(&schema, type_name, None, op, value),
            [type_name, field] => schema = directive(&schema, type_name, Some(field), op, value),
            other => panic!("{other:?}"),
        }
    }
    std::fs::write(folder.join(schema_file), schema).unwrap();
    std::fs::write(folder.join(template_file), template.to_string()).unwrap();
    folder
}

fn add_mode(template: &mut Json, mode: &str) {
    let resources = template["Resources"].as_object_mut().unwrap();
    let api = resources.values_mut().find(|resource| resource["Type"] == "AWS::AppSync::GraphQLApi").unwrap();
    let providers = &mut api["Properties"]["AdditionalAuthenticationProviders"];
    if !providers.is_array() {
        *providers = json!([]);
    }
    providers.as_array_mut().unwrap().push(json!({ "AuthenticationType": mode }));
}

/// The schema, a field a line, with another directive on a type or field.
fn directive(schema: &str, type_name: &str, field: Option<&str>, op: &str, value: &str) -> String {
    let mut inside = false;
    let mut done = false;
    let mut lines: Vec<String> = Vec::new();
    for line in schema.lines() {
        let words: Vec<&str> = line.split([' ', '(', ':', '{']).filter(|word| !word.is_empty()).collect();
        let opens = words.first() == Some(&"type") && words.get(1) == Some(&type_name);
        let is_it = match field {
            None => opens,
            Some(field) => inside && words.first() == Some(&field),
        };
        inside = opens || inside && !line.starts_with('}');
        if !is_it {
            lines.push(line.to_owned());
            continue;
        }
        done = true;
        let (mut head, tail) = match line.strip_suffix('{') {
            Some(head) if field.is_none() => (head.trim_end().to_owned(), " {"),
            _ => (line.trim_end().to_owned(), ""),
        };
        if op != "add" {
            let name = value.split('(').next().unwrap();
            let at = head.find(name).expect("the directive is there");
            let end = head[at..].find([' ', ')']).map_or(head.len(), |end| at + end + 1);
            head.replace_range(at..end, "");
        }
        let more = if op == "remove" { String::new() } else { format!(" {value}") };
        lines.push(format!("{head}{more}{tail}"));
    }
    assert!(done, "no {type_name}.{field:?}");
    lines.join("\n")
}
