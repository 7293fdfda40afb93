//! One function for each product's line.

// long: one table of products, each a short function.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::{Logged, Moment};

/// A product's log.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    /// The word by which a reader may know the dialect.
    pub word: &'static str,
    /// Lines before the first one.
    pub head: &'static str,
    /// Whether a query, and with it ids and pages in it, stands in a line.
    pub has_query: bool,
    /// Whether an answer's size and status stand in it.
    pub has_answer: bool,
    /// Writes a line, without its end.
    pub line: fn(&Logged, &mut String),
}

const fn renderer(word: &'static str, line: fn(&Logged, &mut String)) -> Renderer {
    Renderer { word, head: "", has_query: true, has_answer: true, line }
}

/// The logs that are rendered.
pub const RENDERERS: &[Renderer] = &[
    renderer("combined", combined),
    renderer("traefik-clf", traefik_clf),
    renderer("haproxy-clf", haproxy_clf),
    renderer("haproxy", haproxy),
    renderer("envoy", envoy),
    renderer("aws-alb", aws_alb),
    Renderer { head: CLOUDFRONT, ..renderer("cloudfront", cloudfront) },
    Renderer { head: IIS, ..renderer("iis", iis) },
    Renderer { head: ZEEK, ..renderer("zeek", zeek) },
    Renderer { head: CSV, ..renderer("csv", csv) },
    renderer("nginx-proxy-manager", proxy_manager),
    renderer("nginx-json", nginx_json),
    renderer("caddy", caddy),
    renderer("traefik-json", traefik_json),
    renderer("envoy-json", envoy_json),
    renderer("kong", kong),
    renderer("apisix", apisix),
    renderer("ecs", ecs),
    renderer("cloudflare", cloudflare),
    renderer("google-load-balancer", google),
    renderer("azure-api-management", azure_api),
    renderer("azure-application-gateway", azure_gateway),
    Renderer { has_query: false, ..renderer("aws-api-gateway", aws_api_gateway) },
    Renderer { has_answer: false, ..renderer("aws-waf", aws_waf) },
    renderer("modsecurity-json", modsecurity_json),
    renderer("coraza", coraza),
    renderer("suricata", suricata),
    renderer("zeek-json", zeek_json),
    renderer("ocsf", ocsf),
    renderer("json", other_json),
];

const HOST: &str = "shop.example.com";
/// Bytes of an answer's headers, where a product counts them.
const HEADERS: u64 = 240;

// Writing to a `String` cannot fail; results are dropped below.

fn dash(text: Option<&str>) -> &str {
    text.unwrap_or("-")
}

/// A text as it stands in JSON, without its quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn at(one: &Logged) -> Moment {
    Moment::of(one.at)
}

fn combined(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let user = dash(one.user.as_deref());
    let _ = write!(
        out,
        "{from} - {user} [{} +0000] \"{method} {target} HTTP/1.1\" {status} {sent} \"-\" \"{agent}\"",
        at(one).clf()
    );
}

fn traefik_clf(one: &Logged, out: &mut String) {
    combined(one, out);
    out.push_str(" 500 \"shop@docker\" \"http://192.0.2.1:80\" 12ms");
}

fn haproxy_clf(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let sent = sent + HEADERS;
    let milli = one.at % 1000;
    let _ = write!(
        out,
        "{from} - - [{} +0000] \"{method} {target} HTTP/1.1\" {status} {sent} \"\" \"\" 50033 {milli:03} \"https-in~\" \
         \"shop\" \"node_1\" 0 0 1 2 3 \"----\" 1 1 0 0 0 0 0 \"\" \"\" \"\" \"\"",
        at(one).clf()
    );
}

fn haproxy(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let sent = sent + HEADERS;
    let _ = write!(
        out,
        "{from}:14853 [{}.{:03}] https-in~ shop/node_1 1/0/0/3/12 {status} {sent} - - ---- 1/1/0/0/0 0/0 {{|{agent}|{HOST}}} \
         \"{method} {target} HTTP/1.1\"",
        at(one).clf(),
        one.at % 1000
    );
}

