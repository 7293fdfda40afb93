//! Whoever controls only the request chooses the form of an answer: no form hides the people in it.
//!
//! Every body here carries the same ten people. Each must disclose at least ten subjects, or be
//! refused as unmeterable.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{Person, assert_sound};
use meter::{Bounds, Plan, Scratch, Shape, meter};
use serde_json::{Map, Value, json};

fn people() -> Vec<Person> {
    (0..10).map(Person::new).collect()
}

/// One record in English.
fn record(p: &Person) -> Value {
    json!({"id": p.id, "first_name": p.first, "last_name": p.last, "email": p.email, "phone": p.phone, "street": p.street})
}

fn list() -> Value {
    Value::Array(people().iter().map(record).collect())
}

/// One text per person, joined by `between`.
fn each(between: &str, write: impl Fn(&Person) -> String) -> String {
    people().iter().map(write).collect::<Vec<_>>().join(between)
}

/// The list with only these fields, as `fields=` gives it.
fn only(fields: &[&str]) -> Value {
    let cut = |value: Value| {
        let kept: Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), value[field].clone())).collect();
        Value::Object(kept)
    };
    Value::Array(people().iter().map(record).map(cut).collect())
}

/// The list as an object of columns.
fn columns(names: &[&str], fields: &[&str]) -> Value {
    let column = |field: &str| people().iter().map(|p| record(p)[field].clone()).collect::<Vec<_>>();
    Value::Object(
        names.iter().zip(fields).map(|(name, field)| ((*name).to_owned(), json!(column(field)))).collect(),
    )
}

fn utf16(text: &str, mark: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("{mark}{text}").encode_utf16().flat_map(order).collect()
}

/// Base64, written plainly: six bits at a time.
fn base64(bytes: &[u8], last: [char; 2], padded: bool) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last).collect();
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let word =
            three.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for nth in 0..=three.len() {
            out.push(alphabet[(word >> (18 - 6 * nth)) as usize & 63]);
        }
        out.push_str(if padded { &"=="[..3 - three.len()] } else { "" });
    }
    out
}

fn standard(text: &str) -> String {
    base64(text.as_bytes(), ['+', '/'], true)
}

fn url_safe(text: &str) -> String {
    base64(text.as_bytes(), ['-', '_'], false)
}

/// Every letter as a numeric entity.
fn entities(text: &str) -> String {
    text.chars().map(|c| format!("&#{};", c as u32)).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// ASCII letters, digits and marks in their full width.
fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| if ('!'..='~').contains(&c) { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c })
        .collect()
}

fn nested(value: &Value) -> Value {
    Value::String(serde_json::to_string(value).unwrap())
}

/// A MessagePack or CBOR text: both are a head byte or two before the bytes.
fn packed(map: u8, short: u8, byte_long: u8) -> Vec<u8> {
    let text = |out: &mut Vec<u8>, text: &str| {
        if text.len() < 24 {
            out.push(short + text.len() as u8);
        } else {
            out.extend([byte_long, text.len() as u8]);
        }
        out.extend(text.as_bytes());
    };
    let mut out = Vec::new();
    for p in people() {
        out.push(map + 2);
        for (name, value) in [("email", &p.email), ("street", &p.street)] {
            text(&mut out, name);
            text(&mut out, value);
        }
    }
    out
}

const NAMES: [&str; 6] = ["id", "first_name", "last_name", "email", "phone", "street"];

/// Name, content type, body.
type Case = (&'static str, Option<&'static str>, Vec<u8>);

fn case(name: &'static str, content_type: &'static str, body: impl Into<Vec<u8>>) -> Case {
    (name, Some(content_type), body.into())
}

fn json_case(name: &'static str, body: &Value) -> Case {
    case(name, "application/json", serde_json::to_vec(body).unwrap())
}

fn csv(mark: &str, quote: &str) -> String {
    let row = |fields: [&str; 6]| fields.map(|field| format!("{quote}{field}{quote}")).join(mark);
    let rows = each("\r\n", |p| row([&p.id.to_string(), &p.first, &p.last, &p.email, &p.phone, &p.street]));
    format!("{}\r\n{rows}\r\n", row(NAMES))
}

