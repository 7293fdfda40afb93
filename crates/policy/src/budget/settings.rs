//! What may be configured about budgets. The doc comments are the manual.

use std::collections::BTreeMap;

use domain::{BudgetDecl, RoleName, Window};
use serde::{Deserialize, Serialize};

/// Budgets of distinct data subjects.
///
/// Every list holds windows that all apply: `[{subjects: 20, per: 1h}, {subjects: 40, per: 1d}]`.
/// A subject weighs 1, or 5 with a government id, payment data or a credential. Subjects that a
/// caller received within the longest window of its list are free to read again. An empty list would
/// set no bound: [`Settings::check`] refuses it. Whoever means it writes the greatest bound,
/// `[{subjects: 1000000, per: 1h}]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// One address (IPv4 /32, IPv6 /64) without a credential, or with one that nobody vouched for.
    /// Over all operations without a budget of their own, and so on each of them.
    pub address: Vec<BudgetDecl>,
    /// The networks around it (/24; /56 and /48). Five addresses' worth: enough for an office or a
    /// carrier's block, and the bound for one person with a whole block.
    pub network: Vec<BudgetDecl>,
    /// One principal whose token the upstream was seen to issue.
    pub confirmed: Vec<BudgetDecl>,
    /// One verified principal without a role that has its own budget: an account of an issuer, an API key.
    pub verified: Vec<BudgetDecl>,
    /// One partner, on operations that declare no budget.
    pub partner: Vec<BudgetDecl>,
    /// Budgets by role, such as `staff: [{subjects: 500, per: 1d}]`, for one principal in that
    /// role. None by default: staff count as any verified principal until their role is named.
    pub roles: BTreeMap<RoleName, Vec<BudgetDecl>>,
    /// Everybody without a verified or confirmed identity together, on one operation. Works
    /// against a scrape from many networks. A subject counts once, so a page that shows everyone
    /// the same contacts is free after the first visitor.
    pub anonymous_endpoint: Vec<BudgetDecl>,
    /// The same over all operations together: the same people by many doors count once, other
    /// people by other doors add up.
    pub anonymous_everywhere: Vec<BudgetDecl>,
    /// All signed-in principals together on one operation, for opening another account may cost nothing:
    /// those whose token the upstream was seen to issue, and, in another account of the same bound, verified
    /// ones without a role that has its own budget, so that free sign-ups spend nothing of theirs. Those are
    /// left out who are taken for the principals themselves: a thousand people who read their own record do
    /// not fill it, a few who read others' do.
    pub signed_in_endpoint: Vec<BudgetDecl>,
    /// The same for the signed-in principals of one address: who signs in ten times has no ten budgets.
    pub signed_in_address: Vec<BudgetDecl>,
    /// The same for the networks around it.
    pub signed_in_network: Vec<BudgetDecl>,
    /// People for whom the principals of one address are taken on no evidence: the first that a session
    /// shows whose log-in brought neither e-mail nor phone, or who is shown without any; the first that
    /// a verified account shows whose token does not name that person. As many honest people behind one
    /// address can read their own record so; and as many records can somebody have who signs up anew
    /// for each. Above it such people count as others'.
    pub signed_in_first_address: Vec<BudgetDecl>,
    /// The same for the networks around it.
    pub signed_in_first_network: Vec<BudgetDecl>,
    /// Look-ups: requests that bring the e-mail or phone of the person they ask for.
    pub look_ups: LookUpSettings,
    /// Accounts held in memory, one per caller or network and scope. At 40 bytes each with one subject,
    /// 150 with more, and 16 to 40 for every subject above three. A full table evicts, which never gives anyone a fresh
    /// budget, but may refuse people who come back after their account was evicted: allow three
    /// per visitor of 30 days who receives personal data. Minimum 16.
    pub keys: u32,
    /// Subjects held in memory over all accounts. Above it the largest accounts keep their sums and
    /// lose the names, so that re-reading counts again. Minimum 256.
    pub subjects: u32,
}