fn envoy(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "[{}Z] \"{method} {target} HTTP/1.1\" {status} - {} {sent} 15 14 \"{from}\" \"{agent}\" \"id-{}\" \"{HOST}\" \"192.0.2.1:8080\"",
        at(one).iso(),
        one.body.len(),
        one.at
    );
}

fn aws_alb(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let sent = sent + HEADERS;
    let from = match from {
        IpAddr::V4(from) => from.to_string(),
        IpAddr::V6(from) => format!("[{from}]"),
    };
    let (time, received) = (at(one).iso(), one.body.len());
    let _ = write!(
        out,
        "https {time}000Z app/shop/50dc6c495c0c9188 {from}:44740 10.0.0.1:80 0.001 0.012 0.000 {status} {status} {received} {sent} \
         \"{method} https://{HOST}:443{target} HTTP/1.1\" \"{agent}\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:x \
         \"Root=1-{}\" \"{HOST}\" \"-\" 0 {time}000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"{status}\" \"-\" \"-\" TID_1",
        one.at
    );
}

const CLOUDFRONT: &str = "#Version: 1.0\n#Fields: date time sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for cs-protocol-version sc-content-type\n";

fn cloudfront(one: &Logged, out: &mut String) {
    let Logged { from, method, status, sent, .. } = one;
    let sent = sent + HEADERS;
    let (time, (path, query)) = (at(one).iso(), one.parts());
    let (day, clock) = time.split_once('T').unwrap_or_default();
    let _ = write!(
        out,
        "{day}\t{}\t{sent}\t{from}\t{method}\td1.cloudfront.net\t{path}\t{status}\t-\t{}\t{}\t-\tid-{}\t{HOST}\thttps\t{}\t0.014\t-\tHTTP/2.0\tapplication/json",
        clock.get(..8).unwrap_or_default(),
        one.agent.replace(' ', "%20"),
        dash(query),
        one.at,
        400 + one.body.len()
    );
}

const IIS: &str = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken\n";

fn iis(one: &Logged, out: &mut String) {
    let Logged { from, method, status, sent, .. } = one;
    let sent = sent + HEADERS;
    let (time, (path, query)) = (at(one).iso(), one.parts());
    let (day, clock) = time.split_once('T').unwrap_or_default();
    let _ = write!(
        out,
        "{day} {} {method} {path} {} 443 {} {from} HTTP/1.1 {} {HOST} {status} 0 0 {sent} {} 15",
        clock.get(..8).unwrap_or_default(),
        dash(query),
        dash(one.user.as_deref()),
        one.agent.replace(' ', "+"),
        400 + one.body.len()
    );
}

const ZEEK: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\treferrer\tversion\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tusername\n";

fn zeek(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "{}.{:03}000\tC{}\t{from}\t4711\t192.0.2.1\t80\t{method}\t{HOST}\t{target}\t-\t1.1\t{agent}\t{}\t{sent}\t{status}\t{}",
        one.at / 1000,
        one.at % 1000,
        one.at,
        one.body.len(),
        dash(one.user.as_deref())
    );
}

const CSV: &str = "timestamp,client_ip,user,method,path,query,protocol,host,status,bytes_sent,bytes_received,user_agent,authorization\n";

fn csv(one: &Logged, out: &mut String) {
    let Logged { from, method, status, sent, agent, .. } = one;
    let (path, query) = one.parts();
    let quoted = |text: &str| if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() };
    let _ = write!(
        out,
        "{}Z,{from},{},{method},{},{},HTTP/1.1,{HOST},{status},{sent},{},{},{}",
        at(one).iso(),
        one.user.as_deref().unwrap_or_default(),
        quoted(path),
        quoted(query.unwrap_or_default()),
        one.body.len(),
        quoted(agent),
        one.token.as_deref().unwrap_or_default()
    );
}

