//! The page in a real browser, at three widths, in both colour schemes. Protects: that nothing stands out of the page at
//! 375 px, that every part of the answer is there and visible, that a value shows its tip on focus within the window,
//! and that the browser logs no error and is asked to load nothing.
//!
//! Chromium is looked for as `VTLENS_CHROMIUM`, `chromium`, `chromium-browser`, `google-chrome`; without one the test
//! says that it was skipped.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// Longest that one start of the browser may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("VTLENS_CHROMIUM").map(PathBuf::from);
    let folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = || names.iter().find_map(|name| folders.iter().map(|f| f.join(name)).find(|path| path.is_file()));
    let browser = named.or_else(found);
    if browser.is_none() {
        // Not through `eprintln!`, which the harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED: tests/html.rs needs Chromium (VTLENS_CHROMIUM=PATH)");
    }
    browser
}

/// A sample's page, as the program writes it.
fn page(capture: &str, api: &str) -> String {
    let args = ["replay", capture, "--api", api, "--format", "html"];
    let output = assert_cmd::Command::cargo_bin("vtlens").unwrap().args(args).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the browser writes: the page's elements, and its log.
fn browse(browser: &Path, folder: &Path, page: &str, width: u32, dark: bool) -> (String, String) {
    let file = folder.join("page.html");
    std::fs::write(&file, page).unwrap();
    let mut command = Command::new(browser);
    command.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]);
    command.args(["--disable-extensions", "--disable-component-update", "--enable-logging=stderr", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.arg(format!("--window-size={width},900")).arg("--virtual-time-budget=2000");
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    command.arg(format!("file://{}", file.display()));
    // Into files: nobody reads a pipe while we wait.
    let (out, log) = (folder.join("dom"), folder.join("log"));
    command.stdout(std::fs::File::create(&out).unwrap()).stderr(std::fs::File::create(&log).unwrap());
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the browser did not finish: {}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let read = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    (read(&out), read(&log))
}

/// The page in a frame, as no window is as narrow as a telephone. It lets no script run: to measure it, this test puts
/// one in and takes the policy out.
fn measured(page: &str, width: u32) -> String {
    let policy = page.split("<meta http-equiv=\"Content-Security-Policy\"").nth(1).unwrap().split('>').next().unwrap();
    let policy = format!("<meta http-equiv=\"Content-Security-Policy\"{policy}>");
    let page = page.replace(&policy, "").replace("</body>", &format!("<script>{MEASURE}</script></body>"));
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<!doctype html><body><iframe width=\"{width}\" height=\"800\" style=\"border:0\" srcdoc=\"{page}\"></iframe>"
    )
}

const MEASURE: &str = r#"
document.querySelectorAll("details").forEach(details => details.open = true);
const wide = [...document.querySelectorAll("main *, header *")].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.right > innerWidth + 1 && !element.closest(".about") && !element.closest(".grid");
});
const value = document.querySelector(".ln .v[tabindex]");
let tip = null;
if (value) {
  value.scrollIntoView({ block: "center" });
  value.focus();
  const box = value.querySelector(".tip").getBoundingClientRect();
  tip = { width: box.width, left: box.left, right: box.right, top: box.top, bottom: box.bottom };
}
const visible = selector => [...document.querySelectorAll(selector)].filter(e => e.getBoundingClientRect().height > 0).length;
const colours = getComputedStyle(document.body);
const result = {
  inner: innerWidth, height: innerHeight, scroll: document.documentElement.scrollWidth,
  wide: wide.slice(0, 5).map(element => element.outerHTML.slice(0, 120)), tip,
  background: colours.backgroundColor, ink: colours.color,
  titles: visible("h1"), causes: visible(".cause"), steps: visible(".path > li"), conditions: visible(".conditions > li"),
  rules: visible(".rules > li"), templates: visible("details.template"), here: visible(".ln.here"),
  ran: visible(".ln.ran"), not: visible(".ln.not"), notes: visible(".note"), chips: visible(".chip"), rows: visible("tbody tr"),
};
const out = parent.document.createElement("pre");
out.id = "measured";
out.textContent = JSON.stringify(result);
parent.document.body.append(out);
"#;

fn measure(browser: &Path, folder: &Path, page: &str, width: u32, dark: bool) -> Json {
    let (dom, log) = browse(browser, folder, &measured(page, width), 1400, dark);
    let json = dom.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let json = json.unwrap_or_else(|| panic!("the page was not measured\n{log}\n{dom}"));
    let json = json.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn the_page_is_readable_at_every_width() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let update = page("templates/blog/captures/denied-update.har", "templates/blog");
    for (width, dark) in [(375, true), (768, false), (1280, false)] {
        let is = measure(&browser, folder.path(), &update, width, dark);
        assert_eq!(is["inner"], width, "the page is as wide as asked for");
        assert!(is["scroll"].as_u64().unwrap() <= u64::from(width), "at {width} px the page scrolls sideways: {is:#}");
        assert_eq!(is["wide"], serde_json::json!([]), "at {width} px something stands out");
        for (part, least) in [
            ("titles", 1),
            ("causes", 1),
            ("steps", 6),
            ("conditions", 2),
            ("rules", 3),
            ("templates", 5),
            ("here", 1),
            ("ran", 40),
            ("not", 20),
            ("notes", 5),
            ("chips", 8),
        ] {
            assert!(is[part].as_u64().unwrap() >= least, "at {width} px there are {} {part}", is[part]);
        }
        let tip = |side: &str| is["tip"][side].as_f64().unwrap();
        assert!(tip("width") > 60.0, "at {width} px the focused value shows no tip: {is:#}");
        assert!(tip("left") >= 0.0 && tip("right") <= f64::from(width), "at {width} px the tip is cut off: {is:#}");
        assert!(tip("top") >= 0.0 && tip("bottom") <= is["height"].as_f64().unwrap(), "{is:#}");
        let light = |colour: &Json| {
            let digits = colour.as_str().unwrap().trim_start_matches("rgb(").trim_end_matches(')').to_owned();
            digits.split(", ").next().unwrap().parse::<u8>().unwrap() > 127
        };
        assert_eq!((light(&is["background"]), light(&is["ink"])), (!dark, dark), "{is:#}");
    }
    let session = page("templates/blog/captures/session.har", "templates/blog");
    let is = measure(&browser, folder.path(), &session, 375, false);
    assert_eq!(is["rows"], 5, "{is:#}");
    assert!(is["scroll"].as_u64().unwrap() <= 375 && is["wide"] == serde_json::json!([]), "{is:#}");
}

