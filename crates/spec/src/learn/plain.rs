//! Words of which APIs are made. What is among them names no person and may be shown at once.
//!
//! A fixed list, in the languages in which we have seen APIs: a person whose name stands in it ("page",
//! "price") is told by nothing from a path that has the word for a reason. It holds no path of anybody.

use std::sync::LazyLock;

use super::kind::{WORDS as WITH_DIGITS, is_version};

/// Bytes of the longest listed word.
const LONGEST: usize = 16;

/// Whether `word`, in small letters, is made of plain words of APIs: one, several with separators
/// (`pre-orders`), several run together (`getuserbyid`), a version, each with a file ending or a digit.
///
/// Linear for most words; at most 64 times 16 look-ups for those that are run together.
pub(super) fn is_plain(word: &str) -> bool {
    let stem = match word.rsplit_once('.') {
        Some((stem, ending)) if ENDINGS.binary_search(&ending).is_ok() => stem,
        _ => word,
    };
    let mut parts = stem.split(['-', '_', '.', '~', ':', '$']).filter(|part| !part.is_empty()).peekable();
    is_version(word) || parts.peek().is_some() && parts.all(is_plain_part)
}

fn is_plain_part(part: &str) -> bool {
    let bare = match part.strip_suffix(|last: char| last.is_ascii_digit()) {
        Some(bare) if bare.len() >= 3 => bare,
        _ => part,
    };
    listed(bare) || is_version(part) || WITH_DIGITS.binary_search(&part).is_ok() || runs_together(bare)
}

fn listed(word: &str) -> bool {
    static LIST: LazyLock<Vec<&str>> = LazyLock::new(|| WORDS.split_ascii_whitespace().collect());
    word.len() <= LONGEST && (LIST.binary_search(&word).is_ok() || LITTLE.contains(&word))
}

/// Whether `text` is listed words in a row, one of them at least of four letters: "to" and "my"
/// alone would make a name.
fn runs_together(text: &str) -> bool {
    const MOST: usize = 64;
    if text.len() > MOST || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return false;
    }
    // What ends at each place: nothing, little words only, or a long one among them.
    let mut ends = [None::<bool>; MOST + 1];
    if let Some(start) = ends.first_mut() {
        *start = Some(false);
    }
    for from in 0..text.len() {
        let Some(had_long) = ends.get(from).copied().flatten() else { continue };
        for to in from + 2..=text.len().min(from + LONGEST) {
            let Some(piece) = text.get(from..to) else { continue };
            if (piece.len() >= 3 || LITTLE.contains(&piece))
                && listed(piece)
                && let Some(end) = ends.get_mut(to)
            {
                *end = Some(end.unwrap_or(false) | had_long | (piece.len() >= 4));
            }
        }
    }
    ends.get(text.len()).copied().flatten() == Some(true)
}

/// Words that only join others.
const LITTLE: [&str; 11] = ["and", "by", "for", "from", "id", "in", "of", "on", "per", "to", "with"];

/// Endings of files, without which a name could hide behind a dot.
const ENDINGS: [&str; 34] = [
    "action", "asp", "aspx", "cgi", "css", "csv", "do", "docx", "gif", "gz", "htm", "html", "ico", "jpeg",
    "jpg", "js", "json", "jsp", "map", "md", "mjs", "ndjson", "pdf", "php", "png", "svg", "tsv", "txt",
    "webp", "woff", "xlsx", "xml", "yaml", "zip",
];