/// Budgets of look-ups, per address: at each operation and, once more, over all of them together, so
/// that many operations (or made-up paths that the upstream answers alike) give no more than one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LookUpSettings {
    /// Distinct e-mails and phones from one address while most of them exist: sized for an office
    /// or a carrier's address behind which many people sign in.
    pub address: Vec<BudgetDecl>,
    /// Distinct e-mails and phones from one address once most of them do not exist.
    pub address_missing: Vec<BudgetDecl>,
    /// As `address`, for the networks around it.
    pub network: Vec<BudgetDecl>,
    /// As `address_missing`, for the networks around it.
    pub network_missing: Vec<BudgetDecl>,
    /// Misses before "most do not exist" can be said: a few typing errors tighten nothing.
    pub misses: u32,
    /// Look-ups of one address that the upstream may answer with its own failure (5xx) and that count
    /// for nothing then. Above it a failure is a miss: an upstream that fails instead of saying "no
    /// such person" must not be asked for ever. While it fails for everybody, an address may ask for
    /// this many people and then for as many as `address_missing` allows; asking again is free.
    pub address_failing: Vec<BudgetDecl>,
    /// The same for the networks around it.
    pub network_failing: Vec<BudgetDecl>,
    /// Look-ups that may be under way at once before the first of them succeeded; every success
    /// allows two more. A burst of guesses is not through before its first answer is.
    pub unanswered: u32,
    /// Accounts held in memory, one per network and operation, and as many again for those over all
    /// operations, beside those of budgets: whoever floods log-ins displaces look-ups only. Minimum 16.
    pub keys: u32,
}

fn windows<const N: usize>(bounds: [(u32, Window); N]) -> Vec<BudgetDecl> {
    bounds.into_iter().map(|(subjects, per)| BudgetDecl { subjects, per }).collect()
}

impl Default for Settings {
    fn default() -> Self {
        let principal = || windows([(50, Window::HOUR), (100, Window::DAY), (500, Window::MONTH)]);
        Self {
            address: windows([(20, Window::HOUR), (40, Window::DAY), (200, Window::MONTH)]),
            network: windows([(100, Window::HOUR), (200, Window::DAY), (1000, Window::MONTH)]),
            confirmed: principal(),
            verified: principal(),
            partner: principal(),
            roles: BTreeMap::new(),
            anonymous_endpoint: windows([(400, Window::HOUR), (1200, Window::DAY)]),
            anonymous_everywhere: windows([(1000, Window::HOUR), (3000, Window::DAY)]),
            signed_in_endpoint: windows([(300, Window::HOUR), (900, Window::DAY)]),
            signed_in_address: windows([(50, Window::HOUR), (100, Window::DAY)]),
            signed_in_network: windows([(150, Window::HOUR), (300, Window::DAY)]),
            signed_in_first_address: windows([(100, Window::HOUR), (400, Window::DAY)]),
            signed_in_first_network: windows([(200, Window::HOUR), (800, Window::DAY)]),
            look_ups: LookUpSettings::default(),
            keys: 400_000,
            subjects: 4_000_000,
        }
    }
}