/// The page of a test run with its coverage.
fn tests_page() -> String {
    let args = ["test", "templates/blog", "--coverage", "--format", "html"];
    let output = assert_cmd::Command::cargo_bin("vtlens").unwrap().args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_page_of_tests_is_readable_at_every_width() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = tests_page();
    for (width, dark) in [(375, true), (1280, false)] {
        let is = measure(&browser, folder.path(), &page, width, dark);
        assert!(is["scroll"].as_u64().unwrap() <= u64::from(width), "at {width} px the page scrolls sideways: {is:#}");
        assert_eq!(is["wide"], serde_json::json!([]), "at {width} px something stands out");
        for (part, least) in [("titles", 1), ("rows", 20), ("templates", 20), ("notes", 20)] {
            assert!(is[part].as_u64().unwrap() >= least, "at {width} px there are {} {part}", is[part]);
        }
    }
    let (_, log) = browse(&browser, folder.path(), &page, 1280, false);
    assert!(!log.contains(":CONSOLE"), "{log}");
}

/// Protects: that a matrix fits a telephone, its table scrolling by itself under heads that stay, and that a cell's
/// explanation opens over it by the address alone.
#[test]
fn a_matrix_is_readable_at_every_width() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let suite = packed::at("tests/amplify/suites/kitchen_multi.Course.vtlens.json");
    let suite = suite.to_str().unwrap();
    let args = ["matrix", suite, "--filter", "Query.", "--format", "html"];
    let output = assert_cmd::Command::cargo_bin("vtlens").unwrap().args(args).output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    for (width, dark) in [(375, true), (1280, false)] {
        let script = r#"
const grid = document.querySelector(".grid"), head = grid.querySelector("thead th:last-child"), side = grid.querySelector("tbody th");
grid.scrollTop = 200; grid.scrollLeft = 200;
const at = element => element.getBoundingClientRect(), frame = at(grid);
const cell = grid.querySelector("tbody td a"), panel = document.querySelector(cell.getAttribute("href"));
const closed = at(panel).height;
location.hash = cell.getAttribute("href");
result.matrix = { closed, stays: [at(head).top - frame.top, at(side).left - frame.left].map(Math.round), heads: visible(".matrix thead th"),
  open: at(panel).height, left: at(panel).left, right: at(panel).right, bottom: at(panel).bottom, table: getComputedStyle(cell.closest("tr")).display };
"#;
        let measured =
            measured(&page, width).replace("const out = ", &format!("{}const out = ", script.replace('"', "&quot;")));
        let (dom, log) = browse(&browser, folder.path(), &measured, 1400, dark);
        let json = dom.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
        let json = json.unwrap_or_else(|| panic!("the page was not measured\n{log}"));
        let is: Json =
            serde_json::from_str(&json.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).unwrap();
        assert!(is["scroll"].as_u64().unwrap() <= u64::from(width), "at {width} px the page scrolls sideways: {is:#}");
        assert_eq!(is["wide"], serde_json::json!([]), "at {width} px something stands out");
        let matrix = &is["matrix"];
        let number = |key: &str| matrix[key].as_f64().unwrap();
        assert!(matrix["stays"].as_array().unwrap().iter().all(|off| off.as_i64().unwrap() <= 2), "{is:#}");
        assert_eq!((matrix["heads"].as_u64(), matrix["table"].as_str()), (Some(19), Some("table-row")), "{is:#}");
        assert_eq!(number("closed"), 0.0, "an explanation is open before anybody asked: {is:#}");
        assert!(number("open") > 80.0 && number("left") >= 0.0 && number("right") <= f64::from(width), "{is:#}");
        assert!(number("bottom") <= is["height"].as_f64().unwrap() + 1.0, "{is:#}");
    }
    let (_, log) = browse(&browser, folder.path(), &page, 1280, false);
    assert!(!log.lines().any(|line| line.contains(":CONSOLE")), "{log}");
}

/// Anything that a page loaded, or ran, would break its policy, which the browser logs as an error.
#[test]
fn the_browser_has_nothing_to_complain_of() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let update = page("templates/blog/captures/denied-update.har", "templates/blog");
    let (dom, log) = browse(&browser, folder.path(), &update, 1280, false);
    assert!(dom.contains("class=\"ln here\""), "{log}");
    let console =
        |log: &str| log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(console(&log), [""; 0]);
    // That the log tells at all: the same page with what its policy forbids.
    let spoilt = update.replace("</body>", "<img src=\"https://example.invalid/x.png\"><script>1</script></body>");
    let (_, log) = browse(&browser, folder.path(), &spoilt, 1280, false);
    assert!(console(&log).len() >= 2, "the policy is not enforced: {log}");
}
