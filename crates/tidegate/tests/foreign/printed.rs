//! Reports printed to PDF by Chromium say what they say as text.

use super::*;

/// What a report says, without where it says it.
fn says(intel: &intel::Intel) -> Vec<String> {
    let mut says = Vec::new();
    for claim in &intel.techniques {
        says.push(format!("technique {} {:?}", claim.id, claim.status));
    }
    for claim in intel.owasp.iter().chain(&intel.cwe).chain(&intel.d3fend) {
        says.push(format!("{} {:?}", claim.id, claim.status));
    }
    for number in &intel.numbers {
        says.push(format!("number {:?} {} {:?}", number.value, number.unit, number.role));
    }
    says.extend(intel.data_classes_exposed.iter().map(|class| format!("exposed {}", class.class.word())));
    says.extend(intel.data_classes_not_exposed.iter().map(|class| format!("kept {}", class.class.word())));
    says.extend(intel.errata.iter().map(|erratum| erratum.message.clone()));
    says.sort();
    says
}

#[test]
fn a_report_printed_by_a_browser_says_what_its_text_says() {
    let chromium = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .map(|name| Path::new("/usr/bin").join(name))
        .find(|path| path.exists());
    let Some(chromium) = chromium else { return left_out("chromium") };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../intel/tests/corpus");
    let founding = root.join("../../../shared/reports/phone-preorder-leak.txt");
    for report in [
        founding,
        corpus.join("partner-portal-tags.html"),
        corpus.join("insurer-export-label.md"),
        corpus.join("carrier-37m-notice.txt"),
    ] {
        // The founding report is beside the project, not in it.
        let Ok(text) = std::fs::read_to_string(&report) else { continue };
        let name = report.file_name().unwrap().to_str().unwrap();
        let of_text = intel::understand(text.as_bytes(), name).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (page, printed) = (folder.path().join("page.html"), folder.path().join("page.pdf"));
        let html = if name.ends_with(".html") { text.clone() } else { as_page(&text) };
        std::fs::write(&page, html).unwrap();
        let done = Command::new(&chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                &format!("--print-to-pdf={}", printed.display()),
            ])
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        let bytes = std::fs::read(&printed);
        let bytes = bytes.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr)));
        let given = intel::Given::all(&bytes).unwrap();
        let of_pdf = intel::understand_given(&given, "page.pdf").unwrap();
        assert_eq!(says(&of_pdf), says(&of_text), "{name}:\n{}", String::from_utf8_lossy(given.body()));
    }
}

/// Text or Markdown as a page: headings and items are such, lines are paragraphs.
fn as_page(text: &str) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let mut page = String::from("<!doctype html><meta charset=utf-8><body>");
    let width = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let is_wrapped = width <= 120 && text.contains("\n\n");
    let paragraphs: Vec<String> = if is_wrapped {
        text.split("\n\n").map(|paragraph| paragraph.replace('\n', "\u{1}")).collect()
    } else {
        text.lines().map(str::to_owned).collect()
    };
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.trim().is_empty()) {
        let heading = paragraph.trim_start_matches('#');
        if heading.len() < paragraph.len() {
            page += &format!("<h2>{}</h2>", escaped(heading.trim()));
            continue;
        }
        let lines: Vec<&str> = paragraph.split('\u{1}').collect();
        if lines.iter().all(|line| line.starts_with("- ")) {
            let items =
                lines.iter().map(|line| format!("<li>{}</li>", escaped(line.trim_start_matches("- "))));
            page += &format!("<ul>{}</ul>", items.collect::<String>());
        } else {
            page += &format!("<p>{}</p>", escaped(&lines.join(" ")).replace("**", "").replace('`', ""));
        }
    }
    page
}
