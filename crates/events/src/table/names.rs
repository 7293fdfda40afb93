//! What columns are called.

use super::Column;

/// By the W3C extended log format, with the fields that IIS and CloudFront add. `seconds` says whether
/// the product counts `time-taken` in seconds (CloudFront) or milliseconds (IIS).
pub(crate) fn of_w3c(name: &[u8], seconds: bool) -> Column {
    match &*name.to_ascii_lowercase() {
        b"date" => Column::Day,
        b"time" => Column::Clock,
        b"c-ip" => Column::Client,
        b"x-forwarded-for" | b"cs(x-forwarded-for)" => Column::Forwarded,
        b"cs-username" => Column::User,
        b"cs-method" => Column::Method,
        b"cs-uri-stem" => Column::Path,
        b"cs-uri-query" => Column::Query,
        b"cs-uri" => Column::Target,
        b"cs-version" | b"cs-protocol-version" => Column::Protocol,
        b"cs-protocol" => Column::Scheme,
        b"cs-host" | b"x-host-header" => Column::Host,
        // The name of the distribution, not what was asked for.
        b"cs(host)" if seconds => Column::Other,
        b"cs(host)" => Column::Host,
        b"sc-status" => Column::Status,
        b"sc-bytes" => Column::Sent,
        b"cs-bytes" => Column::Received,
        b"time-taken" if seconds => Column::Seconds,
        b"time-taken" => Column::Millis,
        b"cs(user-agent)" => Column::Agent,
        b"cs(referer)" => Column::Referer,
        b"cs(cookie)" => Column::Cookie,
        b"cs(authorization)" => Column::Authorization,
        b"cs(content-type)" => Column::RequestType,
        b"sc-content-type" | b"sc(content-type)" => Column::ResponseType,
        b"x-edge-request-id" => Column::Id,
        b"s-sitename" => Column::Upstream,
        _ => Column::Other,
    }
}

/// By Zeek's `http.log`.
pub(crate) fn of_zeek(name: &[u8]) -> Column {
    match name {
        b"ts" => Column::At,
        b"uid" => Column::Id,
        b"id.orig_h" => Column::Client,
        b"id.resp_h" => Column::Upstream,
        b"method" => Column::Method,
        b"host" => Column::Host,
        b"uri" => Column::Target,
        b"referrer" => Column::Referer,
        b"version" => Column::Version,
        b"user_agent" => Column::Agent,
        b"request_body_len" => Column::Received,
        b"response_body_len" => Column::Sent,
        b"status_code" => Column::Status,
        b"username" => Column::User,
        b"proxied" => Column::Forwarded,
        b"orig_mime_types" => Column::RequestType,
        b"resp_mime_types" => Column::ResponseType,
        b"post_body" => Column::RequestBody,
        _ => Column::Other,
    }
}

/// By the names that products, indexes and people give. Only letters and digits count:
/// `http.response.status_code`, `HTTP Response Status Code`.
pub(crate) fn of_csv(name: &[u8]) -> Column {
    let kept: Vec<u8> =
        name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    NAMES
        .iter()
        .find(|(_, names)| names.split(' ').any(|known| known.as_bytes() == kept))
        .map_or(Column::Other, |(column, _)| *column)
}

