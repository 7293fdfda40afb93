//! PDFs: what their pages show is read as text, and what cannot be read is a clear error.
// long: the writer of small PDFs stands beside the tables that it writes, one behaviour a test.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use intel::{Given, Intel, PdfFault, ReadError, understand, understand_given};

/// A PDF of `objects`, the first of which is number 1: the catalog.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", nth + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let xref = out.len();
    let mut tail = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
    for place in &places {
        writeln!(tail, "{place:010} 00000 n ").unwrap();
    }
    writeln!(tail, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF", places.len() + 1)
        .unwrap();
    out.extend(tail.bytes());
    out
}

fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {dictionary} /Length {} >>\nstream\n", bytes.len()).into_bytes();
    out.extend(bytes);
    out.extend(b"\nendstream");
    out
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const HELVETICA: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

/// A PDF with these contents of its pages, and this font as `/F1`.
fn pages(contents: &[&str], font: &str) -> Vec<u8> {
    let first = 4;
    let kids: Vec<String> = (0..contents.len()).map(|nth| format!("{} 0 R", first + nth * 2)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!(
            "<< /Type /Pages /Count {} /Kids [{}] /Resources << /Font << /F1 3 0 R >> >> >>",
            contents.len(),
            kids.join(" ")
        )
        .into_bytes(),
        font.as_bytes().to_vec(),
    ];
    for (nth, content) in contents.iter().enumerate() {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R >>",
                first + nth * 2 + 1
            )
            .into_bytes(),
        );
        objects.push(stream("/Filter /FlateDecode", &packed(content.as_bytes())));
    }
    pdf(&objects)
}

fn layer(bytes: &[u8]) -> String {
    let given = Given::all(bytes).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8(given.body().to_vec()).unwrap()
}

#[test]
fn every_way_to_place_text_is_read_in_order() {
    for (name, content, text) in [
        ("moves", "BT /F1 10 Tf 50 700 Td (Names were) Tj 0 -12 Td (taken.) Tj ET", "Names were taken.\n"),
        (
            "leading",
            "BT /F1 10 Tf 12 TL 50 700 Td (Names were) Tj T* (taken) Tj (by one.) ' ET",
            "Names were taken by one.\n",
        ),
        (
            "leading by a move",
            "BT /F1 10 Tf 50 700 Td (Names) Tj 0 -12 TD (were) Tj T* (taken.) Tj ET",
            "Names were taken.\n",
        ),
        (
            "kerning",
            "BT /F1 10 Tf 50 700 Td [(Na) 20 (mes) -300 (were) -280 (tak) -10 (en.)] TJ ET",
            "Names were taken.\n",
        ),
        ("spacing", "BT /F1 10 Tf 12 TL 50 700 Td 3 0 (Names) \" 0 9 (two) \" ET", "Names two\n"),
        (
            "matrix",
            "BT /F1 1 Tf 10 0 0 10 50 700 Tm (Names) Tj 10 0 0 10 90 700 Tm (left.) Tj ET",
            "Names left.\n",
        ),
        (
            "turned over",
            "1 0 0 -1 0 842 cm BT /F1 10 Tf 1 0 0 -1 50 100 Tm (Names) Tj 1 0 0 -1 50 112 Tm (left.) Tj ET",
            "Names left.\n",
        ),
        (
            "paragraphs",
            "BT /F1 10 Tf 12 TL 50 700 Td (One) Tj T* (goes on.) Tj 0 -24 Td (Two.) Tj T* (And more.) Tj ET",
            "One goes on.\n\nTwo. And more.\n",
        ),
        (
            "a table",
            "BT /F1 10 Tf 50 700 Td (Monday) Tj 150 0 Td (shut) Tj -150 -12 Td (Tuesday) Tj 150 0 Td (open) Tj ET",
            "Monday\tshut\n\nTuesday\topen\n",
        ),
        ("letters", "BT /F1 10 Tf 50 700 Td (caf\\351 \\223so\\224 \\(a\\)) Tj ET", "café “so” (a)\n"),
        ("hexadecimal", "BT /F1 10 Tf 50 700 Td <4E616D6573> Tj ET", "Names\n"),
        (
            "an inline image",
            "BT /F1 10 Tf 50 700 Td (Names) Tj ET BI /W 1 /H 1 ID \u{1}(x EI BT /F1 10 Tf 50 688 Td (left.) Tj ET",
            "Names left.\n",
        ),
        (
            "an artifact",
            "/Artifact BMC BT /F1 8 Tf 50 20 Td (page 1) Tj ET EMC BT /F1 10 Tf 50 700 Td (Names.) Tj ET",
            "Names.\n\u{c}page 1\n",
        ),
    ] {
        assert_eq!(layer(&pages(&[content], HELVETICA)), text, "{name}");
    }
}

