//! What numbers say, sentence by sentence: the value, what is counted, and what that tells.
//!
//! Each sentence stands in a story that makes it one of an incident and that has no number of its own.
#![allow(clippy::unwrap_used, reason = "tests")]

// long: one table of sentences.

use intel::{Amount, NumberRole};

/// The numbers of a sentence that are people, records or requests, in order.
fn counted(sentence: &str) -> String {
    let report = format!(
        "In May 2031 an intruder called an API that asked for no log-in.\n\n{sentence}\n\nThe door is shut now."
    );
    let told = intel::understand(report.as_bytes(), "a.txt").unwrap();
    let counted = told.numbers.iter().filter(|number| number.role != NumberRole::Other).map(|number| {
        let value = match number.value {
            Amount::Whole(value) => value.to_string(),
            Amount::Decimal(value) => value.to_string(),
        };
        let role = serde_json::to_value(number.role).unwrap();
        format!("{value} {} {}", number.unit, role.as_str().unwrap())
    });
    counted.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_number_says_what_its_sentence_says_of_it() {
    let mut faults = Vec::new();
    for (sentence, expected) in [
        (
            "The attack had resulted in the theft of 4,000 records containing the personal data of customers.",
            "4000 records accessed",
        ),
        ("A hacker used an automated script to create more than 1 million fake accounts on the app.", ""),
        (
            "Some 5.4 million user records were compiled by matching phone numbers against the endpoint.",
            "5400000 records accessed",
        ),
        (
            "The seller offered 700 million records for sale and published a sample of one million.",
            "700000000 records accessed, 1000000 records accessed",
        ),
        ("The endpoint handed out as many as 500 rows per request.", "500 rows per_call"),
        ("Each call to the API gave back twenty-five contacts.", "25 contacts per_call"),
        ("A single query could return up to 1,000 results.", "1000 results per_call"),
        (
            "With a page size of 250, the whole table of 1.2 million tickets could be pulled in under 5,000 calls.",
            "250 records per_call, 1200000 tickets exist, 5000 calls requests",
        ),
        (
            "The bot fired some 40 requests a second and made 2.3 million calls in total before it was blocked.",
            "40 requests per second requests, 2300000 calls requests",
        ),
        ("Logs show that 1.9 million lookups were performed from one address.", "1900000 lookups requests"),
        (
            "The thief went through 310,000 sequential IDs and got a hit on 84,000 of them.",
            "310000 ids requests, 84000 ids accessed",
        ),
        (
            "Of the 310,000 numbers tried, 84,000 belonged to an account.",
            "310000 numbers requests, 84000 numbers accessed",
        ),
        (
            "He iterated over 90,000 identifiers and retrieved 61,500 files.",
            "90000 identifiers requests, 61500 files accessed",
        ),
        ("Roughly one in five of the 2 million riders is affected.", "2000000 riders exist"),
        (
            "The company, which serves over 8 million drivers, said that fewer than 3,000 customers had their details viewed.",
            "8000000 drivers exist, 3000 customers accessed",
        ),
        ("The insurer has about 11 million members across 14 states.", "11000000 members exist"),
        (
            "The data of 4.7 million members was shared with an advertising network.",
            "4700000 members accessed",
        ),
        ("Among the stolen records are 14.8 million driver licence numbers.", "14800000 numbers accessed"),
        (
            "2.1 million of the affected customers had at least one identity document number exposed.",
            "2100000 customers exposed",
        ),
        ("Of those, 1.2 million had at least one number from a current document compromised.", ""),
        (
            "Approximately 9.8 million current and former customers are believed to be affected.",
            "9800000 customers exposed",
        ),
        ("The regulator counted 3.6 million alleged contraventions.", ""),
        (
            "The bucket held 13 million files, of which 72,000 were selfies.",
            "13000000 files exist, 72000 files exist",
        ),
        ("The file is said to hold 235 million e-mail addresses.", "235000000 addresses accessed"),
        ("The threat actor claims to have 49 million customer records.", "49000000 records accessed"),
        ("A sample of 5,000 entries was checked and found genuine.", "5000 entries accessed"),
        (
            "The tool sent 5,000 requests a minute for almost three weeks.",
            "5000 requests per minute requests",
        ),
        (
            "The partner accounts sent more than 5,000 requests per minute and nobody noticed.",
            "5000 requests per minute requests",
        ),
        ("Names and addresses of 21,000 parents could be looked up by any teacher.", "21000 parents exposed"),
        ("Any user of the app was able to see the trips of all 340,000 riders.", "340000 riders exposed"),
        ("Anyone could download invoices belonging to 58,000 companies.", "58000 companies exposed"),
        ("The bug left 3.3 million owners open to tracking.", "3300000 owners exposed"),
        ("The flaw put the data of 64 million job applicants at risk.", "64000000 applicants exposed"),
        ("It was possible to page through 64 million applications.", "64000000 applications exposed"),
        ("The records of 30,000 guests had been accessible since March.", "30000 guests exposed"),
        ("Only 12,500 of these were opened by the intruder.", ""),
        ("An estimated 147,000 patients had their prescriptions viewed.", "147000 patients accessed"),
        (
            "At least 6,100 prescriptions were looked at by somebody without authority.",
            "6100 prescriptions accessed",
        ),
        (
            "The intruder viewed the profiles of 76,000 subscribers before being cut off.",
            "76000 subscribers accessed",
        ),
        ("He was able to pull 120,000 booking records in one evening.", "120000 records accessed"),
        ("She managed to extract details of about 4,300 drivers.", "4300 drivers accessed"),
        ("Within six hours the script had collected 88,000 profiles.", "88000 profiles accessed"),
        ("The collection ran to 1.1 billion rows.", "1100000000 rows accessed"),
        ("The dump totals 12.6 million unique e-mail addresses.", "12600000 addresses accessed"),
        ("The archive comprises 2.7 million messages.", "2700000 messages accessed"),
        ("Customers affected: 1.3 million", "1300000 customers exposed"),
        ("Records exposed: 48,213", "48213 records exposed"),
        ("Number of individuals affected: 23,450", "23450 individuals exposed"),
        ("Total users: 6.2 million", "6200000 users exist"),
        ("Requests seen: 912,000", "912000 requests requests"),
        ("Results per page: 100", "100 results per_call"),
        ("The mobile app has been downloaded 10 million times.", ""),
        ("The app boasts 10 million downloads and 400,000 daily users.", "400000 users exist"),
        ("More than two hundred thousand drivers rely on the portal.", "200000 drivers exist"),
        (
            "A platform used by 18,000 schools and more than 60 million students was breached.",
            "18000 schools exist, 60000000 students exist",
        ),
        ("A provider with 6,500 hotels on its books left a key in its app.", "6500 hotels exist"),
        ("Letters went out to 41,000 households.", ""),
        ("The firm is notifying 41,000 people whose data were involved.", "41000 people exposed"),
        ("We have written to the 2,400 members concerned.", "2400 members exposed"),
        ("The company reset the passwords of 386,000 accounts.", ""),
        (
            "A total of 61,000 loyalty accounts had been looked into before anyone noticed.",
            "61000 accounts accessed",
        ),
        (
            "All told, the intruder walked off with the particulars of 212,000 tenants.",
            "212000 tenants accessed",
        ),
        (
            "The regulator found that 5,600 people's medical notes had been viewable for seven weeks.",
            "5600 people exposed",
        ),
        ("Roughly 1.4 million motorists use the parking app.", "1400000 motorists exist"),
        ("The council's portal has 92,000 registered residents.", "92000 residents exist"),
        ("Details of as many as 730,000 passengers may have been accessed.", "730000 passengers exposed"),
        ("Up to 730,000 passengers could have been affected.", "730000 passengers exposed"),
        (
            "Of the airline's 6 million frequent flyers, some 730,000 are thought to be affected.",
            "6000000 flyers exist, 730000 flyers exposed",
        ),
        (
            "The leak concerns 3,500 employees and 120 contractors.",
            "3500 employees exposed, 120 contractors exposed",
        ),
        ("Data belonging to 41,000 children was in the answers.", "41000 children exposed"),
        (
            "The hacker, who calls himself Ember, put 17 million rows up for sale for 2,500 dollars.",
            "17000000 rows accessed",
        ),
        ("Our logs contain 48,000 calls to the function from two addresses.", "48000 calls requests"),
        (
            "We counted 48,000 calls in eleven hours, of which 31,000 were answered.",
            "48000 calls requests, 31000 calls accessed",
        ),
        (
            "A scraper made about 70 requests per second and came away with 3.1 million profiles.",
            "70 requests per second requests, 3100000 profiles accessed",
        ),
        ("Each answer bore the names of up to fifty guests.", "50 guests per_call"),
        ("The function answers with at most 1,000 rows a call.", "1000 rows per_call"),
        ("One call brings 20 orders.", "20 orders per_call"),
        ("Results came in pages of 500.", "500 records per_call"),
        ("The list was served in chunks of 200 members.", "200 members per_call"),
        (
            "There was no cap: a request for 100,000 rows was answered with 100,000 rows.",
            "100000 rows per_call",
        ),
        (
            "Customer numbers run from 100000 to 999999, so there are 900,000 possibilities.",
            "900000 possibilities exist",
        ),
        ("A six-digit PIN has a million combinations.", "1000000 combinations exist"),
        ("She sent all 10,000 possible codes in four minutes.", "10000 codes requests"),
        ("The tester submitted 4,000 wrong PINs without being locked out.", "4000 pins requests"),
        ("We scanned 2,000 apps and found 38 that carry a key.", ""),
        (
            "By reading the table in full, he got 1.7 million e-mail addresses, 640,000 phone numbers and 12,000 bank details.",
            "1700000 addresses accessed, 640000 numbers accessed, 12000 details accessed",
        ),
        (
            "The table had 1.7 million rows; 640,000 of them held a phone number.",
            "1700000 rows exist, 640000 rows exist",
        ),
        ("Exposed were 88,000 e-mail addresses.", "88000 addresses exposed"),
        (
            "Stolen: 88,000 e-mail addresses and 3,000 passports.",
            "88000 addresses accessed, 3000 passports accessed",
        ),
        ("What leaked: names and phones of 88,000 drivers.", "88000 drivers exposed"),
        ("- 88,000 names exposed", "88000 names exposed"),
        ("- 12,400 requests from one address", "12400 requests requests"),
        ("88,000 customers hit by data leak at water utility", "88000 customers exposed"),
        ("Hackers steal 5 million records from ticket seller", "5000000 records accessed"),
        ("Bug in school app let strangers see 300,000 pupils", "300000 pupils exposed"),
        (
            "The supervisory authority fined the bank 1.2 million euros because the data of 22,000 clients could be retrieved without a login.",
            "22000 clients exposed",
        ),
        ("The company must pay 30 dollars to each of the 22,000 claimants.", ""),
        ("The penalty works out at 54 euros per person.", ""),
        ("Some 22,000 clients have received a letter.", ""),
        (
            "It informed 22,000 clients by letter and 4,000 by phone.",
            "22000 clients exposed, 4000 clients exposed",
        ),
        ("The journalist was shown the files of 40 patients as proof.", "40 patients accessed"),
        ("A thief would have had to send 900,000 requests.", "900000 requests requests"),
        (
            "At 10 records per request, 27,000 requests suffice for everything.",
            "10 records per_call, 27000 requests requests",
        ),
        ("The service desk handled 14,000 calls from worried customers.", ""),
        ("The fix reached 95 percent of the 120,000 devices within two days.", "120000 devices exist"),
        ("More than 120,000 trackers in the field could be listened to.", "120000 trackers exposed"),
        ("The vendor sold 120,000 of these trackers.", "120000 trackers exist"),
        (
            "With one token it was possible to read the positions of all 120,000 trackers.",
            "120000 trackers exposed",
        ),
        ("The maker's cloud keeps recordings of 2.2 million homes.", "2200000 homes exist"),
        (
            "According to the log, 300 recordings had been streamed by somebody else.",
            "300 recordings accessed",
        ),
        ("The intruder listened to 300 recordings.", "300 recordings accessed"),
        ("He tampered with the balance of 75 wallets and drained 31 of them.", "31 wallets accessed"),
        ("Bots bought up 4,500 tickets within a minute.", ""),
        ("Fake accounts, 19,000 in number, collected the bonus.", ""),
        ("The thief redeemed 2.6 million points from 830 accounts.", "830 accounts accessed"),
        ("Passwords of 830 accounts were changed by the intruder.", ""),
        ("The attackers logged in to 830 accounts.", "830 accounts accessed"),
        (
            "830 log-ins succeeded out of 1.1 million attempts.",
            "830 log-ins requests, 1100000 attempts requests",
        ),
        ("Only 0.07 percent of the 1.1 million attempts succeeded.", "1100000 attempts requests"),
        ("Just under 2 million rows were dumped.", "2000000 rows accessed"),
        ("Half of the 6,000 schools that use the platform had records in the dump.", "6000 schools exist"),
        ("We look after roughly 118,000 members.", "118000 members exist"),
        (
            "We counted 23,700 calls from two phones; 21,950 of those were answered.",
            "23700 calls requests, 21950 calls accessed",
        ),
        ("It brought back 3,180 addresses in ten minutes.", "3180 addresses accessed"),
        ("After 600 wrong codes the server still answered.", "600 codes requests"),
        (
            "Of the 1,906 calls, 94 brought back rows of another tenant.",
            "1906 calls requests, 94 calls accessed",
        ),
        ("From 412 accounts they moved the credit to their own.", "412 accounts accessed"),
        ("No more than 4 million profiles were retrieved.", "4000000 profiles accessed"),
        ("The post links to a sample with 2,500 lines.", "2500 lines accessed"),
        ("The chain fills prescriptions for over 700,000 patients a year.", "700000 patients per year exist"),
        ("They knew that 63 million of the numbers have an account.", "63000000 numbers accessed"),
        ("We have reset all 5,870 passwords.", ""),
        ("We carry 90,000 passengers a day.", ""),
        (
            "The site had 52,000 bookings. 1,640 of them were called up by strangers. Most of these, 1,588, went abroad.",
            "52000 bookings exist, 1640 bookings accessed, 1588 bookings accessed",
        ),
    ] {
        let said = counted(sentence);
        if said != expected {
            faults.push(format!("{sentence}\n    said     {said}\n    expected {expected}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