fn proxy_manager(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "[{} +0000] - {status} {status} - {method} https {HOST} \"{target}\" [Client {from}] [Length {sent}] [Gzip -] [Sent-to shop] \"{agent}\" \"-\"",
        at(one).clf()
    );
}

fn nginx_json(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "{{\"time_iso8601\":\"{}+00:00\",\"msec\":\"{}.{:03}\",\"remote_addr\":\"{from}\",\"remote_user\":\"{}\",\"request_method\":\"{method}\",\
         \"request_uri\":\"{target}\",\"status\":\"{status}\",\"body_bytes_sent\":\"{sent}\",\"content_length\":\"{}\",\"request_time\":\"0.012\",\
         \"http_host\":\"{HOST}\",\"http_user_agent\":\"{agent}\",\"http_authorization\":\"{}\",\"request_body\":\"{}\"}}",
        at(one).iso().get(..19).unwrap_or_default(),
        one.at / 1000,
        one.at % 1000,
        one.user.as_deref().unwrap_or_default(),
        one.body.len(),
        one.token.as_deref().unwrap_or_default(),
        escaped(&one.body)
    );
}

/// The headers of a request, as members of a JSON object; `open` and `close` stand around each value.
fn headers(one: &Logged, [open, close]: [&str; 2]) -> String {
    let mut out = format!("\"User-Agent\":{open}\"{}\"{close}", one.agent);
    if let Some(token) = &one.token {
        let _ = write!(out, ",\"Authorization\":{open}\"{token}\"{close}");
    }
    out
}

fn caddy(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let _ = write!(
        out,
        "{{\"level\":\"info\",\"ts\":{}.{:03},\"logger\":\"http.log.access.log0\",\"msg\":\"handled request\",\"request\":{{\"remote_ip\":\"{from}\",\
         \"remote_port\":\"4711\",\"client_ip\":\"{from}\",\"proto\":\"HTTP/2.0\",\"method\":\"{method}\",\"host\":\"{HOST}\",\"uri\":\"{target}\",\
         \"headers\":{{{}}}}},\"bytes_read\":{},\"user_id\":\"{}\",\"duration\":0.012,\"size\":{sent},\"status\":{status},\"resp_headers\":{{}}}}",
        one.at / 1000,
        one.at % 1000,
        headers(one, ["[", "]"]),
        one.body.len(),
        one.user.as_deref().unwrap_or_default()
    );
}

fn traefik_json(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let token = one.token.as_ref().map(|token| format!(",\"request_Authorization\":\"{token}\""));
    let _ = write!(
        out,
        "{{\"ClientAddr\":\"{from}:4711\",\"ClientHost\":\"{from}\",\"ClientUsername\":\"{}\",\"DownstreamContentSize\":{sent},\"DownstreamStatus\":{status},\
         \"Duration\":12345678,\"RequestContentSize\":{},\"RequestHost\":\"{HOST}\",\"RequestMethod\":\"{method}\",\"RequestPath\":\"{target}\",\
         \"RequestProtocol\":\"HTTP/2.0\",\"RequestScheme\":\"https\",\"RouterName\":\"shop@docker\",\"StartUTC\":\"{}Z\",\"level\":\"info\",\"msg\":\"\",\
         \"request_User-Agent\":\"{agent}\"{}}}",
        dash(one.user.as_deref()),
        one.body.len(),
        at(one).iso(),
        token.unwrap_or_default()
    );
}

