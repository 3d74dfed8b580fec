//! One case as its file has it, made into an API on disk, a capture and facts.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::RequestReport;
use vtlens::request::read_capture;
use vtlens::source::Data;

use super::packed;

/// A file of `tests/casebook/A` … `K`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The row of `rows.txt` that it was made from.
    pub row: String,
    /// What happened to somebody.
    pub note: String,
    /// What is not built yet and it waits for.
    pub needs: Option<String>,
    /// A folder with an API, a name in `apis/`, or an API in place: its parts, or its `files`. `like` takes one of
    /// `apis/` and changes it.
    api: Json,
    #[serde(default)]
    params: Map<String, Json>,
    /// Claims by name: `${jwt:NAME}` becomes a token with them. No token is in the repository.
    #[serde(default)]
    tokens: Map<String, Json>,
    /// Objects by name: `${base64:NAME}` becomes their JSON in base64, as a WebSocket's address carries it.
    #[serde(default)]
    encoded: Map<String, Json>,
    /// A request, a HAR, or the text of any other capture.
    #[serde(default)]
    capture: Json,
    /// What `--identity` would give.
    identity: Option<Json>,
    /// What `--data` would give.
    data: Option<Json>,
    /// What `--now` would give.
    now: Option<String>,
    /// What must come out, one for each request.
    #[serde(deserialize_with = "one_or_many")]
    pub expect: Vec<Expected>,
}

/// What vtlens must make of one request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expected {
    /// Of the answer that the replay computed.
    pub status: Option<Json>,
    pub decision: Option<Json>,
    pub stage: Option<Json>,
    pub cause: Option<Json>,
    pub message: Option<Json>,
    pub error_type: Option<Json>,
    /// Decisions of single fields, by `Type.field`.
    #[serde(default)]
    pub fields: Map<String, Json>,
    /// Codes of hazards that some field carries.
    #[serde(default)]
    pub hazards: Vec<String>,
    /// Whether the recorded answer comes out; it must, unless this says otherwise.
    pub reproduced: Option<bool>,
    /// Phrases of the text, wherever its lines break.
    #[serde(default)]
    pub says: Vec<String>,
    /// Phrases that would mislead.
    #[serde(default)]
    pub never_says: Vec<String>,
    /// A code that `vtlens check` must find in the API; nothing is replayed.
    pub check: Option<String>,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Expected>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Many(Vec<Json>),
        One(Json),
    }
    let all = match Either::deserialize(deserializer)? {
        Either::Many(all) => all,
        Either::One(one) => vec![one],
    };
    all.into_iter().map(|one| serde_json::from_value(one).map_err(serde::de::Error::custom)).collect()
}

