//! Word lists of the synthetic people: names, streets, cities, and numbers that ring nowhere.
//!
//! Telephone numbers come from ranges that regulators keep for film and print: Ofcom's numbers for
//! drama (+44), the Bundesnetzagentur's (+49), and 555-0100 to 555-0199 in North America (+1).

/// Given names, several languages, some with letters beyond ASCII.
pub(crate) const GIVEN: &[&str] = &[
    "Anna", "Ben", "Clara", "David", "Elif", "Fatima", "Georg", "Hannah", "Igor", "Jana", "Karim", "Lena",
    "Mateo", "Nadia", "Oskar", "Paula", "Quentin", "Rosa", "Samir", "Tessa", "Umar", "Vera", "Wanda",
    "Xavier", "Yusuf", "Zoe", "Jürgen", "Zoë", "René", "Łucja", "Søren", "Begoña", "André", "Chloé", "Dörte",
    "Ewan", "Freya", "Gareth", "Helga", "Imran", "Joanna", "Kwame", "Liam", "Maeve", "Niamh", "Owen",
    "Priya", "Rhys", "Siobhan", "Tomasz", "Ursula", "Viktor", "William", "Yara", "Aisha", "Bruno", "Cecilia",
    "Dmitri", "Esther", "Farah", "Greta", "Hugo", "Ines", "Jonas",
];

/// Family names.
pub(crate) const FAMILY: &[&str] = &[
    "Abbott",
    "Bauer",
    "Carter",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Hughes",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lambert",
    "Müller",
    "Novak",
    "O'Brien",
    "Petrov",
    "Quinn",
    "Rossi",
    "Schäfer",
    "Taylor",
    "Ueda",
    "Vogel",
    "Walsh",
    "Xu",
    "Yilmaz",
    "Zimmermann",
    "Okafor",
    "Andersson",
    "Beaumont",
    "Castillo",
    "Dietrich",
    "Ekström",
    "Ferrari",
    "Größer",
    "Hartmann",
    "Ibrahim",
    "Jørgensen",
    "Keller",
    "Lindqvist",
    "MacLeod",
    "Nakamura",
    "Oliveira",
    "Pereira",
    "Reid",
    "Sørensen",
    "Thompson",
    "Urban",
    "Valente",
    "Weiß",
    "Young",
    "Zieliński",
    "Achebe",
    "Blackwood",
    "Coleman",
    "Drummond",
    "Engel",
    "Fitzgerald",
    "Graham",
    "Hoffmann",
    "Iglesias",
    "Jensen",
    "Khan",
    "Lefèvre",
    "Moreau",
    "Nguyen",
    "Osborne",
    "Pryce",
    "Richter",
    "Stewart",
    "Tanaka",
    "Ullman",
    "Verhoeven",
    "Whitfield",
    "Yamamoto",
    "Zeller",
    "Bergmann",
    "Chaudhry",
    "Delacroix",
    "Eastwood",
    "Forsyth",
    "Goldberg",
    "Haddad",
    "Ingram",
    "Jovanovic",
    "Krüger",
    "Lombardi",
    "Mitchell",
    "Nilsson",
    "Olsen",
    "Patel",
    "Rahman",
    "Santos",
    "Turner",
    "Usman",
    "Vasquez",
    "Wright",
];

/// What a region writes on an envelope.
pub(crate) struct Region {
    /// Country code (ISO 3166-1 alpha-2).
    pub(crate) country: &'static str,
    /// Street names; German ones carry the house number behind, the others before.
    pub(crate) streets: &'static [&'static str],
    /// Cities with the letters or digits with which their postcodes begin.
    pub(crate) cities: &'static [(&'static str, &'static str)],
}