/// In the order of the alphabet.
const WORDS: &str = "\
    abmelden abo abonne abonnement abonnements abonnes about absences accept access account accounting \
    accounts achats achievements acquisti action actions activate active activities activity actualites ad \
    add addons address addresses adherents admin administration administrator administrators admins adresse \
    adressen ads advertisements affiliates afspraken agencies agency agenda agent agents aggregate ajustes \
    akte akten alert alerts alias aliases all alumnos analytics anfrage anfragen angebot angebote anmelden \
    anmeldung annonces announcement announcements answer answers antraege antrag api apis app application \
    applications appointment appointments approval approvals approve apps archive archives area areas \
    article articles artikel asset assets assign assignment assignments attachment attachments attempts \
    attendance attendees attributes auction auctions audience audit audits aufgaben auftraege auftrag \
    ausgaben auth authenticate authentication author authorization authorize authors autocomplete \
    availability available avatar avatars avis backend backup backups badge badges balance balances bank \
    banking banner banners barcode base basic basket baskets batch batches benutzer bericht berichte \
    bestand bestelling bestellingen bestellung bestellungen bewertungen bilder billing bills binary block \
    blocked blocks blog blogs board boards book booking bookings bookmarks books boutique branch branches \
    brand brands browse buchung buchungen bucket buckets budget budgets bulk bundle bundles buscar business \
    businesses busqueda button buy buyer buyers cache calculate calendar calendars call callback callbacks \
    calls campaign campaigns cancel candidate candidates capacity captcha card cards care career careers \
    carrello carrier carriers carrito cars cart carts case cases cashback catalog catalogs catalogue \
    catalogues categoria categorias categories category cdn cerca certificate certificates challenge \
    challenges change changelog changes channel channels charge charges chart charts chat chats check \
    checkin checkout checks chercher children choices cita citas cities city claim claims class classes \
    clear click clicks client cliente clientes clienti clients clinic clinics clone close cloud clubs \
    cluster clusters code codes collect collection collections color colors column columns command commande \
    commandes commands comment comments commission communities community companies company compare \
    complaint complaints complete component components compose compras compte comptes conditions config \
    configs configuration confirm confirmation connect connection connections connector connectors \
    connexion console consumer consumers conta contact contacto contactos contacts contas contatti content \
    contents contest context contract contracten contractor contractors contracts contrato contratos \
    contratti contributors control conversation conversations conversion convert cookie cookies copy core \
    correo costs count counter countries country counts coupon coupons courriels course courses coverage \
    create creator creators credential credentials credit credits crew csp css csv cuenta cuentas \
    currencies currency current cursor custom customer customers customize daily dashboard dashboards data \
    database dataset datasets date dateien daten dates day days deactivate deal deals debit debug decline \
    default delete deleted deliveries delivery demo department departments deploy deployment deployments \
    deposit deposits description design destination detail details developer developers device devices \
    diagnostics dictionary diff digest dipendenti direcciones directories directory disable disconnect \
    discount discounts discover discovery discussion discussions dispatch display dispute disputes \
    districts doc docs doctor doctors document documentation documents dokumente domain domains donate \
    donation donations donnees donors dossier dossiers download downloads draft drafts driver drivers \
    duplicate echo edit editor editors education einstellungen element elements email emails embed \
    emergency empleado empleados employee employees employer employers empresa empresas enable encomendas \
    endpoint endpoints engine enquiries enquiry enrollment enrollments enterprise entities entity entregas \
    entreprises entries entry envios environment environments equipment ereignisse error errors estimate \
    estimates event events exam example examples exams exchange exchanges exercises expand expense expenses \
    experience experiments export exports external extra extras facilities facility fact facts factura \
    facturas facture facturen factures failed failures families family faq faqs fares fast fatture faturas \
    favicon favorite favorites favourites feature features feed feedback feeds fees fetch fichiers field \
    fields file files filter filters finance find firmen fleet flight flights floors flow flows folder \
    folders follow followers following font fonts food forecast forgot form format forms formular fornitori \
    forum forums forward fournisseurs frame friend friends front frontend fulfillment full funcionarios \
    function functions fund funds galleries gallery game games gateway gebruiker gebruikers gegevens \
    general generate geraete get gift gifts global goals goods grades graph graphics graphql graphs group \
    groups gruppen guest guestbook guests guide guides haendler handler header headers health healthcheck \
    healthz hello help helper highlights hilfe history holidays home homepage hook hooks hospital hospitals \
    host hosts hotel hotels hour hours house household households html hub icon icons id identifiers \
    identities identity ids image images img impersonate import imports inbox incident incidents include \
    index indirizzi industries info information ingest inicio init initiate inquiries inquiry inscription \
    insert insights inspection install installment installments instance instances institution institutions \
    insurance integration integrations interface internal introspect inventory investment investors \
    invitation invitations invite invites invoice invoices invoke issue issues item items itinerary job \
    jobs join journal journals js json jwks jwt karte karten kasse kategorien key keys keyword keywords \
    klant klanten known kontakt kontakte konten konto kunde kunden lab label labels labs lager landing \
    language languages last latest launch layout lead leaderboard leads league leave leaves leden ledger \
    legacy legal lesson lessons level levels leveringen libraries library licence license licenses \
    lieferanten lieferung lieferungen like likes limit limits line lines link links list lista listing \
    listings lists live livraisons livres loan loans local locale locales locate location locations lock \
    log login logins logo logos logout logs lookup loyalty magazine mail mailbox mailing main maintenance \
    manage management manager managers manifest manual manufacturers map maps market marketing marketplace \
    markets match matches materials me measure measurements measures medewerkers media medical medicine \
    meeting meetings mein meine member members membership memberships membre membres memo memos mensajes \
    menu menus merchant merchants merge message messages messaggi messaging meta metadata meter meters \
    method methods metric metrics migrate migration minimum mitarbeiter mitglied mitglieder mobile mock \
    model models moderate module modules money monitor monitoring month monthly months movement movements \
    movie movies multi music my nachrichten name names navigation nearby negozio network networks new news \
    newsletter newsletters next node nodes non note notes notice notices noticias notification \
    notifications notify number numbers nurses nutzer oauth object objects offer offers office offices \
    official offline old onboarding online open openapi operation operations operators opportunities \
    optimize option options order orders ordine ordini organisation organisations organization \
    organizations origin other otp outbox output overview owner owners pacientes package packages pagamenti \
    pagamentos page pages pago pagos paiement paiements panel panier parameters parcel parcels parent \
    parents parking part participants partner partners parts party passenger passengers passkey password \
    passwords patch path patient patienten patients pause pay payee payees payment payments payout payouts \
    payroll pazienti pedido pedidos pending people perfil period periods permission permissions person \
    persona personal personas personen personnes persons phone phones photo photos picture pictures pin \
    ping pipeline pipelines places plan planning plans platform play player players playlist playlists \
    plugin plugins point points pois policies policy poll polls pool popular portal portals portfolio \
    portfolios position positions post posts pre precios preferences preise premium prenotazioni \
    prescriptions press preview previous price prices pricing print priority privacy private process \
    processes processing prodotti prodotto producers product producten production producto productos \
    products produit produits produkt produkte produto produtos profil profile profiles program programs \
    progress project projects projekte promo promotion promotions properties property proposal proposals \
    proveedores provider providers provision proxy public publication publish publisher publishers pull \
    purchase purchases push qr quality quantity queries query question questionnaire questions queue queues \
    quick quiz quizzes quota quotas quotes random range rank ranking rankings rate rates rating ratings raw \
    read readiness readings ready readyz rebate receipt receipts receive recent recherche rechnung \
    rechnungen recipe recipes recipient recipients recommend recommendations reconcile record recording \
    recordings records recover recovery recruitment redeem redirect reference references referral referrals \
    refresh refund refunds region regions register registration registrations registro registry reject \
    related relations relationship release releases reload remind reminder reminders remote remove \
    rendezvous renew renewal rent rental rentals replace replies reply report reporting reports \
    repositories repository request requests reservas reservation reservations reset resident residents \
    resolve resource resources response responses rest restart restaurant restaurants restore restrictions \
    result results resume retailers retry return returns reverse review reviewers reviews reward rewards \
    ricerca risk risks robots role roles room rooms root route router routes routing row rows rpc rss rule \
    rules run runs salaries sale sales sample samples sandbox save saved savings scan scenario scenarios \
    schedule scheduled schedules schema schemas scheme school schools schueler science scope scopes score \
    scores screen screens script scripts search searches season seat seats section sections sector sectors \
    secure security segment segments seite seiten select self seller sellers send sender senders sendungen \
    sensor sensors sentiment series server servers service services session sessions set settings setup \
    share shared shares sheet sheets shift shifts ship shipment shipments shipping shop shopping shops \
    short shortlinks show shows sign signature signatures signin signout signup simulate single site \
    sitemap sites size sizes skills sku skus slots small smart sms snapshot snapshots soap social software \
    solutions source sources spec specification specifications split sports sql staff stage standard \
    standings start stat state statement statements states static station stations statistics stats status \
    step steps stock stocks stop storage store storefront stores stories story stream streaming streams \
    street strings structure student students studies study style styles stylesheets sub subject subjects \
    submission submissions submit subscribe subscriber subscribers subscription subscriptions suche suchen \
    suggest suggestion suggestions summary supplier suppliers support survey surveys suspend swagger sync \
    system systems table tables tag tags target targets tarife tariff tariffs task tasks tax taxes teacher \
    teachers team teams technical teilnehmer template templates tenant tenants term termin terminal \
    terminals termine terms test testimonials tests text theme themes thread threads threshold thumbnail \
    thumbnails ticket tickets tienda time timeline times timetable timezone timezones titles today todo \
    todos token tokens tool tools top topic topics total totals tour tours track tracking trade traders \
    trades traffic training trainings transaction transactions transcript transfer transfers transform \
    transit translate translation translations transport travel traveler travelers traveller travellers \
    trending trigger triggers trip trips trouble tutorials type types uebersicht umfragen unassign unit \
    units unlock unread unsubscribe unternehmen update updates upgrade upload uploads upstream url urls \
    usage use user username usernames users usuario usuarios utente utenti utilisateur utilisateurs \
    utilities utils vacancies validate validation value values variant variants vehicle vehicles vendor \
    vendors ventas ventes venue venues veranstaltungen verein verification verify version versions \
    vertraege vertrag verwaltung video videos view viewer views visit visitor visitors visits volume \
    volunteers vorgaenge vote votes voucher vouchers wallet wallets warehouse warehouses waren warenkorb \
    warranty watch watchlist weather web webhook webhooks website websites week weekly weeks welcome well \
    whoami widget widgets wiki winkel wishlist wishlists withdraw withdrawal withdrawals work worker \
    workers workflow workflows workspace workspaces world write ws xml yaml year yearly years zahlungen zip \
    zoeken zone zones";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_each_word_stands_once() {
        let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
        assert!(words.is_sorted_by(|a, b| a < b) && ENDINGS.is_sorted());
        let fits = |word: &&str| word.len() <= LONGEST && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(words.iter().all(fits));
    }

    #[test]
    fn words_of_apis_are_told_from_names() {
        for plain in [
            "users",
            "pre-orders",
            "getcustomerbyemailaddress",
            "getuserbyid",
            "v1",
            "v2.1",
            "oauth2",
            "step1",
            "index.html",
            "kunden.xml",
            ".well-known",
            "$metadata",
            "items:batchget",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for name in [
            "anna",
            "anna-schmidt",
            "anna.schmidt",
            "annaschmidt",
            "schmidt",
            "tomy",
            "logan",
            "mario",
            "ada.json",
            "mueller-orders",
            "annas-page",
            "",
            "-",
            "orders-anna",
            "orders.anna",
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