fn envoy_json(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let token = one.token.as_ref().map(|token| format!(",\"authorization\":\"{token}\""));
    let from = match from {
        IpAddr::V4(from) => from.to_string(),
        IpAddr::V6(from) => format!("[{from}]"),
    };
    let _ = write!(
        out,
        "{{\"authority\":\"{HOST}\",\"bytes_received\":{},\"bytes_sent\":{sent},\"downstream_remote_address\":\"{from}:4711\",\"duration\":12,\
         \"method\":\"{method}\",\"path\":\"{target}\",\"protocol\":\"HTTP/2\",\"request_id\":\"{}\",\"response_code\":{status},\"response_flags\":\"-\",\
         \"start_time\":\"{}Z\",\"upstream_cluster\":\"shop\",\"upstream_host\":\"10.0.0.2:80\",\"user_agent\":\"{agent}\"{}}}",
        one.body.len(),
        one.at,
        at(one).iso(),
        token.unwrap_or_default()
    );
}

fn kong(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let sent = sent + HEADERS;
    let user =
        one.user.as_ref().map(|user| format!(",\"consumer\":{{\"username\":\"{user}\",\"id\":\"1\"}}"));
    let _ = write!(
        out,
        "{{\"client_ip\":\"{from}\",\"started_at\":{},\"upstream_uri\":\"/\",\"request\":{{\"uri\":\"{target}\",\"url\":\"https://{HOST}:8443{target}\",\
         \"method\":\"{method}\",\"size\":{},\"headers\":{{\"host\":\"{HOST}\",{}}}}},\"response\":{{\"status\":{status},\"size\":{sent}}},\
         \"latencies\":{{\"kong\":1,\"proxy\":11,\"request\":12}}{},\"service\":{{\"name\":\"shop\"}}}}",
        one.at,
        one.body.len(),
        headers(one, ["", ""]).to_lowercase(),
        user.unwrap_or_default()
    );
}

fn apisix(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let sent = sent + HEADERS;
    let user = one.user.as_ref().map(|user| format!(",\"consumer\":{{\"username\":\"{user}\"}}"));
    let _ = write!(
        out,
        "{{\"client_ip\":\"{from}\",\"start_time\":{},\"route_id\":\"1\",\"upstream\":\"10.0.0.2:80\",\"latency\":12.5,\"apisix_latency\":1.5{},\
         \"server\":{{\"hostname\":\"gw\",\"version\":\"3.9.0\"}},\"request\":{{\"method\":\"{method}\",\"uri\":\"{target}\",\
         \"url\":\"https://{HOST}:9443{target}\",\"size\":{},\"headers\":{{\"host\":\"{HOST}\",{}}},\"body\":\"{}\"}},\
         \"response\":{{\"status\":{status},\"size\":{sent},\"headers\":{{}}}}}}",
        one.at,
        user.unwrap_or_default(),
        one.body.len(),
        headers(one, ["", ""]).to_lowercase(),
        escaped(&one.body)
    );
}

fn ecs(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let user = one.user.as_ref().map(|user| format!(",\"user\":{{\"name\":\"{user}\"}}"));
    let _ = write!(
        out,
        "{{\"@timestamp\":\"{}Z\",\"ecs\":{{\"version\":\"8.11.0\"}},\"source\":{{\"ip\":\"{from}\"}}{},\"http\":{{\"version\":\"1.1\",\
         \"request\":{{\"method\":\"{method}\",\"body\":{{\"bytes\":{}}}}},\"response\":{{\"status_code\":{status},\"body\":{{\"bytes\":{sent}}}}}}},\
         \"url\":{{\"original\":\"{target}\",\"domain\":\"{HOST}\"}},\"user_agent\":{{\"original\":\"{agent}\"}}}}",
        at(one).iso(),
        user.unwrap_or_default(),
        one.body.len()
    );
}