impl Default for LookUpSettings {
    fn default() -> Self {
        Self {
            address: windows([(400, Window::HOUR), (2000, Window::DAY)]),
            address_missing: windows([(20, Window::HOUR), (60, Window::DAY)]),
            network: windows([(1000, Window::HOUR), (5000, Window::DAY)]),
            network_missing: windows([(60, Window::HOUR), (180, Window::DAY)]),
            misses: 10,
            address_failing: windows([(20, Window::HOUR), (60, Window::DAY)]),
            network_failing: windows([(60, Window::HOUR), (180, Window::DAY)]),
            unanswered: 40,
            keys: 100_000,
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A window outside of what is kept.
    #[error("the window `{per}` of `{list}` is not between 1s and 30d")]
    Window {
        /// The key in the configuration.
        list: String,
        /// The window.
        per: Window,
    },
    /// A bound that no sum can reach reliably.
    #[error("`{list}` allows {subjects} subjects; write at most 1000000")]
    Subjects {
        /// The key in the configuration.
        list: String,
        /// The number of subjects.
        subjects: u32,
    },
    /// A list without any window, which would be no bound at all.
    #[error("the budget `{list}` is empty, which would let everybody's data out")]
    Empty {
        /// The key in the configuration.
        list: String,
    },
    /// A table that is too small.
    #[error("`{key}` is {value}; write at least {least}")]
    Small {
        /// The key in the configuration.
        key: &'static str,
        /// Its value.
        value: u32,
        /// The least value.
        least: u32,
    },
}

/// The greatest bound that may be configured.
pub(crate) const MOST_SUBJECTS: u32 = 1_000_000;

impl Settings {
    /// Names the first setting that cannot be used.
    ///
    /// # Errors
    /// See [`SettingsError`]. [`super::Budgets::new`] uses such settings all the same, with windows
    /// cut to 30 days and tables of the least size: the error is for whoever wrote them.
    pub fn check(&self) -> Result<(), SettingsError> {
        let Self {
            address,
            network,
            confirmed,
            verified,
            partner,
            roles,
            anonymous_endpoint,
            anonymous_everywhere,
            signed_in_endpoint,
            signed_in_address,
            signed_in_network,
            signed_in_first_address,
            signed_in_first_network,
            look_ups,
            keys,
            subjects,
        } = self;
        let lists = [
            ("address", address),
            ("network", network),
            ("confirmed", confirmed),
            ("verified", verified),
            ("partner", partner),
            ("anonymous_endpoint", anonymous_endpoint),
            ("anonymous_everywhere", anonymous_everywhere),
            ("signed_in_endpoint", signed_in_endpoint),
            ("signed_in_address", signed_in_address),
            ("signed_in_network", signed_in_network),
            ("signed_in_first_address", signed_in_first_address),
            ("signed_in_first_network", signed_in_first_network),
            ("look_ups.address", &look_ups.address),
            ("look_ups.address_missing", &look_ups.address_missing),
            ("look_ups.network", &look_ups.network),
            ("look_ups.network_missing", &look_ups.network_missing),
            ("look_ups.address_failing", &look_ups.address_failing),
            ("look_ups.network_failing", &look_ups.network_failing),
        ];
        let roles = roles.iter().map(|(role, list)| (format!("roles.{role}"), list));
        for (name, list) in lists.map(|(name, list)| (name.to_owned(), list)).into_iter().chain(roles) {
            check_windows(&name, list)?;
            if list.is_empty() {
                return Err(SettingsError::Empty { list: name });
            }
        }
        let sizes = [("keys", *keys, 16), ("subjects", *subjects, 256), ("look_ups.keys", look_ups.keys, 16)];
        match sizes.into_iter().find(|(_, value, least)| value < least) {
            Some((key, value, least)) => Err(SettingsError::Small { key, value, least }),
            None => Ok(()),
        }
    }
}

/// Names the first window or number in `list` (called `name`) that cannot be used; also for the
/// budgets that operations declare.
///
/// # Errors
/// See [`SettingsError`].
pub fn check_windows(name: &str, list: &[BudgetDecl]) -> Result<(), SettingsError> {
    for &BudgetDecl { subjects, per } in list {
        if per < Window::from_secs(1) || per > Window::MONTH {
            return Err(SettingsError::Window { list: name.to_owned(), per });
        }
        if subjects > MOST_SUBJECTS {
            return Err(SettingsError::Subjects { list: name.to_owned(), subjects });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_usable_and_unknown_keys_are_not() {
        Settings::default().check().unwrap();
        let read: Settings = serde_json::from_str(r#"{"keys":1000}"#).unwrap();
        assert_eq!(read, Settings { keys: 1000, ..Settings::default() });
        assert!(
            serde_json::from_str::<Settings>(r#"{"keyz":1000}"#).unwrap_err().to_string().contains("keyz")
        );
    }

    #[test]
    fn what_cannot_be_kept_is_named_with_its_key() {
        for (json, names) in [
            (r#"{"address":[{"subjects":1,"per":"31d"}]}"#, "`31d` of `address`"),
            (r#"{"roles":{"staff":[{"subjects":1,"per":"0s"}]}}"#, "`0s` of `roles.staff`"),
            (
                r#"{"look_ups":{"network":[{"subjects":2000000,"per":"1h"}]}}"#,
                "`look_ups.network` allows 2000000",
            ),
            (r#"{"keys":1}"#, "`keys` is 1"),
            (r#"{"anonymous_endpoint":[]}"#, "`anonymous_endpoint` is empty"),
            (r#"{"look_ups":{"address_missing":[]}}"#, "`look_ups.address_missing` is empty"),
            (r#"{"roles":{"staff":[]}}"#, "`roles.staff` is empty"),
        ] {
            let read: Settings = serde_json::from_str(json).unwrap();
            let error = read.check().unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
    }
}