/// Great Britain.
pub(crate) const BRITAIN: Region = Region {
    country: "GB",
    streets: &[
        "Alder Street",
        "Bridge Road",
        "Church Lane",
        "Dock Street",
        "Elm Avenue",
        "Foundry Lane",
        "Grange Road",
        "Harbour View",
        "Ivy Close",
        "Jubilee Terrace",
        "King Street",
        "Lime Grove",
        "Mill Lane",
        "North Parade",
        "Orchard Way",
        "Park Crescent",
        "Quarry Road",
        "Rosemary Lane",
        "Station Road",
        "Tanner Street",
        "Union Street",
        "Victoria Road",
        "Weaver Row",
        "York Place",
    ],
    cities: &[
        ("London", "SE"),
        ("Leeds", "LS"),
        ("Sheffield", "S"),
        ("Bristol", "BS"),
        ("Birmingham", "B"),
        ("Edinburgh", "EH"),
        ("Glasgow", "G"),
        ("Liverpool", "L"),
        ("Manchester", "M"),
        ("Cardiff", "CF"),
        ("Belfast", "BT"),
        ("Leicester", "LE"),
    ],
};

/// Germany.
pub(crate) const GERMANY: Region = Region {
    country: "DE",
    streets: &[
        "Ahornweg",
        "Bahnhofstraße",
        "Corneliusstraße",
        "Dorfstraße",
        "Eichenallee",
        "Finkenweg",
        "Gartenstraße",
        "Hauptstraße",
        "Im Winkel",
        "Jahnstraße",
        "Kirchgasse",
        "Lindenallee",
        "Marktplatz",
        "Neue Straße",
        "Ostring",
        "Parkstraße",
        "Rosenweg",
        "Schillerstraße",
    ],
    cities: &[
        ("Berlin", "10"),
        ("Frankfurt am Main", "60"),
        ("Hamburg", "20"),
        ("Köln", "50"),
        ("München", "80"),
    ],
};

/// United States.
pub(crate) const STATES: Region = Region {
    country: "US",
    streets: &[
        "Aspen Drive",
        "Birch Street",
        "Cedar Avenue",
        "Dogwood Lane",
        "Evergreen Terrace",
        "Franklin Street",
        "Grove Street",
        "Hickory Road",
        "Juniper Court",
        "Lakeview Drive",
        "Maple Avenue",
        "Oak Street",
        "Pine Street",
        "Ridge Road",
        "Spruce Street",
        "Walnut Street",
    ],
    cities: &[
        ("Springfield, IL", "627"),
        ("Portland, OR", "972"),
        ("Austin, TX", "787"),
        ("Dayton, OH", "454"),
        ("Salem, MA", "019"),
    ],
};

/// Numbers for drama in blocks of one thousand: three digits follow.
pub(crate) const BRITISH_BLOCKS: &[&str] = &[
    "+44 113 496 0",
    "+44 114 496 0",
    "+44 115 496 0",
    "+44 116 496 0",
    "+44 117 496 0",
    "+44 118 496 0",
    "+44 121 496 0",
    "+44 131 496 0",
    "+44 141 496 0",
    "+44 151 496 0",
    "+44 161 496 0",
    "+44 20 7946 0",
    "+44 191 498 0",
    "+44 28 9649 6",
    "+44 29 2018 0",
    "+44 1632 960",
    "+44 7700 900",
];

/// The German ones, likewise.
pub(crate) const GERMAN_BLOCKS: &[&str] =
    &["+49 30 23125 ", "+49 69 90009 ", "+49 40 66969 ", "+49 221 4710 ", "+49 89 99998 "];

/// Area codes in which 555-0100 to 555-0199 are kept free: blocks of one hundred.
pub(crate) const AMERICAN_AREAS: &[u16] = &[
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229,
    231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304,
    305, 307, 308, 309, 310, 312, 313, 314,
];

/// `text` in the letters that an e-mail address of the shop uses: lower-case ASCII.
pub(crate) fn in_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ä' | 'Ä' => out.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' => out.push_str("oe"),
            'ü' | 'Ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'é' | 'è' | 'ë' | 'ê' => out.push('e'),
            'í' => out.push('i'),
            'ñ' | 'ń' => out.push('n'),
            'Ł' | 'ł' => out.push('l'),
            letter if letter.is_ascii_alphanumeric() => out.push(letter.to_ascii_lowercase()),
            _ => {}
        }
    }
    out
}