#[test]
fn fonts_say_what_their_codes_mean() {
    let show = "BT /F1 10 Tf 50 700 Td <01020003> Tj ET";
    let map = "begincmap 1 begincodespacerange <00> <FF> endcodespacerange 3 beginbfchar <01> <0046> <02> <00660069> <03> <002E> endbfchar endcmap";
    let wide = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0102> <0102> <0058> endbfrange 1 beginbfchar <0003> <0079> endbfchar endcmap";
    let font = |text: &str| text.to_owned();
    for (name, table, dictionary, text) in [
        (
            "its own table",
            map,
            font("<< /Type /Font /Subtype /TrueType /ToUnicode 6 0 R /Encoding /WinAnsiEncoding >>"),
            "Ffi.\n",
        ),
        (
            "two bytes",
            wide,
            font(
                "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R /DescendantFonts [<< /DW 500 /W [1 [600 700] 3 9 400] >>] >>",
            ),
            "Xy\n",
        ),
        (
            "names",
            map,
            font(
                "<< /Type /Font /Subtype /Type1 /FirstChar 1 /Widths [500 500 300] /Encoding << /Differences [1 /A /fi /period] >> >>",
            ),
            "Afi.\n",
        ),
    ] {
        let objects = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>".to_vec(),
            dictionary.into_bytes(),
            b"<< /Type /Page /Parent 2 0 R /Contents [5 0 R] /Resources << /Font << /F1 3 0 R >> >> >>"
                .to_vec(),
            stream("", show.as_bytes()),
            stream("", table.as_bytes()),
        ];
        assert_eq!(layer(&pdf(&objects)), text, "{name}");
    }
}

#[test]
fn forms_packed_objects_and_later_versions_are_read() {
    let within = "<< /Type /Pages /Count 1 /Kids [5 0 R] >> << /Type /Page /Parent 2 0 R /Contents 6 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /X 8 0 R >> >> >>";
    let second = within.find("<< /Type /Page ").unwrap();
    let head = format!("2 0 5 {second} ");
    let packed_objects = packed(format!("{head}{within}").as_bytes());
    let mut file = pdf(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"null".to_vec(),
        HELVETICA.as_bytes().to_vec(),
        stream(&format!("/Type /ObjStm /N 2 /First {} /Filter [/FlateDecode]", head.len()), &packed_objects),
        b"null".to_vec(),
        stream("", b"BT /F1 10 Tf 50 700 Td (Old.) Tj ET"),
        b"null".to_vec(),
        stream(
            "/Type /XObject /Subtype /Form /Matrix [1 0 0 1 50 100] /Resources << /Font << /F1 3 0 R >> >>",
            b"BT /F1 10 Tf (In a form.) Tj ET",
        ),
    ]);
    // An object of the same number that stands later in the file is the later version, also where it is null.
    assert!(matches!(Given::all(&file).unwrap_err(), ReadError::Pdf(_)), "5 is null where it stands last");
    let text = file.windows(13).position(|part| part == b"5 0 obj\nnull\n").unwrap();
    file[text] = b'7';
    file.extend(b"\n6 0 obj\n<< /Length 60 >>\nstream\nBT /F1 10 Tf 50 700 Td (New.) Tj ET /X Do\nendstream\nendobj\n");
    assert_eq!(layer(&file), "New.\n\nIn a form.\n");
}

