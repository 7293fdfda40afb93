//! The words of field names in ten languages, each with what it stands for.
//!
//! Words are folded: lower case, without accents (`straße` is `strasse`, `käufer` is `kaufer`; a key
//! written `kaeufer` finds it too). [`crate::key`] puts words together; this file only lists them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What one word of a field name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Email,
    Phone,
    Fax,
    Name,
    First,
    Last,
    /// `full`: only beside `name`.
    Whole,
    FullName,
    FirstName,
    LastName,
    Street,
    Address,
    Line,
    PostCode,
    /// `post`, `postal`, `zip` as half of a compound.
    Post,
    City,
    Birth,
    Birthday,
    Place,
    Person,
    Thing,
    Business,
    /// A word that only things have: price, stock, currency.
    Signal,
    Id,
    Number,
    Password,
    Pin,
    Secret,
    Api,
    Key,
    Private,
    Recovery,
    Code,
    Security,
    Social,
    Answer,
    Token,
    Session,
    Government,
    National,
    /// Of a person where a number follows: `insurance_no`.
    Insurance,
    Tax,
    License,
    Driver,
    Card,
    Credit,
    Bank,
    Iban,
    Account,
    Wrapper,
    Facet,
    /// Says that the key tells something *about* a value: `verified`, `count`, `type`.
    About,
    Time,
    Plain,
    /// `value`, `text`, `number`: takes the meaning of what it stands in.
    Generic,
    Type,
    Columns,
    /// A person who did something to the record, not the one it is about.
    Actor,
    /// `ip`, `mac`, `web`: makes an address or a name a technical one.
    Technical,
    /// `page`, `csrf`, `device`: makes a token one that opens nothing.
    Harmless,
    /// A word that is not listed.
    Unlisted,
}

/// The meaning of `word`, and for persons and things the singular.
pub(crate) fn term(word: &str) -> Option<(Term, &'static str)> {
    if let Some(found) = LEXICON.get(word) {
        return Some(*found);
    }
    if !(word.contains("ae") || word.contains("oe") || word.contains("ue")) {
        return None;
    }
    let without = word.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    LEXICON.get(without.as_str()).copied()
}

static LEXICON: LazyLock<HashMap<&'static str, (Term, &'static str)>> = LazyLock::new(|| {
    let mut all = HashMap::with_capacity(2048);
    for (term, words) in WORDS {
        for word in words.split_ascii_whitespace() {
            all.entry(word).or_insert((*term, word));
        }
    }
    for (term, families) in FAMILIES {
        for family in families.split('|') {
            let mut words = family.split_ascii_whitespace();
            let Some(singular) = words.next() else { continue };
            for word in std::iter::once(singular).chain(words) {
                all.entry(word).or_insert((*term, singular));
            }
        }
    }
    all
});