/// A name is here only where it has one meaning among the products that use it: a bare `duration` has
/// no unit.
const NAMES: &[(Column, &str)] = &[
    (
        Column::At,
        "time timestamp datetime eventtime starttime timegenerated timegeneratedutc timestamputc edgestarttimestamp \
         ts logtime receivedat createdat timelocal timeiso8601 startedat requesttimestamp requestreceivedtime",
    ),
    (Column::Day, "date"),
    (
        Column::Client,
        "client clientip clientips clientipaddress remoteaddr remoteip remoteaddress remotehost ip ipaddress cip \
         srcip sourceip sourceaddress sourceipaddress calleripaddress httprequestremoteip srcaddr src \
         networkclientip httprequestclientip clientaddress clientaddr realip callerip",
    ),
    (Column::Forwarded, "xforwardedfor forwarded forwardedfor httpxforwardedfor csxforwardedfor"),
    (Column::User, "user username userid remoteuser csusername authuser principal consumer usernames"),
    (
        Column::Method,
        "method httpmethod httpmethods requestmethod csmethod httprequestmethod httprequestrequestmethod \
         clientrequestmethod verb",
    ),
    (
        Column::Target,
        "uri url requesturi requesturis requesturl target csuri urloriginal httpurl httprequestrequesturl \
         clientrequesturi httprequesturi requesttarget urlfull",
    ),
    (
        Column::Path,
        "path uripath requestpath csuristem urlpath clientrequestpath uristem httprequestpath rawpath resourcepath",
    ),
    (
        Column::Query,
        "query querystring uriquery csuriquery urlquery requestquery requestquerys args requestquerystring",
    ),
    (Column::RequestLine, "request requestline"),
    (
        Column::Protocol,
        "protocol httpprotocol serverprotocol requestprotocol csversion csprotocolversion clientrequestprotocol \
         httpversions httprequestprotocol",
    ),
    (Column::Version, "httpversion"),
    (Column::Scheme, "scheme urlscheme clientrequestscheme csprotocol requestscheme"),
    (
        Column::Host,
        "host hostname hosts httphost requesthost domain domainname cshost urldomain vhost virtualhost \
         clientrequesthost xhostheader httprequesthost",
    ),
    (
        Column::Status,
        "status statuscode httpstatus httpstatusd httpstatuscode responsecode responsestatus responsestatuscode \
         scstatus httpresponsestatuscode httprequeststatus edgeresponsestatus elbstatuscode code",
    ),
    (
        Column::Sent,
        "bytes bytessent bodybytessent sentbytes sentbytesd scbytes responsesize responsebytes responselength \
         edgeresponsebytes httpresponsebodybytes httpresponsebytes httprequestresponsesize bytesout size",
    ),
    (
        Column::Received,
        "bytesreceived receivedbytes receivedbytesd csbytes requestsize requestbytes requestlength \
         clientrequestbytes httprequestbodybytes httprequestbytes httprequestrequestsize bytesin",
    ),
    (Column::Seconds, "requesttime durations durationseconds latencyseconds durationsec httprequestlatency"),
    (
        Column::Millis,
        "durationms latencyms responsetimems requesttimems elapsedms durationmilliseconds totaltimems timetakenms",
    ),
    (Column::Micros, "durationus durationmicros latencyus"),
    (Column::Nanos, "eventduration durationns"),
    (
        Column::Agent,
        "useragent useragents httpuseragent csuseragent agent useragentoriginal clientrequestuseragent \
         httprequestuseragent",
    ),
    (
        Column::Referer,
        "referer referrer httpreferer httpreferrer csreferer clientrequestreferer httprequestreferer \
         httprequestreferrer",
    ),
    (Column::Authorization, "authorization httpauthorization"),
    (Column::Cookie, "cookie cookies httpcookie cscookie"),
    (Column::RequestType, "requestcontenttype contenttype httprequestmimetype"),
    (
        Column::ResponseType,
        "responsecontenttype sentcontenttype edgeresponsecontenttype httpresponsemimetype",
    ),
    (Column::RequestBody, "requestbody httprequestbodycontent"),
    (Column::ResponseBody, "responsebody httpresponsebodycontent"),
    (
        Column::Upstream,
        "upstream upstreamaddr backend service targetgroup serverrouted serverrouteds backendid originip route",
    ),
    (Column::Rule, "ruleid ruleids wafruleid securityruleid"),
    (Column::Action, "action actions securityaction wafaction firewallaction"),
    (
        Column::Id,
        "requestid xrequestid rayid traceid transactionid transactionids uniqueid correlationid xamznrequestid",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_products_are_known() {
        for (name, expected) in [
            ("@timestamp", Column::At),
            ("_time", Column::At),
            ("EdgeStartTimestamp", Column::At),
            ("TimeGenerated [UTC]", Column::At),
            ("source.ip", Column::Client),
            ("clientIP_s", Column::Client),
            ("remote_addr", Column::Client),
            ("http.request.method", Column::Method),
            ("httpRequest.requestUrl", Column::Target),
            ("url.original", Column::Target),
            ("HTTP Response Status Code", Column::Status),
            ("EdgeResponseBytes", Column::Sent),
            ("user_agent.original", Column::Agent),
            ("duration", Column::Other),
            ("latency_ms", Column::Millis),
            ("anything else", Column::Other),
            ("", Column::Other),
        ] {
            assert_eq!(of_csv(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn no_name_has_two_meanings() {
        let mut names: Vec<&str> = NAMES.iter().flat_map(|(_, names)| names.split(' ')).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