fn html_table(head: &str, row: impl Fn(&Person) -> String) -> String {
    format!(
        "<!doctype html><html><body><h1>List</h1><table class=x>{head}{}</table></body></html>",
        each("\n", row)
    )
}

fn page(script: &str) -> String {
    format!(
        "<!doctype html><html><head><title>x</title></head><body><div id=app></div>{script}</body></html>"
    )
}

/// Names and addresses, and no contact.
fn strangers() -> Value {
    only(&["first_name", "last_name", "street"])
}

fn json_shapes() -> Vec<Case> {
    let text = list().to_string();
    let rows = || people().into_iter().map(|p| json!([p.id, p.first, p.last, p.email, p.phone, p.street]));
    let lines = each("\n", |p| record(p).to_string());
    vec![
        json_case("array", &list()),
        json_case("pretty envelope", &json!({"data": {"customers": {"edges": people().iter().map(|p| json!({"node": record(p)})).collect::<Vec<_>>()}}})),
        json_case("map by e-mail", &Value::Object(people().iter().map(|p| (p.email.clone(), json!({"plan": "x"}))).collect())),
        json_case("map by phone", &Value::Object(people().iter().map(|p| (p.phone.clone(), json!(1))).collect())),
        json_case("map by id", &Value::Object(people().iter().map(|p| (p.id.to_string(), json!({"street": p.street, "vorname": p.first}))).collect())),
        json_case("GraphQL aliases", &json!({"data": people().iter().enumerate().map(|(n, p)| (format!("a{n}"), json!({"x": p.email}))).collect::<Map<_, _>>()})),
        json_case("GraphQL aliases of fields", &json!({"data": {"c": people().iter().map(|p| json!({"a": p.first, "b": p.last, "c": p.email})).collect::<Vec<_>>()}})),
        json_case("GraphQL aliases in one object", &json!({"data": {"me": people().iter().enumerate().map(|(n, p)| (format!("e{n}"), json!(p.email))).collect::<Map<_, _>>()}})),
        json_case("aliases that lie", &json!({"data": people().iter().enumerate().map(|(n, p)| (format!("price{n}"), json!({"sku": p.email}))).collect::<Map<_, _>>()})),
        json_case("columns", &columns(&NAMES, &NAMES)),
        json_case("columns in the plural", &columns(&["emails", "names"], &["email", "first_name"])),
        json_case("columns without contact", &columns(&["first_names", "last_names", "streets"], &["first_name", "last_name", "street"])),
        json_case("columns of phones alone", &columns(&["phones"], &["phone"])),
        json_case("rows with a header", &Value::Array(std::iter::once(json!(NAMES)).chain(rows()).collect())),
        json_case("rows without a header", &Value::Array(rows().collect())),
        json_case("names of columns beside rows", &json!({"fields": NAMES, "values": rows().collect::<Vec<_>>()})),
        json_case("names of columns as objects", &json!({"columns": NAMES.map(|name| json!({"name": name, "type": "text"})), "rows": rows().collect::<Vec<_>>()})),
        json_case("pairs of name and value", &Value::Array(people().iter().map(|p| json!([["email", p.email], ["street", p.street]])).collect())),
        json_case("objects of name and value", &Value::Array(people().iter().map(|p| json!([{"name": "email", "value": p.email}, {"name": "street", "value": p.street}])).collect())),
        json_case("fields=email", &only(&["email"])),
        json_case("fields=phone", &only(&["phone"])),
        json_case("fields=name,street", &strangers()),
        json_case("fields=street", &only(&["street"])),
        json_case("one string", &json!({"text": each(", ", |p| format!("{} {} <{}>", p.first, p.last, p.email))})),
        json_case("JSON in JSON", &json!({"p": nested(&list())})),
        json_case("JSON in JSON in JSON", &json!({"p": nested(&json!({"q": nested(&list())}))})),
        json_case("five times JSON", &nested(&nested(&nested(&nested(&list()))))),
        json_case("base64 in JSON", &json!({"payload": standard(&text)})),
        json_case("base64 of the URL alphabet in JSON", &json!([{"payload": url_safe(&text)}])),
        json_case("base64 of names and addresses", &json!({"payload": standard(&strangers().to_string())})),
        json_case("base64 of each record", &Value::Array(people().iter().map(|p| json!(url_safe(&record(p).to_string()))).collect())),
        json_case("base64 in base64", &json!({"payload": standard(&json!({"inner": url_safe(&strangers().to_string())}).to_string())})),
        json_case("base64 of pretty JSON", &json!({"payload": standard(&format!("\u{feff}\n{}", serde_json::to_string_pretty(&strangers()).unwrap()))})),
        json_case("base64 of rows", &json!({"file": "c.csv", "content": standard(&csv(",", ""))})),
        json_case("data URI", &json!({"href": format!("data:application/json;base64,{}", standard(&strangers().to_string()))})),
        json_case("base64 of each e-mail", &Value::Array(people().iter().map(|p| json!({"email": standard(&p.email)})).collect())),
        json_case("percent signs", &Value::Array(people().iter().map(|p| json!({"u": percent(&p.email)})).collect())),
        json_case("percent signs twice", &Value::Array(people().iter().map(|p| json!({"u": p.email.replace('@', "%2540")})).collect())),
        json_case("entities", &Value::Array(people().iter().map(|p| json!({"u": entities(&p.email)})).collect())),
        json_case("entities twice", &Value::Array(people().iter().map(|p| json!({"u": p.email.replace('@', "&amp;#64;")})).collect())),
        json_case("full width", &Value::Array(people().iter().map(|p| json!({"k": full_width(&p.email), "l": full_width(&p.phone)})).collect())),
        json_case("full width of phones under their key", &Value::Array(people().iter().map(|p| json!({"phone": full_width(&p.phone)})).collect())),
        json_case("Arabic digits", &Value::Array(people().iter().map(|p| json!({"phone": p.phone.chars().map(|c| c.to_digit(10).map_or(c, |d| char::from_u32(0x660 + d).unwrap())).collect::<String>()})).collect())),
        case("escaped letters", "application/json", format!("[{}]", each(",", |p| format!("{{\"\\u0065mail\":\"{}\"}}", p.email.chars().map(|c| format!("\\u{:04x}", c as u32)).collect::<String>())))),
        case("escaped at", "text/plain", text.replace('@', "\\u0040")),
        case("byte order mark", "application/json", format!("\u{feff}{text}")),
        case("guard", "application/json", format!(")]}}',\n{text}")),
        case("NDJSON", "application/x-ndjson", lines.clone()),
        case("NDJSON with a mark", "application/x-ndjson", format!("\u{feff}{lines}")),
        case("NDJSON as text", "text/plain", lines.clone()),
        case("NDJSON of base64", "application/x-ndjson", each("\n", |p| standard(&record(p).to_string()))),
        case("joined without a mark", "application/json", each("", |p| record(p).to_string())),
        case("text sequence", "application/json-seq", each("\n", |p| format!("\u{1e}{}", record(p)))),
        case("events", "text/event-stream", each("\n\n", |p| format!("id: 1\ndata: {}", record(p)))),
        case("events of base64", "text/event-stream", each("\n\n", |p| format!("data: {}", standard(&record(p).to_string())))),
        case("events cut anywhere", "text/event-stream", each("\n\n", |p| format!("data: {{\ndata: \"email\":\ndata: \"{}\"}}", p.email))),
        case("JSONP", "application/javascript", format!("/**/cb({text});")),
        case("JSONP as text", "text/plain", format!("cb({});", strangers())),
        case("JSONP as HTML", "text/html", format!("a.b.c({});", strangers())),
        case("a variable in a script", "application/javascript", format!("\"use strict\";var d={};export default d;", strangers())),
        case("JSON5", "application/json", each(",", |p| format!("{{email:'{}',street:'{}'}}", p.email, p.street))),
        case("UTF-16 little", "application/json", utf16(&text, "\u{feff}", u16::to_le_bytes)),
        case("UTF-16 big", "application/json", utf16(&text, "\u{feff}", u16::to_be_bytes)),
        case("UTF-16 without a mark", "application/json; charset=utf-16le", utf16(&text, "", u16::to_le_bytes)),
        case("UTF-16 after a blank", "application/json", utf16(&format!("\n {text}"), "", u16::to_le_bytes)),
        case("UTF-32", "application/json", text.chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<u8>>()),
        case("said to be a picture", "image/png", text.clone()),
        case("said to be HTML", "text/html", text.clone()),
        ("said to be nothing", None, text.into_bytes()),
        case("MessagePack", "application/msgpack", packed(0x80, 0xa0, 0xd9)),
        case("CBOR", "application/cbor", packed(0xa0, 0x60, 0x78)),
    ]
}

