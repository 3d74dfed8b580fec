//! What people hand to this tool (tokens, claims, records) does not leave the machine: nothing in the tree could send it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::{Table, Value};

/// Crates that open connections: HTTP clients, the sockets and TLS under them, and the kits built on them.
const CONNECTING: &[&str] = &[
    "actix-web",
    "async-net",
    "async-std",
    "attohttpc",
    "awc",
    "curl",
    "curl-sys",
    "ehttp",
    "h2",
    "h3",
    "http-client",
    "hyper",
    "hyper-util",
    "isahc",
    "libp2p",
    "minreq",
    "mio",
    "native-tls",
    "openssl",
    "openssl-sys",
    "opentelemetry-otlp",
    "quinn",
    "reqwest",
    "rustls",
    "s2n-tls",
    "sentry",
    "smol",
    "socket2",
    "ssh2",
    "surf",
    "tiny_http",
    "tokio",
    "tonic",
    "tungstenite",
    "ureq",
    "warp",
    "websocket",
];
const CONNECTING_FAMILIES: &[&str] = &["aws-", "aws_", "azure_", "google-cloud", "hyper-", "rusoto_", "tokio-"];

fn toml(file: &str) -> Table {
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

/// The crates that the library and the program are built from, tests left out, each with what asks for it.
fn dependencies() -> BTreeMap<String, String> {
    let lock = toml("Cargo.lock");
    let mut asks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let wanted = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        // `name`, or `name version` where there are several.
        let wanted = wanted.map(|one| one.as_str().unwrap().split(' ').next().unwrap().to_owned());
        asks.entry(package["name"].as_str().unwrap().to_owned()).or_default().extend(wanted);
    }
    let manifest = toml("Cargo.toml");
    assert!(!manifest.contains_key("target") && !manifest.contains_key("build-dependencies"), "look there too");
    let mut found = BTreeMap::new();
    let mut pending: Vec<(String, String)> =
        manifest["dependencies"].as_table().unwrap().keys().map(|name| (name.clone(), "vtlens".to_owned())).collect();
    while let Some((name, by)) = pending.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let wanted = asks.get(&name).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        pending.extend(wanted.iter().map(|one| (one.clone(), name.clone())));
        found.insert(name, by);
    }
    found
}

#[test]
fn no_dependency_can_open_a_connection() {
    let found = dependencies();
    assert!(found.len() > 30, "only {} dependencies were found", found.len());
    let connecting: Vec<String> = found
        .iter()
        .filter(|(name, _)| {
            CONNECTING.contains(&name.as_str()) || CONNECTING_FAMILIES.iter().any(|family| name.starts_with(family))
        })
        .map(|(name, by)| format!("{name}, for {by}"))
        .collect();
    // notify waits for changes of files with mio; what could connect is a feature of mio that nothing asks for.
    assert_eq!(connecting, ["mio, for notify"]);
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--all-features", "--edges", "normal,features", "--invert", "mio"])
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.contains("mio feature \"os-poll\"") && !tree.contains("mio feature \"net\""), "{tree}");
}

#[test]
fn the_source_opens_no_connection_and_is_safe() {
    let manifest = toml("Cargo.toml");
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let mut files = 0;
    each_source(Path::new("src"), &mut |file, text| {
        files += 1;
        for word in ["std::net", "TcpStream", "UdpSocket", "UnixStream", "unsafe_code"] {
            assert!(!text.contains(word), "{} names {word}", file.display());
        }
        // git reads revisions, and must not fetch what a partial clone lacks.
        if text.contains("Command::new(") {
            assert!(file.ends_with("cli/git.rs"), "{} starts a program", file.display());
            assert!(text.matches("Command::new(").count() == 1 && text.contains("Command::new(\"git\")"));
            assert!(text.contains("GIT_NO_LAZY_FETCH"));
        }
    });
    assert!(files > 100, "only {files} files");
}

fn each_source(folder: &Path, see: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, see);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            see(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