fn cloudflare(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let token =
        one.token.as_ref().map(|token| format!(",\"RequestHeaders\":{{\"authorization\":\"{token}\"}}"));
    let _ = write!(
        out,
        "{{\"ClientIP\":\"{from}\",\"ClientRequestHost\":\"{HOST}\",\"ClientRequestMethod\":\"{method}\",\"ClientRequestURI\":\"{target}\",\
         \"ClientRequestProtocol\":\"HTTP/2\",\"ClientRequestScheme\":\"https\",\"ClientRequestBytes\":{},\"ClientRequestUserAgent\":\"{agent}\",\
         \"EdgeStartTimestamp\":{}000000,\"EdgeResponseBytes\":{},\"EdgeResponseBodyBytes\":{sent},\"EdgeResponseStatus\":{status},\"RayID\":\"{}\"{}}}",
        400 + one.body.len(),
        one.at,
        sent + HEADERS,
        one.at,
        token.unwrap_or_default()
    );
}

fn google(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "{{\"insertId\":\"{}\",\"jsonPayload\":{{\"@type\":\"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry\",\
         \"statusDetails\":\"response_sent_by_backend\"}},\"httpRequest\":{{\"requestMethod\":\"{method}\",\"requestUrl\":\"https://{HOST}{target}\",\
         \"requestSize\":\"{}\",\"status\":{status},\"responseSize\":\"{}\",\"userAgent\":\"{agent}\",\"remoteIp\":\"{from}\",\"latency\":\"0.012s\"}},\
         \"resource\":{{\"type\":\"http_load_balancer\",\"labels\":{{}}}},\"timestamp\":\"{}Z\",\"severity\":\"INFO\"}}",
        one.at,
        400 + one.body.len(),
        sent + HEADERS,
        at(one).iso()
    );
}

fn azure_api(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let user = one.user.as_ref().map(|user| format!(",\"userId\":\"{user}\""));
    let _ = write!(
        out,
        "{{\"time\":\"{}Z\",\"operationName\":\"Microsoft.ApiManagement/GatewayLogs\",\"category\":\"GatewayLogs\",\"durationMs\":12,\
         \"callerIpAddress\":\"{from}\",\"correlationId\":\"{}\",\"properties\":{{\"method\":\"{method}\",\"url\":\"https://{HOST}{target}\",\
         \"responseCode\":{status},\"responseSize\":{},\"requestSize\":{},\"clientProtocol\":\"HTTP/1.1\"{},\"requestHeaders\":{{{}}}}}}}",
        at(one).iso(),
        one.at,
        sent + HEADERS,
        400 + one.body.len(),
        user.unwrap_or_default(),
        headers(one, ["", ""])
    );
}

fn azure_gateway(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "{{\"timeStamp\":\"{}+00:00\",\"listenerName\":\"l\",\"backendPoolName\":\"shop\",\"operationName\":\"ApplicationGatewayAccess\",\
         \"category\":\"ApplicationGatewayAccessLog\",\"properties\":{{\"instanceId\":\"appgw_2\",\"clientIP\":\"{from}\",\"clientPort\":4711,\
         \"httpMethod\":\"{method}\",\"originalRequestUriWithArgs\":\"{target}\",\"requestUri\":\"/\",\"userAgent\":\"{agent}\",\"httpStatus\":{status},\
         \"httpVersion\":\"HTTP/1.1\",\"receivedBytes\":{},\"sentBytes\":{},\"timeTaken\":0.012,\"transactionId\":\"{}\",\"sslEnabled\":\"on\",\
         \"originalHost\":\"{HOST}\"}}}}",
        at(one).iso(),
        400 + one.body.len(),
        sent + HEADERS,
        one.at
    );
}

fn aws_api_gateway(one: &Logged, out: &mut String) {
    let Logged { from, method, status, sent, .. } = one;
    let (path, _) = one.parts();
    let _ = write!(
        out,
        "{{\"requestId\":\"{}\",\"requestTimeEpoch\":\"{}\",\"identity\":{{\"sourceIp\":\"{from}\",\"userAgent\":\"{}\"}},\
         \"authorizer\":{{\"principalId\":\"{}\"}},\"httpMethod\":\"{method}\",\"path\":\"{path}\",\"resourcePath\":\"/{{proxy+}}\",\
         \"protocol\":\"HTTP/1.1\",\"status\":\"{status}\",\"responseLength\":\"{sent}\",\"responseLatency\":\"12\"}}",
        one.at,
        one.at,
        one.agent,
        dash(one.user.as_deref())
    );
}

