//! What a `User-Agent` says of itself. It costs an attacker one header, so it never decides: it names.

/// What kind of program a user agent says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgentKind {
    /// None was sent.
    None,
    /// A browser.
    Browser,
    /// A library or command for scripts.
    Script,
    /// A scanner of vulnerabilities or networks.
    Scanner,
    /// A crawler that announces itself.
    Crawler,
    /// A monitor: health checks of balancers and uptime services.
    Monitor,
    /// Anything else.
    Other,
}

impl AgentKind {
    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Browser => "browser",
            Self::Script => "script",
            Self::Scanner => "scanner",
            Self::Crawler => "crawler",
            Self::Monitor => "monitor",
            Self::Other => "other",
        }
    }

    /// From the text of the header.
    #[must_use]
    pub fn of(agent: &[u8]) -> Self {
        if agent.is_empty() {
            return Self::None;
        }
        let mut lower = [0u8; 256];
        let length = agent.len().min(lower.len());
        for (to, byte) in lower.iter_mut().zip(agent) {
            *to = byte.to_ascii_lowercase();
        }
        let text = lower.get(..length).unwrap_or_default();
        let names =
            |list: &[&str]| list.iter().any(|name| memchr::memmem::find(text, name.as_bytes()).is_some());
        if names(SCANNERS) {
            Self::Scanner
        } else if names(MONITORS) {
            Self::Monitor
        } else if names(CRAWLERS) {
            Self::Crawler
        } else if names(SCRIPTS) {
            Self::Script
        } else if text.starts_with(b"mozilla/") || text.starts_with(b"opera/") {
            Self::Browser
        } else {
            Self::Other
        }
    }
}

const SCANNERS: &[&str] = &[
    "sqlmap",
    "nikto",
    "nuclei",
    "masscan",
    "zgrab",
    "nmap",
    "gobuster",
    "dirbuster",
    "feroxbuster",
    "ffuf",
    "wfuzz",
    "wpscan",
    "acunetix",
    "nessus",
    "openvas",
    "censys",
    "shodan",
    "arachni",
    "w3af",
    "burp",
    "zap/",
    "l9explore",
    "l9scan",
    "leakix",
    "expanse",
    "internet-measurement",
    "netsystemsresearch",
    "paloaltonetworks",
    "dirsearch",
    "odin",
    "onlyscans",
    "cms-checker",
    "hello world",
    "scan",
];
const MONITORS: &[&str] = &[
    "kube-probe",
    "elb-healthchecker",
    "googlehc",
    "uptimerobot",
    "pingdom",
    "statuscake",
    "site24x7",
    "prometheus",
    "blackbox",
    "datadog",
    "newrelic",
    "zabbix",
    "nagios",
    "check_http",
    "consul health",
    "haproxy",
    "traefik",
    "amazon-route53-health",
    "azure traffic manager",
    "healthcheck",
    "uptime-kuma",
    "updown.io",
    "better uptime",
    "monit/",
];
const CRAWLERS: &[&str] = &[
    "googlebot",
    "bingbot",
    "yandex",
    "baiduspider",
    "duckduckbot",
    "applebot",
    "slurp",
    "facebookexternalhit",
    "twitterbot",
    "linkedinbot",
    "ahrefsbot",
    "semrushbot",
    "mj12bot",
    "dotbot",
    "petalbot",
    "gptbot",
    "claudebot",
    "ccbot",
    "bytespider",
    "amazonbot",
    "crawler",
    "spider",
    "archive.org_bot",
    "bot/",
    "bot;",
    "robot",
];
const SCRIPTS: &[&str] = &[
    "curl/",
    "wget/",
    "python",
    "aiohttp",
    "httpx",
    "go-http-client",
    "java/",
    "okhttp",
    "apache-httpclient",
    "axios",
    "node-fetch",
    "undici",
    "got (",
    "libwww-perl",
    "lwp::",
    "ruby",
    "faraday",
    "php/",
    "guzzle",
    "powershell",
    "insomnia",
    "postmanruntime",
    "httpie",
    "scrapy",
    "headless",
    "phantomjs",
    "selenium",
    "puppeteer",
    "playwright",
    "k6/",
    "jmeter",
    "vegeta",
    "reqwest",
    "hyper/",
    "rest-client",
    "resty",
    "restsharp",
    "winhttp",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_what_it_says() {
        use AgentKind::{Browser, Crawler, Monitor, None, Other, Scanner, Script};
        for (agent, kind) in [
            ("", None),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0", Browser),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Crawler),
            ("curl/8.5.0", Script),
            ("Mozilla/5.0 (X11) HeadlessChrome/140", Script),
            ("kube-probe/1.31", Monitor),
            ("Mozilla/5.0 zgrab/0.x", Scanner),
            ("MyApp 3.1 (iPhone)", Other),
        ] {
            assert_eq!(AgentKind::of(agent.as_bytes()), kind, "{agent}");
        }
    }
}