/// Single words. Where two lines hold the same word, the first counts.
const WORDS: &[(Term, &str)] = &[
    (
        Term::Email,
        "email emails mail mails mailto emailaddress mailaddress emailadresse mailadresse epost courriel \
         courriels correo correos correoelectronico eadresse emailadres posta mailbox smtp eposta epostaadresi メール メールアドレス 電子メール",
    ),
    (
        Term::Phone,
        "phone phones tel telephone telephones telefon telefone telefono telefonos telefoni telefoon mobile \
         mobil mobilfunk cell cellphone cellular handy rufnummer telefonnummer mobilnummer handynummer \
         telefoonnummer portable gsm celular celulares movil moviles cellulare telemovel whatsapp msisdn \
         festnetz fernsprecher fon fono tlf tfno mobiel sms signal landline phonenumber mobilenumber \
         telefonu ceptelefonu 電話 電話番号 携帯 携帯電話 携帯番号 携帯電話番号",
    ),
    (Term::Fax, "fax telefax faksimile"),
    (
        Term::FirstName,
        "firstname givenname forename vorname vornamen rufname prenom prenoms voornaam voornamen roepnaam fname",
    ),
    (
        Term::LastName,
        "lastname surname familyname nachname nachnamen familienname zuname nomfamille apellido apellidos \
         cognome sobrenome apelido achternaam lname maidenname geburtsname middlename \
         soyad soyadi soyisim 姓 苗字",
    ),
    (
        Term::FullName,
        "fullname realname personname ansprechpartner cardholder cardholdername kontoinhaber karteninhaber completename \
         adsoyad adisoyadi 氏名 姓名 お名前 フリガナ ふりがな",
    ),
    (Term::Name, "name names naam namen nom noms nome nomes nombre nombres isim isimler adi 名前 名"),
    (Term::First, "first given fore christian primer primero premier"),
    (Term::Last, "last family middle maiden segundo famille"),
    (
        Term::Whole,
        "full complete preferred vollstandiger vollstandig vollname complet completo completa volledige real",
    ),
    (
        Term::Street,
        "street strasse streetname streetaddress strassenname rue calle rua straat straatnaam addressline addressline1 addr1 address1 logradouro sokak cadde 番地",
    ),
    (
        Term::Address,
        "address addresses addr adresse adressen adresses adres adressen anschrift anschriften wohnadresse \
         lieferadresse rechnungsadresse lieferanschrift rechnungsanschrift direccion direcciones domicilio \
         indirizzo indirizzi endereco enderecos morada residence wohnsitz adresi 住所",
    ),
    (Term::Line, "line lines zeile ligne linea linha regel formatted"),
    (
        Term::PostCode,
        "zip zipcode postcode postalcode plz postleitzahl codepostal codigopostal cap cep postcodes postakodu 郵便番号",
    ),
    (Term::Post, "postal post"),
    (
        Term::City,
        "city town ort wohnort stadt ville ciudad citta cidade plaats woonplaats localidad locality stad gemeente gemeinde comune localita poblacion municipio sehir ilce 市区町村",
    ),
    (
        Term::Birthday,
        "birthday birthdate dob geburtsdatum geburtstag geboortedatum naissance nacimiento nascita nascimento \
         datenaissance fechanacimiento datanascita datanascimento dateofbirth birthdt verjaardag compleanno \
         cumpleanos anniversaire geboren gebdat gebdatum dogumtarihi 生年月日 誕生日",
    ),
    (Term::Birth, "birth born geburt geburts geboorte dogum"),
    (
        Term::Place,
        "place lieu luogo lugar country land state region geburtsort geburtsland geboorteplaats yeri",
    ),
    (
        Term::Password,
        "password passwd pwd passe passphrase passwort kennwort motdepasse motpasse contrasena contrasenia senha wachtwoord parola passwordhash pwhash sifre パスワード",
    ),
    (Term::Pin, "pin pincode puk"),
    (Term::Secret, "secret secrets geheimnis mnemonic"),
    (Term::Api, "api"),
    (Term::Private, "private"),
    (Term::Recovery, "recovery backup seed"),
    (Term::Code, "code codes codigo codice kod kodu"),
    (Term::Security, "security sicherheits securite seguridad"),
    (Term::Social, "social sociale sozial"),
    (Term::Answer, "answer antwort reponse respuesta"),
    (
        Term::Token,
        "token tokens jwt bearer accesstoken refreshtoken idtoken authtoken sessiontoken jeton zugangstoken",
    ),
    (
        Term::Session,
        "session sessions sessionid sid sitzung sesion sessione sessao sessie jsessionid phpsessid",
    ),
    (
        Term::Government,
        "ssn passport passports passportnumber passportno reisepass passnummer pasaporte passaporto passaporte \
         paspoort passeport personalausweis ausweis ausweisnummer ausweisnr nir nino dni nie nif curp rfc cpf bsn \
         burgerservicenummer aadhaar aadhar pesel personnummer fodselsnummer cpr hetu cnp egn oib jmbg rijksregisternummer \
         codicefiscale steuerid steuernummer steueridentifikationsnummer idnr sozialversicherungsnummer svnr svnummer \
         ahvnummer ahv nss insee rodnecislo amka medicare nationalid idcard fuhrerscheinnummer fuhrerschein sin itin \
         cedula rut krankenversichertennummer kvnr ssnr taxid versicherungsnummer \
         versichertennummer krankenversicherungsnummer nhsnumber tckn tckimlik tckimlikno kimlikno マイナンバー 個人番号 \
         被保険者番号 保険証番号 旅券番号",
    ),
    (Term::National, "national nationale nacional identity identite identidad kimlik"),
    (
        Term::Insurance,
        "insurance assurance seguro assicurazione verzekering sigorta versicherung versicherungs",
    ),
    (Term::Tax, "tax steuer fiscal fiscale impot vergi"),
    (Term::License, "license licence permis licencia patente"),
    (Term::Driver, "driving conduire conducir"),
    (
        Term::Iban,
        "iban ibans pan cardnumber cardno ccnumber ccnum kreditkartennummer kartennummer kontonummer creditcard kreditkarte creditcardnumber cvv cvc cvv2 accountnumber rekeningnummer",
    ),
    (Term::Card, "card karte carte tarjeta carta cartao kaart"),
    (Term::Credit, "credit debit cc kredit"),
    (Term::Bank, "bank konto banque banco banca rekening bankverbindung"),
    (Term::Account, "account accounts"),
    (
        Term::Id,
        "id uid uuid guid ids oid pk rowid objectid identifier kennung identifiant identificador identificativo ident",
    ),
    (
        Term::Number,
        "number no nr num nummer numero nro numeros ref reference referenz referencia zahl numara numarasi 番号",
    ),
    (Term::Key, "key keys schlussel slug hash digest sha256 md5 checksum etag"),
    (
        Term::Wrapper,
        "data result results item items row rows record records list entries entry content contents value values \
         node nodes edge edges hits hit source embedded included response payload body object objects page pages \
         collection elements element resources resource set daten ergebnis ergebnisse liste eintrage donnees \
         resultat resultats datos resultado resultados dati risultati dados gegevens resultaten lijst output matches \
         match methods all documents docs doc get root rs d attributes properties rowset resultset dataset",
    ),
    (
        Term::Facet,
        "contact contacts contactinfo contactdetails kontakt kontakte kontaktdaten contacto contatto contato contactos \
         details detail info infos information profile profil perfil profilo profiel personal personalia personaldata \
         stammdaten personendaten demographics communication kommunikation communications telecom identification \
         billing shipping delivery payment payments bankdetails zahlung livraison facturation envio entrega levering \
         credentials login auth meta metadata coordonnees basics bio about home work extra custom \
         attrs props zustellung versand",
    ),
    (Term::Type, "type typename kind class "),
    (Term::Columns, "columns headers header cols fields spalten fieldnames columnnames colnames"),
    (
        Term::About,
        "verified confirmed valid validated count counts template status opt optin consent enabled enable \
         disabled active subscribed domain hint reset expired expires expiry changed updated required policy strength \
         length format pattern label url link image icon locale language lang zone visible hidden public \
         preference preferences notifications notification sent bounced provider model brand os extension prefix \
         exists available min max flag version method mode score rate rating attempts \
         subject schema regex placeholder error errors message messages masked",
    ),
    (
        Term::Time,
        "time date datum at on ts timestamp created modified updatedat createdat deletedat datetime fecha zeit \
         zeitpunkt erstellt geandert year month day hour minute second seconds ms millis duration since until start end \
         expiresat issued iat exp nbf tarih tarihi",
    ),
    (
        Term::Plain,
        "uri href self next prev previous latitude longitude lat lng lon coordinates geo geometry offset limit \
         size width height color colour username user0name filename hostname nickname screenname avatar photo \
         picture thumbnail path file mime mimetype encoding charset isbn ean gtin upc asin barcode imei iccid \
         serial tracking trackingnumber seriennummer iso commit revision build release vin plate \
         signature nonce salt cursor description beschreibung benutzername",
    ),
    (
        Term::Generic,
        "val text display raw e164 formattedvalue canonical international wert valor valeur valore waarde primary secondary main",
    ),
    (
        Term::Actor,
        "assigned assignee manager supervisor responsible cashier clerk handler approved processed author creator editor approver reviewer assignee moderator agent rep operator by autor auteur autore \
         verfasser uploader committer reporter",
    ),
    (
        Term::Technical,
        "ip ipv4 ipv6 mac web website host server wallet contract memory network dns blockchain db database \
         table column field folder bucket queue topic app application plugin package module function \
         ",
    ),
    (
        Term::Harmless,
        "csrf xsrf nextpage continuation continue device push fcm apns sync pagination anti form \
         verification captcha recaptcha",
    ),
];