fn aws_waf(one: &Logged, out: &mut String) {
    let Logged { from, method, .. } = one;
    let (path, query) = one.parts();
    let token =
        one.token.as_ref().map(|token| format!(",{{\"name\":\"authorization\",\"value\":\"{token}\"}}"));
    let _ = write!(
        out,
        "{{\"timestamp\":{},\"formatVersion\":1,\"webaclId\":\"arn\",\"terminatingRuleId\":\"Default_Action\",\"terminatingRuleType\":\"REGULAR\",\
         \"action\":\"ALLOW\",\"httpSourceName\":\"ALB\",\"httpRequest\":{{\"clientIp\":\"{from}\",\"country\":\"-\",\"headers\":[{{\"name\":\"Host\",\
         \"value\":\"{HOST}\"}},{{\"name\":\"User-Agent\",\"value\":\"{}\"}}{}],\"uri\":\"{path}\",\"args\":\"{}\",\"httpVersion\":\"HTTP/1.1\",\
         \"httpMethod\":\"{method}\",\"requestId\":\"{}\"}}}}",
        one.at,
        one.agent,
        token.unwrap_or_default(),
        query.unwrap_or_default(),
        one.at
    );
}

fn modsecurity_json(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let moment = at(one);
    let Moment { year, day, clock: [hour, minute, second, _], .. } = moment;
    let clf = moment.clf();
    let month = clf.get(3..6).unwrap_or_default();
    let _ = write!(
        out,
        "{{\"transaction\":{{\"client_ip\":\"{from}\",\"time_stamp\":\"Thu {month} {day:>2} {hour:02}:{minute:02}:{second:02} {year}\",\"server_id\":\"s\",\
         \"client_port\":4711,\"host_ip\":\"192.0.2.80\",\"host_port\":443,\"unique_id\":\"{}\",\"request\":{{\"method\":\"{method}\",\"http_version\":1.1,\
         \"uri\":\"{target}\",\"body\":\"{}\",\"headers\":{{\"Host\":\"{HOST}\",\"Content-Length\":\"{}\",{}}}}},\"response\":{{\"http_code\":{status},\
         \"headers\":{{\"Content-Length\":\"{sent}\"}}}},\"producer\":{{\"modsecurity\":\"ModSecurity v3.0.12\",\"secrules_engine\":\"Enabled\"}},\
         \"messages\":[]}}}}",
        one.at,
        escaped(&one.body),
        one.body.len(),
        headers(one, ["", ""])
    );
}

fn coraza(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, .. } = one;
    let _ = write!(
        out,
        "{{\"transaction\":{{\"timestamp\":\"{}\",\"unix_timestamp\":{}000000,\"id\":\"{}\",\"client_ip\":\"{from}\",\"client_port\":4711,\
         \"host_ip\":\"192.0.2.80\",\"host_port\":443,\"server_id\":\"s\",\"request\":{{\"method\":\"{method}\",\"protocol\":\"HTTP/1.1\",\
         \"uri\":\"{target}\",\"http_version\":\"1.1\",\"headers\":{{\"host\":[\"{HOST}\"],{}}},\"body\":\"{}\",\"length\":{}}},\
         \"response\":{{\"protocol\":\"HTTP/1.1\",\"status\":{status},\"headers\":{{\"content-length\":[\"{sent}\"]}}}},\
         \"producer\":{{\"rule_engine\":\"On\"}},\"is_interrupted\":false}},\"messages\":[]}}",
        at(one).iso().get(..19).unwrap_or_default().replace('-', "/").replace('T', " "),
        one.at,
        one.at,
        headers(one, ["[", "]"])
            .replace("User-Agent", "user-agent")
            .replace("Authorization", "authorization"),
        escaped(&one.body),
        one.body.len()
    );
}

