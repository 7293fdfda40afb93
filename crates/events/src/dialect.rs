//! The dialects there are, and what is known of each.
//!
//! A dialect is one file with a constant [`About`] and a function `read`, one line in the list of
//! modules and one in the table below. Lines of text stand apart from JSON in both, so that two who
//! add a file seldom touch the same line.

// Lines of text.
mod aws_alb;
mod cloudfront;
mod combined;
mod csv;
mod envoy;
mod haproxy;
mod haproxy_clf;
mod iis;
mod modsecurity;
mod proxy_manager;
mod traefik_clf;
mod w3c;
mod zeek;

// JSON.
mod apisix;
mod aws_api_gateway;
mod aws_waf;
mod azure_api_management;
mod azure_application_gateway;
mod caddy;
mod cloudflare;
mod coraza;
mod ecs;
mod envoy_json;
mod exchange_log;
mod google_load_balancer;
mod json;
mod kong;
mod modsecurity_json;
mod nginx_json;
mod ocsf;
mod suricata;
mod traefik_json;
mod zeek_json;

use std::collections::VecDeque;

use crate::table::Column;
use crate::{Event, Field, Reject};

/// What a dialect's file says of itself.
pub(crate) struct About {
    /// What `--dialect` takes.
    pub word: &'static str,
    /// Whose lines these are, for a person who chooses.
    pub title: &'static str,
    /// The fields that a line can tell; a test holds sample lines of each dialect against it.
    pub tells: &'static [Field],
    /// Whether lines of the real product were read in a test; else tables say *unproven*.
    pub proven: bool,
    /// Whether the bytes of an answer count its headers too.
    pub counts_headers: bool,
    /// The page of the product's documentation that describes the line.
    pub source: &'static str,
}

macro_rules! dialects {
    ($($(#[$doc:meta])* $name:ident = $module:ident;)+) => {
        /// A dialect. Its word is what `--dialect` takes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Dialect {
            $($(#[$doc])* $name,)+
        }

        impl Dialect {
            /// All, the most particular first: the first that reads the most lines is the one.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            fn about(self) -> &'static About {
                match self {
                    $(Self::$name => &$module::ABOUT,)+
                }
            }
        }

        /// Reads a line of `dialect` and gives its events to `each`. `Ok` without an event is a
        /// header, a comment, an empty line or a line about something else than an exchange.
        pub(crate) fn read<'l>(
            dialect: Dialect,
            line: &'l [u8],
            memory: &mut Memory,
            each: &mut dyn FnMut(Event<'l>),
        ) -> Result<(), Reject> {
            match dialect {
                $(Dialect::$name => $module::read(line, memory, each),)+
            }
        }
    };
}

dialects! {
    // JSON: a dialect that looks for a field of its own stands before one that takes any.
    /// The exchange log of Tidegate itself.
    ExchangeLog = exchange_log;
    /// OCSF HTTP Activity and API Activity of other products.
    Ocsf = ocsf;
    /// The audit log of ModSecurity 3.
    ModsecurityJson = modsecurity_json;
    /// The audit log of Coraza.
    Coraza = coraza;
    /// AWS WAF.
    AwsWaf = aws_waf;
    /// Amazon API Gateway.
    AwsApiGateway = aws_api_gateway;
    /// Azure API Management.
    AzureApiManagement = azure_api_management;
    /// Azure Application Gateway.
    AzureApplicationGateway = azure_application_gateway;
    /// Google Cloud's load balancer.
    GoogleLoadBalancer = google_load_balancer;
    /// Cloudflare's Logpush.
    Cloudflare = cloudflare;
    /// Caddy.
    Caddy = caddy;
    /// Traefik with `format: json`.
    TraefikJson = traefik_json;
    /// Apache APISIX.
    Apisix = apisix;
    /// Kong.
    Kong = kong;
    /// Suricata's events of HTTP.
    Suricata = suricata;
    /// Zeek's `http.log` in JSON.
    ZeekJson = zeek_json;
    /// The Elastic Common Schema.
    Ecs = ecs;
    /// Envoy with a format in JSON.
    EnvoyJson = envoy_json;
    /// nginx with a format in JSON.
    NginxJson = nginx_json;
    /// JSON of any other program.
    Json = json;

    // Lines of text: a dialect with a tail of its own stands before the one without.
    /// Traefik's default lines: combined with a tail of its own.
    TraefikClf = traefik_clf;
    /// HAProxy with `option httplog clf`: combined with a tail of its own.
    HaproxyClf = haproxy_clf;
    /// HAProxy with `option httplog` or `option httpslog`.
    Haproxy = haproxy;
    /// Envoy's default lines, and Istio's.
    Envoy = envoy;
    /// AWS Application Load Balancer, and the Classic one.
    AwsAlb = aws_alb;
    /// ModSecurity in the error logs of Apache and nginx.
    ModSecurity = modsecurity;
    /// Amazon CloudFront.
    CloudFront = cloudfront;
    /// IIS.
    Iis = iis;
    /// Zeek's `http.log`, tab-separated.
    Zeek = zeek;
    /// CSV with a header.
    Csv = csv;
    /// NCSA combined, common, and with the virtual host before: nginx, Apache and many more.
    Combined = combined;
    // One that reads lines of another too stands behind it.
    /// nginx-proxy-manager.
    ProxyManager = proxy_manager;
}

impl Dialect {
    /// The word for `--dialect`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.about().word
    }

    /// Whose lines these are.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// The dialect with this `word`.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.word() == word)
    }

    /// The fields that a line can tell, where the product's own form of it is kept.
    #[must_use]
    pub fn tells(self) -> &'static [Field] {
        self.about().tells
    }

    /// Whether lines of the real product were read in a test; else the table says *unproven*.
    #[must_use]
    pub fn is_proven(self) -> bool {
        self.about().proven
    }

    /// Whether the bytes of an answer count its headers too, as the product writes them unless told otherwise.
    #[must_use]
    pub fn counts_headers(self) -> bool {
        self.about().counts_headers
    }

    /// The page of the product's documentation that describes the line.
    #[must_use]
    pub fn source(self) -> &'static str {
        self.about().source
    }
}

/// What a dialect remembers between lines. A dialect without memory leaves it alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// What the columns hold, from a header line; at most 256.
    pub columns: Vec<Column>,
    /// What stands between cells, where a header line shows it.
    pub separator: u8,
    /// The header line itself, where it can come again.
    pub header: Vec<u8>,
    /// Events that following lines may add to, the oldest first. Who puts one in gives the oldest out
    /// when there are 64.
    pub held: VecDeque<Event<'static>>,
}

/// Gives what a dialect holds back at the end of its source.
pub(crate) fn finish(memory: &mut Memory, each: &mut dyn FnMut(Event<'_>)) {
    memory.held.drain(..).for_each(each);
}