/// Families of one noun: the singular first. `|` parts the families.
const FAMILIES: &[(Term, &str)] = &[
    (
        Term::Person,
        "customer customers|client clients|user users me|member members|person persons people|patient patients patienten|\
         employee employees|guest guests|buyer buyers|recipient recipients|passenger passengers|subscriber subscribers|\
         owner owners|holder holders|student students|pupil pupils|teacher teachers|visitor visitors|\
         applicant applicants|candidate candidates|resident residents|donor donors|attendee attendees|\
         participant participants|driver drivers|beneficiary beneficiaries|payer payers|payee payees|consumer consumers|\
         shopper shoppers|lead leads|prospect prospects|borrower borrowers|insured|policyholder policyholders|\
         me|staff|caller callers|citizen citizens|voter voters|traveller travellers traveler travelers|\
         kunde kunden kundin kundinnen|benutzer nutzer anwender|mitglied mitglieder|mitarbeiter mitarbeiterin|\
         gast gaste gasten|empfanger empfangerin|besteller|kaufer kauferin|teilnehmer teilnehmerin|bewohner|mieter|\
         versicherter versicherte versicherten|schuler|inhaber|abonnent abonnenten|auftraggeber|personen|angestellter angestellte|\
         utilisateur utilisateurs|membre membres|employe employes|invite invites|personne personnes|\
         destinataire destinataires|acheteur acheteurs|proprietaire proprietaires|abonne abonnes|\
         cliente clientes clienti|usuario usuarios|miembro miembros|paciente pacientes|empleado empleados|persona personas|\
         destinatario destinatarios destinatari|comprador compradores|propietario propietarios|huesped huespedes|\
         utente utenti|membro membri membros|paziente pazienti|dipendente dipendenti|acquirente acquirenti|\
         proprietario proprietari proprietarios|utilizador utilizadores|funcionario funcionarios|pessoa pessoas|\
         klant klanten|gebruiker gebruikers|lid leden|medewerker medewerkers|persoon|ontvanger ontvangers|\
         koper kopers|eigenaar eigenaars eigenaren|deelnemer deelnemers|\
         musteri musteriler|kullanici kullanicilar|hastalar|uye uyeler|calisan calisanlar|ogrenci ogrenciler|\
         顧客|利用者|会員|患者|社員|従業員|お客様|ユーザー",
    ),
    (
        Term::Thing,
        "order orders|invoice invoices|product products|article articles|ticket tickets|booking bookings|\
         reservation reservations|shipment shipments|subscription subscriptions|\
         comment comments|review reviews|device devices|event events|log logs|\
         transaction transactions|basket baskets|cart carts|offer offers|quote quotes|job jobs|project projects|\
         task tasks|category categories|preorder preorders|return returns|refund refunds|parcel parcels|claim claims|\
         case cases|contracts|appointment appointments|visit visits|call calls|note notes|\
         bestellung bestellungen bestell|rechnung rechnungen rechnungs|produkt produkte|artikel|auftrag auftrage auftrags|vorgang vorgange|\
         buchung buchungen|sendung sendungen|vertrag vertrage|termin termine|vorbestellung vorbestellungen|\
         commande commandes|facture factures|produit produits|pedido pedidos|factura facturas|producto productos|\
         ordine ordini|fattura fatture|prodotto prodotti|encomenda encomendas|fatura faturas|produto produtos|\
         bestelling bestellingen|factuur facturen|reserva reservas|prenotazione prenotazioni|boeking boekingen",
    ),
    (
        Term::Business,
        "company companies|organisation organisations organization organizations org orgs|store stores|shop shops|\
         branch branches|seller sellers|vendor vendors|merchant merchants|supplier suppliers|manufacturer manufacturers|\
         dealer dealers|firm firms|hotel hotels|restaurant restaurants|warehouse warehouses|location locations|\
         venue venues|office offices|department departments|support|service services|hotline hotlines|helpline|\
         helpdesk|business businesses|press|sales|noreply|publisher publishers|partner partners|tenant tenants|\
         firma firmen|unternehmen|filiale filialen|handler|verkaufer|geschaft geschafte|kundenservice|kundendienst|\
         lieferant lieferanten|hersteller|markt markte|entreprise entreprises|magasin magasins|vendeur vendeurs|\
         fournisseur fournisseurs|empresa empresas|tienda tiendas|vendedor vendedores|proveedor proveedores|\
         azienda aziende|negozio negozi|venditore venditori|fornitore fornitori|loja lojas|fornecedor fornecedores|\
         bedrijf bedrijven|winkel winkels|verkoper verkopers|leverancier leveranciers|impressum|imprint",
    ),
    (
        Term::Signal,
        "price prices|total totals|subtotal|amount amounts|sku skus|quantity quantities qty|currency|stock|discount|\
         weight|betrag|preis preise|summe|menge|wahrung|prix|montant|quantite|precio precios|importe|cantidad|\
         prezzo prezzi|importo|quantita|preco precos|quantidade|prijs prijzen|aantal|bedrag|vat|mwst|gross|net|brutto|netto|\
         margin|cost costs|fee fees|rating ratings|variant variants|basketvalue|umsatz|gesamt|gesamtsumme",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_are_found_in_both_spellings_and_families_share_their_singular() {
        for (word, expected) in [
            ("kaeufer", Some((Term::Person, "kaufer"))),
            ("kaufer", Some((Term::Person, "kaufer"))),
            ("kunden", Some((Term::Person, "kunde"))),
            ("people", Some((Term::Person, "person"))),
            ("usuarios", Some((Term::Person, "usuario"))),
            ("value", Some((Term::Wrapper, "value"))),
            ("xylophone", None),
            ("", None),
        ] {
            assert_eq!(term(word), expected, "{word}");
        }
    }
}