fn read_yaml<T: serde::de::DeserializeOwned>(file: &Path) -> T {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What `apis/NAME.yaml` describes.
fn shared(name: &str) -> Option<Map<String, Json>> {
    let file = PathBuf::from(format!("tests/casebook/apis/{name}.yaml"));
    file.is_file().then(|| read_yaml(&file))
}

impl Case {
    /// Reads a case; what it takes from `apis/` is in it afterwards.
    pub fn read(file: &Path) -> Case {
        let mut case: Case = read_yaml(file);
        let base = match &case.api {
            Json::String(name) => shared(name),
            Json::Object(api) => {
                let like = api.get("like").map(|like| like.as_str().unwrap().to_owned());
                let mut base = like.map(|name| shared(&name).unwrap_or_else(|| panic!("no API {name}")));
                base.get_or_insert_default().extend(api.clone());
                base
            }
            other => panic!("{}: no API: {other}", file.display()),
        };
        if let Some(mut api) = base {
            api.remove("like");
            let object = |json: Json| json.as_object().cloned().unwrap();
            for (name, claims) in api.remove("tokens").map(object).unwrap_or_default() {
                case.tokens.entry(name).or_insert(claims);
            }
            if let Some(data) = api.remove("data").filter(|data| !data.is_null()) {
                case.data.get_or_insert(data);
            }
            case.api = Json::Object(api);
        }
        case
    }

    /// The folder of the API, which is written into `folder` when the case describes it.
    pub fn api_folder(&self, folder: &Path) -> PathBuf {
        let api = match &self.api {
            Json::String(path) => return packed::at(path),
            api => api.as_object().unwrap(),
        };
        if let Some(files) = api.get("files").and_then(Json::as_object) {
            for (name, text) in files {
                std::fs::write(folder.join(name), text.as_str().expect("a text")).unwrap();
            }
            return folder.to_owned();
        }
        let write = |name: &str, text: &Json| {
            std::fs::write(folder.join(name), text.as_str().expect("a text")).unwrap();
            Json::String(name.to_owned())
        };
        // `{ NAME: {..} }` as a list of objects with their names; templates become files.
        let section = |key: &str, name_key: &str| -> Json {
            let members = api.get(key).and_then(Json::as_object).cloned().unwrap_or_default();
            let sections = members.into_iter().map(|(name, mut section)| {
                for (part, end) in [("request", "req"), ("response", "res")] {
                    if let Some(template) = section.get(part) {
                        section[part] = write(&format!("{name}.{end}.vtl"), template);
                    }
                }
                section[name_key] = Json::String(name);
                section
            });
            Json::Array(sections.collect())
        };
        let mut sources = section("data_sources", "name");
        sources.as_array_mut().unwrap().push(json!({ "name": "NONE", "type": "NONE" }));
        let mut declared = json!({ "schema": write("schema.graphql", &api["schema"]), "default": api["default"] });
        for key in ["id", "additional"] {
            if let Some(value) = api.get(key) {
                declared[key] = value.clone();
            }
        }
        let config = json!({
            "api": declared, "data_sources": sources,
            "functions": section("functions", "name"), "resolvers": section("resolvers", "field"),
        });
        std::fs::write(folder.join("vtlens.toml"), toml::to_string(&config).unwrap()).unwrap();
        folder.to_owned()
    }

    /// What vtlens makes of each request of the capture.
    pub fn replayed(&self, api: &Path) -> vtlens::Result<Vec<RequestReport>> {
        let params = self.params.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
        let api = Api::open(api, &LoadOptions { params, schema: None })?;
        let mut replay = Replay::new(&api, moment(&Json::from("2026-01-15T12:00:00Z")).unwrap() * 1000);
        if let Some(data) = &self.data {
            replay.data = Data::from_json("data.json", data)?;
        }
        if let Some(identity) = &self.identity {
            replay.facts = Some(IdentityFacts::read("identity.json", &self.filled(&identity.to_string()))?);
        }
        replay.now_ms = self.now.as_ref().map(|now| moment(&Json::from(now.as_str())).unwrap() * 1000);
        let capture = self.capture_text();
        read_capture("capture", capture.as_bytes())?.iter().map(|request| replay.request(request)).collect()
    }

    /// Whether the capture is none of JSON: a command, a log.
    pub fn is_text(&self) -> bool {
        self.capture.is_string()
    }

    /// The capture as a file would hold it.
    pub fn capture_text(&self) -> String {
        self.filled(&text_of(&self.capture))
    }

    /// What `vtlens COMMAND` prints over the case's API and facts.
    pub fn printed(&self, command: &str, arguments: &[&str], api: &Path, folder: &Path, format: &str) -> String {
        let mut run = assert_cmd::Command::cargo_bin("vtlens").unwrap();
        run.env_remove("COLUMNS").env_remove("CLICOLOR_FORCE").arg(command).args(arguments);
        run.arg("--api").arg(api).args(["--format", format]);
        for (option, facts) in [("--identity", &self.identity), ("--data", &self.data)] {
            if let Some(facts) = facts.as_ref().filter(|_| command == "replay") {
                let file = folder.join(format!("{}.json", option.trim_start_matches('-')));
                std::fs::write(&file, self.filled(&facts.to_string())).unwrap();
                run.arg(option).arg(file);
            }
        }
        run.args(
            self.params.iter().flat_map(|(name, value)| ["--param".to_owned(), format!("{name}={}", text_of(value))]),
        );
        run.args(self.now.iter().flat_map(|now| ["--now", now.as_str()]));
        let output = run.output().unwrap();
        let printed = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        String::from_utf8(printed).unwrap()
    }

    /// A text with its placeholders filled in.
    fn filled(&self, text: &str) -> String {
        let encoded = self.encoded.iter().flat_map(|(name, object)| {
            let json = self.with_tokens(&object.to_string());
            let url = URL_SAFE_NO_PAD.encode(&json);
            [(format!("${{base64:{name}}}"), STANDARD.encode(json)), (format!("${{base64url:{name}}}"), url)]
        });
        let text = encoded.fold(text.to_owned(), |text, (name, value)| text.replace(&name, &value));
        let text = self.with_tokens(&text);
        assert!(!text.contains("${jwt:") && !text.contains("${base64"), "a placeholder is left in {text}");
        text
    }

    fn with_tokens(&self, text: &str) -> String {
        let tokens = self.tokens.iter();
        tokens.fold(text.to_owned(), |text, (name, claims)| text.replace(&format!("${{jwt:{name}}}"), &token(claims)))
    }
}

/// A text as it is, anything else as JSON.
fn text_of(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A token with claims, whose signature nobody made: without keys none is checked.
fn token(claims: &Json) -> String {
    let mut claims = claims.clone();
    for claim in ["exp", "iat", "nbf", "auth_time"] {
        if let Some(seconds) = claims.get(claim).and_then(moment) {
            claims[claim] = seconds.into();
        }
    }
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = json!({ "kid": "casebook", "alg": "RS256" });
    format!("{}.{}.{}", part(&header), part(&claims), URL_SAFE_NO_PAD.encode("signed by nobody, but for a casebook"))
}

/// `2026-01-15T12:00:00Z` in seconds since 1970.
fn moment(text: &Json) -> Option<i64> {
    text.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