fn other_shapes() -> Vec<Case> {
    let element = |p: &Person| {
        format!("<c><id>{}</id><email>{}</email><street>{}</street></c>", p.id, p.email, p.street)
    };
    let cells =
        |p: &Person| format!("<tr><td>{} {}</td><td>{}, 10115 Berlin</td></tr>", p.first, p.last, p.street);
    let stranger =
        |p: &Person| format!("{{\"name\":\"{} {}\",\"street\":\"{}\"}}", p.first, p.last, p.street);
    let state = format!("{{\"props\":{{\"customers\":{}}}}}", strangers());
    vec![
        case("XML", "application/xml", format!("<r>{}</r>", each("", element))),
        case("XML of attributes", "text/xml", format!("<r>{}</r>", each("", |p| format!("<c m='{}' s=\"{}\"/>", p.email, p.street)))),
        case("XML of sections", "application/xml", format!("<r>{}</r>", each("", |p| format!("<c><email><![CDATA[{}]]></email></c>", p.email)))),
        case("XML of entities", "application/xml", format!("<r>{}</r>", each("", |p| format!("<c><email>{}</email></c>", entities(&p.email))))),
        case("XML of comments", "application/xml", format!("<r>{}</r>", each("", |p| format!("<!-- {} -->", p.email)))),
        case("XML of instructions", "application/xml", format!("<r>{}</r>", each("", |p| format!("<?c {}?>", p.email)))),
        case("XML of entity definitions", "application/xml", format!("<!DOCTYPE r [{}]><r/>", each("", |p| format!("<!ENTITY e{} \"{}\">", p.id, p.email)))),
        case("XML of names and addresses", "application/xml", format!("<r>{}</r>", each("", |p| format!("<person><name>{}</name><street>{}</street></person>", p.last, p.street)))),
        case("SOAP with JSON in it", "application/soap+xml", format!("<s:Envelope xmlns:s='x'><s:Body>{}</s:Body></s:Envelope>", list().to_string().replace('"', "&quot;"))),
        case("SOAP with base64 in it", "application/soap+xml", format!("<s:Envelope xmlns:s='x'><s:Body>{}</s:Body></s:Envelope>", standard(&strangers().to_string()))),
        case("CSV", "text/csv", csv(",", "")),
        case("CSV with a mark, quoted", "text/csv", format!("\u{feff}{}", csv(";", "\""))),
        case("CSV without a header", "text/csv", csv(",", "\"").split_once('\n').unwrap().1),
        case("CSV of names and addresses", "text/csv", format!("name,street\n{}", each("\n", |p| format!("{} {},{}", p.first, p.last, p.street)))),
        case("CSV of JSON", "text/csv", format!("id,payload\n{}", each("\n", |p| format!("{},\"{}\"", p.id, record(p).to_string().replace('"', "\"\""))))),
        case("CSV of base64", "text/csv", format!("id,payload\n{}", each("\n", |p| format!("{},{}", p.id, standard(&stranger(p)))))),
        case("CSV in UTF-16", "text/csv", utf16(&csv(",", ""), "\u{feff}", u16::to_le_bytes)),
        case("CSV in UTF-16 without a mark", "text/csv", utf16(&csv(",", ""), "", u16::to_le_bytes)),
        case("TSV", "text/tab-separated-values", csv("\t", "")),
        case("YAML", "application/yaml", each("\n", |p| format!("- name: {}\n  email: {}\n  street: {}", p.first, p.email, p.street))),
        case("SQL", "application/sql", each("\n", |p| format!("INSERT INTO c VALUES ({},'{}','{}');", p.id, p.email, p.street))),
        case("vCards", "text/vcard", each("\r\n", |p| format!("BEGIN:VCARD\r\nFN:{}\r\nTEL;TYPE=cell:{}\r\nEND:VCARD", p.first, p.phone))),
        case("LDIF with base64", "text/plain", each("\n\n", |p| format!("dn: uid={}\nmail:: {}", p.id, standard(&p.email)))),
        case("PHP", "text/plain", each("", |p| format!("a:1:{{s:5:\"email\";s:{}:\"{}\";}}", p.email.len(), p.email))),
        case("a table of marks", "text/markdown", each("\n", |p| format!("| {} | {} | {} |", p.first, p.email, p.phone))),
        case("a text of phones", "text/plain", each("\n", |p| format!("{} {}: {}", p.first, p.last, p.phone))),
        case("a text of base64", "text/plain", standard(&strangers().to_string())),
        case("a text of base64 in lines", "text/plain", standard(&strangers().to_string()).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\r\n").collect::<String>()),
        case("base64 said to be bytes", "application/octet-stream", url_safe(&strangers().to_string())),
        case("a JSON string of base64", "application/json", format!("\"{}\"", standard(&strangers().to_string()))),
        case("a form", "application/x-www-form-urlencoded", each("&", |p| format!("email={}&street={}", percent(&p.email), percent(&p.street)))),
        case("a form of JSON", "application/x-www-form-urlencoded", format!("d={}", percent(&strangers().to_string()))),
        case("a form of base64", "application/x-www-form-urlencoded", format!("d={}&x=1", percent(&standard(&strangers().to_string())))),
        case("parts", "multipart/mixed; boundary=b", each("\r\n", |p| format!("--b\r\nContent-Type: application/json\r\n\r\n{}", record(p)))),
        case("parts of base64", "multipart/mixed; boundary=b", each("\r\n", |p| format!("--b\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", standard(&stranger(p))))),
        case("HTML text", "text/html", page(&each("<br>", |p| format!("{} {}", p.first, p.email)))),
        case("HTML text of entities", "text/html", page(&each("<br>", |p| entities(&p.email)))),
        case("HTML links", "text/html", page(&each("", |p| format!("<a href='mailto:{}'>x</a>", percent(&p.email))))),
        case("HTML attributes", "text/html", page(&each("", |p| format!("<i data-u=\"{}\"></i>", record(p).to_string().replace('"', "&quot;"))))),
        case("HTML comments", "text/html", page(&each("", |p| format!("<!-- {} -->", p.email)))),
        case("HTML table", "text/html", html_table("<thead><tr><th>Name</th><th scope=col>Address</th></tr></thead>", cells)),
        case("HTML table with a header of cells", "text/html", html_table("<TR><TD>Name<TD>Address", |p| format!("<TR><TD>{}<TD>{} 5", p.first, p.street))),
        case("HTML table below a title", "text/html", html_table("<tr><th colspan=2>Customers</th></tr><tr><th>First name</th><th>Street</th></tr>", |p| format!("<tr><td><b>{}</b></td><td>{}<br></td></tr>", p.first, p.street))),
        case("HTML table of entities", "text/html", html_table("<tr><th>Name</th><th>Address</th></tr>", |p| format!("<tr><td>{}</td><td>{}</td></tr>", entities(&p.first), entities(&format!("{}, Bonn", p.street))))),
        case("HTML table without a header", "text/html", html_table("", cells)),
        case("HTML table of phones", "text/html", html_table("<tr><th>Name</th><th>Telephone</th></tr>", |p| format!("<tr><td>{}</td><td>0{}</td></tr>", p.last, &p.phone[3..]))),
        case("HTML table on its side", "text/html", html_table("", |p| format!("</table><table><tr><th>Name</th><td>{}</td></tr><tr><th>Street:</th><td>{}</td></tr>", p.last, p.street))),
        case("HTML table of columns", "text/html", html_table("", |p| if p.id == 1000 { format!("<tr><th>First name</th>{}</tr><tr><th>Street</th>{}</tr>", each("", |p| format!("<td>{}</td>", p.first)), each("", |p| format!("<td>{}</td>", p.street))) } else { String::new() })),
        case("HTML table on its side of cells", "text/html", html_table("", |p| format!("</table><table><tr><td>Name:</td><td>{}</td></tr><tr><td>Address:</td><td>{}, Bonn</td></tr>", p.last, p.street))),
        case("HTML table within a table", "text/html", html_table("<tr><td><table><tr><th>Name</th><th>Address</th></tr>", |p| format!("{}{}", cells(p), if p.id == 1009 { "</table></td></tr>" } else { "" }))),
        case("HTML list of definitions", "text/html", page(&each("", |p| format!("<dl><dt>Name</dt><dd>{}</dd><dt>Address</dt><dd>{}, Bonn</dd></dl>", p.last, p.street)))),
        case("HTML list of definitions in one", "text/html", page(&format!("<DL>{}</DL>", each("", |p| format!("<DT>Name<DD>{}<DT>Street<DD>{}", p.last, p.street))))),
        case("HTML list of names and their definitions", "text/html", page(&format!("<dl>{}</dl>", each("", |p| format!("<dt>{} {}</dt><dd>{}, 10115 Berlin</dd>", p.first, p.last, p.street))))),
        case("state in a JSON script", "text/html", page(&format!("<script id=\"__NEXT_DATA__\" type=\"application/json\">{state}</script>"))),
        case("state in a JSON script, in capitals", "text/html", page(&format!("<SCRIPT TYPE='Application/JSON'>{state}</SCRIPT>"))),
        case("linked data", "text/html", page(&format!("<script type='application/ld+json'>{{\"@graph\":{}}}</script>", json!(people().iter().map(|p| json!({"@type": "Person", "name": p.first, "address": {"streetAddress": p.street}})).collect::<Vec<_>>())))),
        case("state in a variable", "text/html", page(&format!("<script>window.__STATE__ = {state};</script>"))),
        case("state after other statements", "text/html", page(&format!("<script>var a={{b:1}},c=[1,2];if(a==c){{}}self.__S__={};d=\"x\"</script>", strangers()))),
        case("state parsed from a string", "text/html", page(&format!("<script>window.S=JSON.parse({})</script>", nested(&strangers())))),
        case("state parsed from a string in single quotes", "text/html", page(&format!("<script>window.S=JSON.parse('{}')</script>", strangers().to_string().replace("O'", "O\\'").replace('"', "\\u0022")))),
        case("state in base64", "text/html", page(&format!("<script>window.S=atob(\"{}\")</script>", standard(&strangers().to_string())))),
        case("state in an attribute", "text/html", page(&format!("<div data-page=\"{}\"></div>", strangers().to_string().replace('"', "&quot;")))),
    ]
}

#[test]
fn no_form_of_an_answer_hides_ten_people() {
    let cases: Vec<_> = json_shapes().into_iter().chain(other_shapes()).collect();
    assert!(cases.len() >= 40);
    let mut hidden = Vec::new();
    for (name, content_type, body) in &cases {
        let shape = Shape::of(*content_type, body);
        let found = meter(body, shape, &Plan::default(), &Bounds::default(), &mut Scratch::default());
        if let Ok(found) = found {
            assert_sound(&found, body);
            if found.disclosed() < 10 {
                hidden.push(format!(
                    "{name} ({shape:?}): {} of 10, {:?}",
                    found.disclosed(),
                    found.dimensions
                ));
            }
        }
    }
    assert!(
        hidden.is_empty(),
        "{} of {} shapes hide people:\n{}",
        hidden.len(),
        cases.len(),
        hidden.join("\n")
    );
}