/// The report as a person would print it: lines of at most 90 letters, pages of 50 lines with a head and a
/// number.
fn printed(report: &str) -> Vec<u8> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in report.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() > 90 {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
        lines.push(String::new());
    }
    let contents: Vec<String> = lines
        .chunks(50)
        .enumerate()
        .map(|(page, lines)| {
            let mut content = format!(
                "BT /F1 8 Tf 50 810 Td (Incident report) Tj ET BT /F1 8 Tf 500 20 Td (page {}) Tj ET\n",
                page + 1
            );
            for (nth, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
                let shown: String = line
                    .chars()
                    .flat_map(|letter| {
                        let code = match letter {
                            '’' => 0x92,
                            '‘' => 0x91,
                            '“' => 0x93,
                            '”' => 0x94,
                            '–' => 0x96,
                            '—' => 0x97,
                            '…' => 0x85,
                            '•' => 0x95,
                            letter if u32::from(letter) < 256 => u32::from(letter),
                            letter => panic!("{letter}"),
                        };
                        format!("{code:02X}").chars().collect::<Vec<_>>()
                    })
                    .collect();
                writeln!(content, "BT /F1 10 Tf 50 {} Td <{shown}> Tj ET", 780 - nth * 14).unwrap();
            }
            content
        })
        .collect();
    pages(&contents.iter().map(String::as_str).collect::<Vec<_>>(), HELVETICA)
}

/// What a report says, without where.
fn says(intel: &Intel) -> Vec<String> {
    let mut says = Vec::new();
    for claim in &intel.techniques {
        says.push(format!("technique {} {:?}", claim.id, claim.status));
    }
    for number in &intel.numbers {
        says.push(format!("number {:?} {} {:?}", number.value, number.unit, number.role));
    }
    for class in &intel.data_classes_exposed {
        says.push(format!("exposed {}", class.class.word()));
    }
    for class in &intel.data_classes_not_exposed {
        says.push(format!("not exposed {}", class.class.word()));
    }
    says.extend(intel.owasp.iter().chain(&intel.d3fend).map(|claim| claim.id.clone()));
    says.extend(intel.errata.iter().map(|erratum| erratum.message.clone()));
    says
}

#[test]
fn the_founding_report_says_as_a_pdf_what_it_says_as_text() {
    let founding = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reports/phone-preorder-leak.txt");
    let Ok(report) = std::fs::read_to_string(founding) else {
        eprintln!("LEFT OUT: no founding report at {founding}");
        return;
    };
    let bytes = printed(&report);
    let given = Given::all(&bytes).unwrap();
    let of_pdf = understand_given(&given, "report.pdf").unwrap();
    let of_text = understand(report.as_bytes(), "report.txt").unwrap();
    assert_eq!(says(&of_pdf), says(&of_text));
    let layer = of_pdf.source.text_layer.as_ref().unwrap();
    assert_eq!(layer.bytes, given.body().len());
    assert_eq!(of_pdf.source.bytes, bytes.len());
    // Every place leads to its words in the layer.
    for statement in &of_pdf.statements {
        let there = std::str::from_utf8(&given.body()[statement.span.start..statement.span.end]).unwrap();
        let word = statement.text.split_whitespace().next().unwrap();
        assert!(there.starts_with(word), "{word}: {there}");
    }
    assert!(of_pdf.dropped.iter().any(|dropped| {
        String::from_utf8_lossy(&given.body()[dropped.span.start..dropped.span.end]).contains("page 1")
    }));
}