fn suricata(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let token = one.token.as_ref().map(|token| format!(",\"authorization\":\"{token}\""));
    let _ = write!(
        out,
        "{{\"timestamp\":\"{}000+0000\",\"flow_id\":412547343494194,\"event_type\":\"http\",\"src_ip\":\"{from}\",\"src_port\":4711,\
         \"dest_ip\":\"192.0.2.80\",\"dest_port\":80,\"proto\":\"TCP\",\"tx_id\":0,\"http\":{{\"hostname\":\"{HOST}\",\"url\":\"{target}\",\
         \"http_user_agent\":\"{agent}\",\"http_method\":\"{method}\",\"protocol\":\"HTTP/1.1\",\"status\":{status},\"length\":{sent}{}}}}}",
        at(one).iso(),
        token.unwrap_or_default()
    );
}

fn zeek_json(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let user = one.user.as_ref().map(|user| format!(",\"username\":\"{user}\""));
    let _ = write!(
        out,
        "{{\"ts\":{}.{:03}000,\"uid\":\"C{}\",\"id.orig_h\":\"{from}\",\"id.orig_p\":4711,\"id.resp_h\":\"192.0.2.80\",\"id.resp_p\":80,\
         \"trans_depth\":1,\"method\":\"{method}\",\"host\":\"{HOST}\",\"uri\":\"{target}\",\"version\":\"1.1\",\"user_agent\":\"{agent}\",\
         \"request_body_len\":{},\"response_body_len\":{sent},\"status_code\":{status},\"tags\":[]{}}}",
        one.at / 1000,
        one.at % 1000,
        one.at,
        one.body.len(),
        user.unwrap_or_default()
    );
}

fn ocsf(one: &Logged, out: &mut String) {
    let Logged { from, method, status, sent, agent, .. } = one;
    let (path, query) = one.parts();
    let user = one.user.as_ref().map(|user| format!(",\"actor\":{{\"user\":{{\"name\":\"{user}\"}}}}"));
    let token = one
        .token
        .as_ref()
        .map(|token| format!(",\"http_headers\":[{{\"name\":\"Authorization\",\"value\":\"{token}\"}}]"));
    let _ = write!(
        out,
        "{{\"metadata\":{{\"version\":\"1.3.0\",\"uid\":\"{}\",\"product\":{{\"name\":\"p\"}}}},\"class_uid\":4002,\"category_uid\":4,\"activity_id\":3,\
         \"time\":{},\"duration\":12,\"src_endpoint\":{{\"ip\":\"{from}\",\"port\":4711}}{},\"http_request\":{{\"http_method\":\"{method}\",\
         \"version\":\"1.1\",\"user_agent\":\"{agent}\",\"length\":{},\"url\":{{\"scheme\":\"https\",\"hostname\":\"{HOST}\",\"path\":\"{path}\",\
         \"query_string\":\"{}\"}}{}}},\"http_response\":{{\"code\":{status},\"length\":{sent}}}}}",
        one.at,
        one.at,
        user.unwrap_or_default(),
        one.body.len(),
        query.unwrap_or_default(),
        token.unwrap_or_default()
    );
}

fn other_json(one: &Logged, out: &mut String) {
    let Logged { from, method, target, status, sent, agent, .. } = one;
    let _ = write!(
        out,
        "{{\"time\":\"{}Z\",\"id\":\"{}\",\"remote_ip\":\"{from}\",\"host\":\"{HOST}\",\"method\":\"{method}\",\"uri\":\"{target}\",\
         \"user_agent\":\"{agent}\",\"status\":{status},\"error\":\"\",\"latency\":12500000,\"latency_human\":\"12.5ms\",\"bytes_in\":{},\
         \"bytes_out\":{sent}}}",
        at(one).iso(),
        one.at,
        one.body.len()
    );
}
