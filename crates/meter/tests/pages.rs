//! Whom pages, scripts and encoded texts disclose, case by case.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests")]

mod common;

use common::check;

#[test]
fn tables_and_lists_of_a_page_are_records() {
    for (page, expected) in [
        (
            "<table><tr><th>Name<th>Address</tr><tr><td>Ann M</td><td>Weg 1, Bonn</td></tr><tr><td>Bob</td><td>Weg 2, Bonn</td></tr></table>",
            "2 in 2: ann m~weg 1 bonn bob~weg 2 bonn | name, postal-address",
        ),
        (
            "<table><tr><th>Customer ID<th>Stra&szlig;e</tr><tr><td>7</td><td>Weg&nbsp;1</td></tr></table>",
            "1 in 1: customer/7 | postal-address",
        ),
        (
            "<table><tr><td>Name</td><td>Ann</td></tr><tr><td>E-Mail</td><td><a href='mailto:a@x.de'>a@x.de</a></td></tr></table>",
            "1 in 1: a@x.de | name, email",
        ),
        (
            "<table><tr><th>Name<td>Ann<td>Bob<tr><th>Street<td>Weg 1<td>Weg 2</table>",
            "2 in 2: ann~weg 1 bob~weg 2 | name, postal-address",
        ),
        (
            "<dl><dt>Name<dd>Ann<dt>Street<dd>Weg 1<dt>Name<dd>Bob<dt>Street<dd>Weg 2</dl>",
            "2 in 2: ann~weg 1 bob~weg 2 | name, postal-address",
        ),
        (
            "<dl><dt>Ann</dt><dd>Hauptstraße 1, Bonn</dd><dt>Bob</dt><dd>Hauptstraße 2, Bonn</dd></dl>",
            "2 in 2: ann~hauptstraße 1 bonn bob~hauptstraße 2 bonn | name, postal-address",
        ),
        (
            "<tr><td>Ann</td><td>Tel. 0151 23456789</td></tr><tr><td>Bob</td><td>Tel. 0151 23456780</td></tr>",
            "2 in 2: 015123456789 015123456780 | phone",
        ),
        // What stands around and within a table is read too.
        (
            "a@x.de<table><caption>b@x.de</caption><tr><td>c@x.de<table><tr><td>d@x.de</td></tr></table>e@x.de</td></tr></table>",
            "5 in 3: d@x.de c@x.de a@x.de e@x.de b@x.de | email",
        ),
    ] {
        let page = format!("<!doctype html><body>{page}</body>");
        check("text/html", "/x", &page, expected);
    }
}

#[test]
fn what_a_page_or_an_encoding_carries_is_metered_as_itself() {
    let json =
        r#"{"customers":[{"id":1,"name":"Ann","street":"Weg 1"},{"id":2,"name":"Bob","street":"Weg 2"}]}"#;
    // `base64 -w0` of the same.
    let encoded = "eyJjdXN0b21lcnMiOlt7ImlkIjoxLCJuYW1lIjoiQW5uIiwic3RyZWV0IjoiV2VnIDEifSx7ImlkIjoyLCJuYW1lIjoiQm9iIiwic3RyZWV0IjoiV2VnIDIifV19";
    let expected = "2 in 2: customer/1 customer/2 | name, postal-address";
    let quoted = json.replace('"', "\\\"");
    let entities = json.replace('"', "&quot;");
    for (content_type, body) in [
        ("text/html", format!("<html><script type=application/json>{json}</script>")),
        ("text/html", format!("<html><script>window.__STATE__ = {json};</script>")),
        ("text/html", format!("<html><script>if(a=={{}})x={{b:1}};render( {json} )</script>")),
        ("text/html", format!("<html><script>S=JSON.parse(\"{quoted}\")</script>")),
        ("text/html", format!("<html><script>S=JSON.parse(atob('{encoded}'))</script>")),
        ("text/html", format!("<html><div data-page=\"{entities}\">")),
        ("application/javascript", format!("export default d={json};")),
        ("text/plain", format!("cb({json})")),
        ("text/plain", encoded.to_owned()),
        ("application/json", format!("{{\"next\":\"{encoded}\",\"page\":2}}")),
        ("application/json", format!("\"data:application/json;base64,{encoded}\"")),
        ("application/json", format!("[[1,\"{encoded}\"]]")),
        ("application/x-www-form-urlencoded", format!("a=1&b={encoded}")),
        ("text/csv", format!("page,payload\n1,{encoded}\n")),
        ("application/xml", format!("<r><payload>{encoded}</payload></r>")),
    ] {
        check(content_type, "/x", &body, expected);
    }
}

#[test]
fn pages_scripts_and_tokens_of_everyday_disclose_nobody() {
    for (content_type, body) in [
        (
            "text/html",
            "<table><tr><th>Name</th><th>SKU</th><th>Price</th><th>Stock</th></tr><tr><td>Road bike</td><td>4006381333931</td><td>499.00</td><td>5</td></tr></table>",
        ),
        (
            "text/html",
            "<table><tr><th>Order</th><th>Date</th><th>Total</th></tr><tr><td>1234567890123456</td><td>2024-01-15 10:00</td><td>19.99</td></tr></table>",
        ),
        (
            "text/html",
            "<table><tr><th>Name</th><td>T1 Phone</td></tr><tr><th>Weight</th><td>200 g</td></tr><tr><th>Display</th><td>6.1 in, 120 Hz</td></tr></table>",
        ),
        (
            "text/html",
            "<table><tr><td>Monday</td><td>08:00 - 18:00</td></tr><tr><td>Address line</td><td>required</td></tr></table>",
        ),
        (
            "text/html",
            "<dl><dt>Delivery</dt><dd>2 to 3 days</dd><dt>Name</dt><dd>Road bike</dd><dt>Price</dt><dd>499.00</dd></dl>",
        ),
        (
            "text/html",
            "<script>!function(e,t){var n=t[\"a\"],r={\"b\":1};for(var i=0;i<12;i++)n[i]=[1234567890,\"x\"];e={\"version\":\"1.2.3\",\"built\":\"2024-01-15\"}}(window,[])</script>",
        ),
        (
            "text/html",
            "<script type=application/ld+json>{\"@type\":\"Product\",\"name\":\"Road bike\",\"sku\":\"4006381333931\",\"offers\":{\"price\":\"499.00\"}}</script>",
        ),
        (
            "application/json",
            r#"{"cursor":"eyJpZCI6MTAwMCwiY3JlYXRlZCI6IjIwMjQtMDEtMTUifQ==","etag":"d41d8cd98f00b204e9800998ecf8427e","sig":"MEUCIQDx5b2FzZGZhc2RmYXNkZmFzZGZhc2RmYXNkZg=="}"#,
        ),
        (
            "application/json",
            r#"{"image":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ","text":"SGVsbG8gd29ybGQsIGhvdyBhcmUgeW91IHRvZGF5Pw=="}"#,
        ),
        (
            "text/plain",
            "integrity sha512-V8vJ6zA1Jg0CJmYtKzTQ1NnYzJ0Zk5hYzYwNzQ5ZGVmZ2hpamtsbW5vcA== and AdministrationOfEverything",
        ),
    ] {
        check(content_type, "/products", body, "0 in 0:  | none");
    }
}