#[test]
fn what_cannot_be_read_is_a_clear_error_with_help() {
    let text = "BT /F1 10 Tf 50 700 Td (Names) Tj ET";
    let whole = pages(&[text], HELVETICA);
    let with = |from: &str, to: &str| {
        let at = whole.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        [&whole[..at], to.as_bytes(), &whole[at + from.len()..]].concat()
    };
    let nameless = "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [] >>";
    let mut long = whole.clone();
    long.resize(intel::REPORT_BYTES_MAX + 1, b' ');
    for (name, bytes, fault, word) in [
        ("encrypted", with("/Root 1 0 R", "/Root 1 0 R /Encrypt 9 0 R"), PdfFault::Encrypted, "encrypted"),
        ("pictures", pages(&["q 100 0 0 100 0 0 cm /I Do Q"; 3], HELVETICA), PdfFault::NoText(3), "ocrmypdf"),
        ("no letters", pages(&[text], nameless), PdfFault::NoMeaning, "pdftotext"),
        ("nothing", b"%PDF-1.7\n".to_vec(), PdfFault::Broken, "pdftotext"),
        (
            "rubbish",
            b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 1 0 R >>".to_vec(),
            PdfFault::Broken,
            "broken",
        ),
        ("long", long, PdfFault::TooLong, "16 MiB"),
        (
            "another filter",
            with("/FlateDecode", "/LZWDecode"),
            PdfFault::Filter("LZWDecode".to_owned()),
            "LZWDecode",
        ),
    ] {
        let error = understand(&bytes, "report.pdf").unwrap_err();
        assert_eq!(error, ReadError::Pdf(fault), "{name}");
        assert!(
            error.to_string().contains("= help: ") && error.to_string().contains(word),
            "{name}: {error}"
        );
    }
    // Cut off anywhere, or with a table of places that lies: read as far as it goes, or refused.
    for end in 0..whole.len() {
        let _ = understand(&whole[..end], "report.pdf");
    }
    assert_eq!(layer(&with("startxref\n", "startxref\n9")), "Names\n");
}

#[test]
fn pages_that_are_too_much_are_counted_and_never_called_all() {
    // Each page unpacks the same megabyte again.
    let content = "BT /F1 10 Tf 50 700 Td (Names left.) Tj ET\n".to_owned() + &" ".repeat(1024 * 1024);
    let kids: Vec<String> = (6..106).map(|nth| format!("{nth} 0 R")).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Resources << /Font << /F1 3 0 R >> >> >>", kids.join(" "))
            .into_bytes(),
        HELVETICA.as_bytes().to_vec(),
        stream("/Filter /FlateDecode", &packed(content.as_bytes())),
        b"null".to_vec(),
    ];
    objects.extend((6..106).map(|_| b"<< /Type /Page /Contents 4 0 R >>".to_vec()));
    let intel = understand(&pdf(&objects), "report.pdf").unwrap();
    let layer = intel.source.text_layer.clone().unwrap();
    assert!((60..80).contains(&layer.pages_unread), "{layer:?}");
    let told = format!("not all of it: {} pages were not read, or not to their end", layer.pages_unread);
    assert!(intel.how_much_was_read().starts_with(&told), "{}", intel.how_much_was_read());
}

#[test]
fn a_file_that_was_made_to_cost_costs_little() {
    let bomb = packed(&vec![b' '; 40 * 1024 * 1024]);
    let many = {
        let mut objects = vec![b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), b"null".to_vec()];
        objects.extend((0..60).map(|_| {
            stream("/Type /ObjStm /N 0 /First 0 /Filter /FlateDecode", &packed(&vec![b' '; 4 * 1024 * 1024]))
        }));
        pdf(&objects)
    };
    let itself = {
        let within = "/X Do ".repeat(1_000);
        pdf(&[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Kids [3 0 R 3 0 R 2 0 R] >>".to_vec(),
            b"<< /Type /Page /Contents 4 0 R /Resources << /XObject << /X 4 0 R >> >> >>".to_vec(),
            stream("/Subtype /Form", within.as_bytes()),
        ])
    };
    let map = "1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange";
    let meaning = pdf(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [4 0 R] >>".to_vec(),
        b"<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R /DescendantFonts [<< /W [0 4294967295 500 0 4294967295 500] >>] >>".to_vec(),
        b"<< /Type /Page /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>".to_vec(),
        stream("", b"BT /F1 10 Tf 50 700 Td <00200021> Tj ET"),
        stream("", map.as_bytes()),
    ]);
    let one_object = {
        // A table with a hundred thousand entries that all lead to one large object.
        let large = format!("[{}]", "1 ".repeat(50_000));
        let mut file = pdf(&[b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), large.into_bytes()]);
        file.extend(b"xref\n0 100000\n");
        file.extend(b"0000000058 00000 n \n".repeat(100_000));
        file
    };
    for (name, bytes) in [
        (
            "a page that unpacks to 40 MiB",
            pdf(&[
                b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                b"<< /Type /Pages /Kids [3 0 R] >>".to_vec(),
                b"<< /Type /Page /Contents 4 0 R >>".to_vec(),
                stream("/Filter /FlateDecode", &bomb),
            ]),
        ),
        ("packed objects of 240 MiB", many),
        ("a form that uses itself, pages that have themselves", itself),
        ("a font with four thousand million letters", meaning),
        ("a table of lies", one_object),
        ("brackets", [b"%PDF-1.7\n1 0 obj ".to_vec(), b"[".repeat(1_000_000)].concat()),
        ("parentheses", [b"%PDF-1.7\n".to_vec(), b"1 0 obj (".repeat(200_000)].concat()),
        ("objects", [b"%PDF-1.7\n".to_vec(), b"1 0 obj<<>>stream\n".repeat(200_000)].concat()),
        ("dictionaries", [b"%PDF-1.7\n".to_vec(), b"1 0 obj<</A ".repeat(200_000)].concat()),
        (
            "streams",
            [b"%PDF-1.7\n".to_vec(), b"1 0 obj<</Length 9>>stream\nendstream\n".repeat(100_000)].concat(),
        ),
    ] {
        let start = Instant::now();
        let read = understand(&bytes, "report.pdf");
        let spent = start.elapsed();
        assert!(spent < Duration::from_secs(60), "{name}: {spent:?}");
        let fault = match name {
            "a page that unpacks to 40 MiB"
            | "packed objects of 240 MiB"
            | "a form that uses itself, pages that have themselves" => Some(PdfFault::TooMuch),
            "a font with four thousand million letters" => None,
            _ => Some(PdfFault::Broken),
        };
        assert_eq!(read.err(), fault.map(ReadError::Pdf), "{name}");
        eprintln!("{name}: {spent:?}");
    }
}

#[test]
fn a_file_with_any_bytes_changed_is_read_or_refused_and_every_place_lies_in_its_text() {
    let seed = pages(
        &["BT /F1 10 Tf 12 TL 50 700 Td (An attacker took 5,000 records) Tj T* [(from the) -300 (API.)] TJ ET";
            2],
        HELVETICA,
    );
    let plain: Vec<u8> = seed.clone();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let words: [&[u8]; 12] = [
        b"<<",
        b">>",
        b"[",
        b"]",
        b"(",
        b"endobj",
        b"stream",
        b"endstream",
        b"1 0 R",
        b"/Kids",
        b"-99999999999",
        b"BI ID EI",
    ];
    let mut read = 0;
    for _ in 0..1_500 {
        let mut bytes = plain.clone();
        for _ in 0..=next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = u8::try_from(next(256)).unwrap(),
                1 => drop(bytes.drain(at..(at + next(40)).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, words[next(words.len())].iter().copied())),
                _ => {
                    let piece = bytes[at..(at + next(200)).min(bytes.len())].to_vec();
                    let to = next(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        let Ok(given) = Given::all(&bytes) else { continue };
        let Ok(intel) = understand_given(&given, "x.pdf") else { continue };
        read += 1;
        for span in
            intel.statements.iter().map(|one| one.span).chain(intel.dropped.iter().map(|one| one.span))
        {
            assert!(span.start < span.end && span.end <= given.body().len(), "{span:?}");
        }
    }
    assert!(read > 300, "{read} of 1,500 are still read");
}
