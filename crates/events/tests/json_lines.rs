//! Lines of every dialect of JSON, written after its product's documentation, field by field. The
//! dialect of each is found without being named, and everything that a dialect says it can tell is
//! told by one of its lines.

// long: one table of lines; every line stands beside what is read from it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use common::{read, value};
use events::{Dialect, Event, Field, Reader};

/// Lines with what is read from them, dialect by dialect.
const LINES: &[(&str, &str, &str)] = &[
    // The names of nginx's variables, numbers with quotes and without.
    (
        "nginx-json",
        r#"{"time_iso8601":"2026-11-26T12:46:42+01:00","msec":"1795693602.123","remote_addr":"192.0.2.7","remote_user":"anna","request":"GET /v1/orders/7?a=\"b\" HTTP/1.1","request_method":"GET","request_uri":"/v1/orders/7?a=\"b\"","uri":"/v1/orders/7","status":"200","body_bytes_sent":"803","bytes_sent":"1040","request_length":"150","content_length":"7","request_time":"0.012","http_host":"shop.example.com","host":"shop.example.com","scheme":"https","server_protocol":"HTTP/1.1","http_user_agent":"curl/8.5.0","http_referer":"https://example.com/","http_x_forwarded_for":"198.51.100.1, 198.51.100.2","http_authorization":"Bearer abc","http_cookie":"sid=1","content_type":"application/json","request_body":"{\"id\":7}","sent_http_content_type":"application/json","upstream_addr":"10.0.0.2:80","request_id":"f00"}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1, 198.51.100.2 user=anna method=GET target=/v1/orders/7?a=\"b\" protocol=HTTP/1.1 scheme=https host=shop.example.com status=200 bytes-sent=803 bytes-received=7 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json request-body={\"id\":7} response-type=application/json upstream=10.0.0.2:80 id=f00"#,
    ),
    // The request line alone, a hand-made format with its faults, no `escape=json`, no UTF-8.
    (
        "nginx-json",
        r#"{ "time_local": "26/Nov/2026:12:46:42 +0100", "remote_addr": "2001:db8::7", "remote_user": "-", "request": "POST /v1/orders?q=\x22\xE4\x22 HTTP/2.0", "status": 201, "body_bytes_sent": 0, "http_referer": "-", "http_user_agent": "a \x22b\x22 \x5C", "request_time": 0.500, "upstream_response_time": , "upstream_addr": "-" }"#,
        r#"time=2026-11-26T11:46:42Z client=2001:db8::7 method=POST target=/v1/orders?q=\"\xe4\" protocol=HTTP/2.0 status=201 bytes-sent=0 duration=500000 user-agent=a \"b\" \\"#,
    ),
    // TLS spoken to a plain port: an exchange without a request.
    (
        "nginx-json",
        r#"{"msec":"1795693602.123","remote_addr":"192.0.2.7","request":"\u0016\u0003\u0001","status":"400","body_bytes_sent":"150","http_user_agent":""}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 status=400 bytes-sent=150",
    ),
    // `$uri` and `$args` apart; `$https` tells the scheme.
    (
        "nginx-json",
        r#"{"@timestamp":"2026-11-26T11:46:42+00:00","remote_addr":"192.0.2.7","request_method":"GET","uri":"/a","args":"b=c","server_protocol":"HTTP/1.1","https":"on","server_name":"example.com","status":"404"}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=GET target=/a?b=c protocol=HTTP/1.1 scheme=https host=example.com status=404",
    ),
    (
        "caddy",
        r#"{"level":"info","ts":1795693602.1239,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.1","remote_port":"4711","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"POST","host":"shop.example.com","uri":"/v1/orders?a=%22","headers":{"User-Agent":["curl/8.5.0"],"Referer":["https://example.com/"],"X-Forwarded-For":["198.51.100.1","198.51.100.2"],"Cookie":["sid=1"],"Authorization":["Bearer abc"],"Content-Type":["application/json"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"shop.example.com"}},"bytes_read":7,"user_id":"anna","duration":0.012,"size":803,"status":200,"resp_headers":{"Content-Type":["application/json"]}}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1, 198.51.100.2 user=anna method=POST target=/v1/orders?a=%22 protocol=HTTP/2.0 scheme=https host=shop.example.com status=200 bytes-sent=803 bytes-received=7 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json"#,
    ),
    // Spans and times as words, secrets taken out.
    (
        "caddy",
        r#"{"level":"error","ts":"2026-11-26T11:46:42.123Z","logger":"http.log.access","msg":"handled request","request":{"remote_ip":"2001:db8::7","client_ip":"2001:db8::7","proto":"HTTP/1.1","method":"GET","host":"example.com","uri":"/","headers":{"Authorization":["REDACTED"],"Cookie":[]}},"bytes_read":0,"user_id":"","duration":"1.5ms","size":0,"status":401,"resp_headers":{}}"#,
        "time=2026-11-26T11:46:42.123Z client=2001:db8::7 method=GET target=/ protocol=HTTP/1.1 host=example.com status=401 bytes-sent=0 bytes-received=0 duration=1500",
    ),
    (
        "traefik-json",
        r#"{"ClientAddr":"192.0.2.7:4711","ClientHost":"192.0.2.7","ClientPort":"4711","ClientUsername":"anna","DownstreamContentSize":803,"DownstreamStatus":200,"Duration":12345678,"OriginContentSize":803,"OriginDuration":11000000,"OriginStatus":200,"Overhead":1345678,"RequestAddr":"shop.example.com:8443","RequestContentSize":7,"RequestCount":190,"RequestHost":"shop.example.com","RequestMethod":"POST","RequestPath":"/v1/orders?a=b","RequestPort":"8443","RequestProtocol":"HTTP/2.0","RequestScheme":"https","RetryAttempts":0,"RouterName":"shop@docker","ServiceAddr":"10.0.0.2:80","ServiceName":"shop@docker","StartLocal":"2026-11-26T12:46:42.123456789+01:00","StartUTC":"2026-11-26T11:46:42.123456789Z","TLSVersion":"1.3","downstream_Content-Type":"application/json","entryPointName":"websecure","level":"info","msg":"","origin_Content-Type":"application/json","request_Authorization":"Bearer abc","request_Content-Type":"application/json","request_Cookie":"sid=1","request_Referer":"https://example.com/","request_User-Agent":"curl/8.5.0","request_X-Forwarded-For":"198.51.100.1","time":"2026-11-26T12:46:42+01:00"}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 user=anna method=POST target=/v1/orders?a=b protocol=HTTP/2.0 scheme=https host=shop.example.com:8443 status=200 bytes-sent=803 bytes-received=7 duration=12345 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json upstream=shop@docker"#,
    ),
    // Istio's keys.
    (
        "envoy-json",
        r#"{"authority":"shop.example.com","bytes_received":7,"bytes_sent":803,"connection_termination_details":null,"downstream_local_address":"10.0.0.1:8443","downstream_remote_address":"192.0.2.7:4711","duration":12,"method":"POST","path":"/v1/orders?a=b","protocol":"HTTP/2","request_id":"f00","requested_server_name":"shop.example.com","response_code":200,"response_code_details":"via_upstream","response_flags":"-","route_name":"default","start_time":"2026-11-26T11:46:42.123Z","upstream_cluster":"outbound|80||shop","upstream_host":"10.0.0.2:80","upstream_local_address":"10.0.0.1:5000","upstream_service_time":"11","upstream_transport_failure_reason":null,"user_agent":"curl/8.5.0","x_forwarded_for":"198.51.100.1,192.0.2.7","referer":"https://example.com/","authorization":"Bearer abc","cookie":"sid=1","content_type":"application/json","response_content_type":"application/json"}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1,192.0.2.7 method=POST target=/v1/orders?a=b protocol=HTTP/2 scheme=https host=shop.example.com status=200 bytes-sent=803 bytes-received=7 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json upstream=outbound|80||shop blocked=false id=f00",
    ),
    // Envoy Gateway's keys, and a refusal of its own; the path as the client sent it.
    (
        "envoy-json",
        r#"{":authority":"example.com","bytes_received":"0","bytes_sent":"19","downstream_remote_address":"[2001:db8::7]:4711","duration":"0","method":"GET","path":"/inner","protocol":"HTTP/1.1","response_code":"403","response_code_details":"rbac_access_denied_matched_policy[none]","response_flags":"-","start_time":"2026-11-26T11:46:42.123Z","upstream_cluster":"-","upstream_host":"-","user-agent":"curl/8.5.0","x-envoy-origin-path":"/outer?a=b","x-forwarded-for":"-","x-request-id":"f00"}"#,
        "time=2026-11-26T11:46:42.123Z client=2001:db8::7 method=GET target=/outer?a=b protocol=HTTP/1.1 host=example.com status=403 bytes-sent=19 bytes-received=0 duration=0 user-agent=curl/8.5.0 blocked=true id=f00",
    ),
    // The console's suggestion for REST APIs: a template in place of the path.
    (
        "aws-api-gateway",
        r#"{"requestId":"f00","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"26/Nov/2026:11:46:42 +0000","httpMethod":"GET","resourcePath":"/orders/{id}","status":"200","protocol":"HTTP/1.1","responseLength":"803"}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=GET target=/orders/{id} protocol=HTTP/1.1 status=200 bytes-sent=803 upstream=/orders/{id} id=f00",
    ),
    (
        "aws-api-gateway",
        r#"{"requestId":"f00","requestTimeEpoch":"1795693602123","identity":{"sourceIp":"192.0.2.7","userAgent":"curl/8.5.0","apiKeyId":"key"},"authorizer":{"principalId":"anna"},"httpMethod":"POST","path":"/prod/orders/7","resourcePath":"/orders/{id}","domainName":"api.example.com","protocol":"HTTP/1.1","status":"403","responseLength":"19","responseLatency":"12","error":{"responseType":"ACCESS_DENIED"}}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 user=anna method=POST target=/prod/orders/7 protocol=HTTP/1.1 host=api.example.com status=403 bytes-sent=19 duration=12000 user-agent=curl/8.5.0 upstream=/orders/{id} blocked=true id=f00",
    ),
    // The console's suggestion for HTTP APIs.
    (
        "aws-api-gateway",
        r#"{"requestId":"f00","ip":"192.0.2.7","requestTime":"26/Nov/2026:11:46:42 +0000","httpMethod":"GET","routeKey":"GET /orders/{id}","status":"200","protocol":"HTTP/1.1","responseLength":"803"}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=GET protocol=HTTP/1.1 status=200 bytes-sent=803 upstream=GET /orders/{id} id=f00",
    ),
    (
        "aws-waf",
        r#"{"timestamp":1795693602123,"formatVersion":1,"webaclId":"arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/1","terminatingRuleId":"AWS-AWSManagedRulesSQLiRuleSet","terminatingRuleType":"MANAGED_RULE_GROUP","action":"BLOCK","terminatingRuleMatchDetails":[{"conditionType":"SQL_INJECTION","location":"QUERY_STRING","matchedData":["1","or"]}],"httpSourceName":"ALB","httpSourceId":"111122223333-app/shop/1","ruleGroupList":[{"ruleGroupId":"AWS#AWSManagedRulesSQLiRuleSet","terminatingRule":{"ruleId":"SQLi_QUERYARGUMENTS","action":"BLOCK"},"nonTerminatingMatchingRules":[],"excludedRules":null}],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[{"ruleId":"count-curl","action":"COUNT"}],"requestHeadersInserted":null,"responseCodeSent":403,"httpRequest":{"clientIp":"192.0.2.7","country":"-","headers":[{"name":"Host","value":"shop.example.com"},{"name":"user-agent","value":"curl/8.5.0"},{"name":"Referer","value":"https://example.com/"},{"name":"X-Forwarded-For","value":"198.51.100.1"},{"name":"Authorization","value":"Bearer abc"},{"name":"Cookie","value":"sid=1"},{"name":"Content-Type","value":"application/json"},{"name":"Content-Length","value":"7"}],"uri":"/v1/orders","args":"id=1%20or%201","httpVersion":"HTTP/1.1","httpMethod":"POST","requestId":"f00","scheme":"https"},"labels":[]}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 method=POST target=/v1/orders?id=1%20or%201 protocol=HTTP/1.1 scheme=https host=shop.example.com status=403 bytes-received=7 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json upstream=111122223333-app/shop/1 rules=AWS-AWSManagedRulesSQLiRuleSet,SQLi_QUERYARGUMENTS,count-curl blocked=true id=f00",
    ),
    (
        "aws-waf",
        r#"{"timestamp":1795693602123,"formatVersion":1,"webaclId":"arn","terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","httpRequest":{"clientIp":"192.0.2.7","country":"-","headers":[],"uri":"/","args":"","httpVersion":"HTTP/2.0","httpMethod":"GET","requestId":"f00"}}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 method=GET target=/ protocol=HTTP/2.0 blocked=false id=f00",
    ),
    (
        "modsecurity-json",
        r#"{"transaction":{"client_ip":"192.0.2.7","time_stamp":"Thu Nov 26 11:46:42 2026","server_id":"s","client_port":4711,"host_ip":"192.0.2.80","host_port":443,"unique_id":"f00","request":{"method":"POST","http_version":1.1,"uri":"/v1/orders?id=1%20or%201","body":"{\"id\":\"1 or 1\"}","headers":{"Host":"shop.example.com","User-Agent":"curl/8.5.0","Referer":"https://example.com/","X-Forwarded-For":"198.51.100.1","X-Forwarded-For":"198.51.100.2","Authorization":"Bearer abc","Cookie":"sid=1","Content-Type":"application/json","Content-Length":"15"}},"response":{"body":"{\"error\":\"no\"}","http_code":403,"headers":{"Content-Type":"application/json","Content-Length":"14"}},"producer":{"modsecurity":"ModSecurity v3.0.12","connector":"ModSecurity-nginx v1.0.3","secrules_engine":"DetectionOnly","components":["OWASP_CRS/4.0.0\""]},"messages":[{"message":"SQL Injection Attack","details":{"match":"detected SQLi","reference":"v1","ruleId":"942100","file":"f","lineNumber":"1","data":"d","severity":"2","ver":"OWASP_CRS/4.0.0","rev":"","tags":["attack-sqli"],"maturity":"0","accuracy":"0"}},{"message":"Inbound Anomaly Score Exceeded","details":{"match":"m","reference":"","ruleId":"949110","tags":[]}}]}}"#,
        r#"time=2026-11-26T11:46:42Z client=192.0.2.7 forwarded=198.51.100.1, 198.51.100.2 method=POST target=/v1/orders?id=1%20or%201 protocol=HTTP/1.1 host=shop.example.com status=403 bytes-sent=14 bytes-received=15 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json request-body={\"id\":\"1 or 1\"} response-type=application/json response-body={\"error\":\"no\"} rules=942100,949110 blocked=false id=f00"#,
    ),
    (
        "coraza",
        r#"{"transaction":{"timestamp":"2026/11/26 11:46:42","unix_timestamp":1795693602123456789,"id":"f00","client_ip":"192.0.2.7","client_port":4711,"host_ip":"192.0.2.80","host_port":443,"server_id":"s","request":{"method":"POST","protocol":"HTTP/1.1","uri":"/v1/orders?id=1%20or%201","http_version":"1.1","headers":{"host":["shop.example.com"],"user-agent":["curl/8.5.0"],"referer":["https://example.com/"],"x-forwarded-for":["198.51.100.1"],"authorization":["Bearer abc"],"cookie":["sid=1"],"content-type":["application/json"]},"body":"{\"id\":1}","files":null,"args":{},"length":8},"response":{"protocol":"HTTP/1.1","status":403,"headers":{"content-type":["application/json"],"content-length":["14"]},"body":"{\"error\":\"no\"}"},"producer":{"connector":"","version":"","server":"","rule_engine":"On","stopwatch":"","rulesets":[]},"highest_severity":"critical","is_interrupted":true},"messages":[{"actionset":"","message":"SQL Injection","error_message":"","data":{"file":"f","line":1,"id":942100,"rev":"","msg":"m","data":"d","severity":2,"ver":"v","maturity":0,"accuracy":0,"tags":["attack-sqli"],"raw":"r"}}]}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 method=POST target=/v1/orders?id=1%20or%201 protocol=HTTP/1.1 host=shop.example.com status=403 bytes-sent=14 bytes-received=8 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json request-body={\"id\":1} response-type=application/json response-body={\"error\":\"no\"} rules=942100 blocked=true id=f00"#,
    ),
    (
        "kong",
        r#"{"client_ip":"192.0.2.7","started_at":1795693602123,"upstream_uri":"/orders?a=b","workspace":"w","request":{"id":"f00","uri":"/v1/orders?a=b","url":"https://shop.example.com:8443/v1/orders?a=b","method":"POST","querystring":{"a":"b"},"size":157,"headers":{"host":"shop.example.com","user-agent":"curl/8.5.0","referer":"https://example.com/","x-forwarded-for":"198.51.100.1","authorization":"Bearer abc","cookie":"sid=1","content-type":"application/json"},"tls":{"version":"TLSv1.3","cipher":"c","client_verify":"NONE"}},"response":{"status":200,"size":1040,"headers":{"content-type":"application/json","content-length":"803"}},"tries":[{"ip":"10.0.0.2","port":80}],"latencies":{"kong":1,"proxy":11,"request":12,"receive":0},"consumer":{"username":"anna","id":"1"},"authenticated_entity":{"id":"2"},"route":{"name":"orders","methods":["GET"]},"service":{"name":"shop","host":"10.0.0.2"}}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 user=anna method=POST target=/v1/orders?a=b scheme=https host=shop.example.com status=200 bytes-sent=1040 bytes-received=157 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json upstream=shop id=f00",
    ),
    (
        "apisix",
        r#"{"client_ip":"192.0.2.7","start_time":1795693602123.5,"route_id":"1","service_id":"","upstream":"10.0.0.2:80","latency":12.5,"upstream_latency":11,"apisix_latency":1.5,"consumer":{"username":"anna"},"server":{"hostname":"gw","version":"3.9.0"},"request":{"method":"POST","uri":"/v1/orders?a=b","url":"https://shop.example.com:9443/v1/orders?a=b","querystring":{"a":"b"},"size":157,"headers":{"host":"shop.example.com","user-agent":"curl/8.5.0","referer":"https://example.com/","x-forwarded-for":"198.51.100.1","authorization":"Bearer abc","cookie":"sid=1","content-type":"application/json"},"body":"{\"id\":7}"},"response":{"status":200,"size":1040,"headers":{"content-type":"application/json"},"body":"[]"}}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 user=anna method=POST target=/v1/orders?a=b scheme=https host=shop.example.com status=200 bytes-sent=1040 bytes-received=157 duration=12500 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json request-body={\"id\":7} response-type=application/json response-body=[] upstream=10.0.0.2:80"#,
    ),
    (
        "azure-api-management",
        r#"{"DeploymentVersion":"0.43","Level":4,"isRequestSuccess":true,"time":"2026-11-26T11:46:42.1234567Z","operationName":"Microsoft.ApiManagement/GatewayLogs","category":"GatewayLogs","durationMs":12,"callerIpAddress":"192.0.2.7","correlationId":"f00","location":"West Europe","resourceId":"/SUBSCRIPTIONS/0","properties":{"method":"POST","url":"https://shop.example.com/v1/orders?a=b","backendResponseCode":200,"responseCode":200,"responseSize":1040,"cache":"none","backendTime":11,"requestSize":157,"apiId":"shop","operationId":"orders","userId":"anna","apimSubscriptionId":"sub","clientProtocol":"HTTP/1.1","backendProtocol":"HTTP/1.1","apiRevision":"1","clientTlsVersion":"1.3","backendMethod":"POST","backendUrl":"https://10.0.0.2/orders","requestHeaders":{"User-Agent":"curl/8.5.0","Referer":"https://example.com/","X-Forwarded-For":"198.51.100.1","Authorization":"Bearer abc","Cookie":"sid=1","Content-Type":"application/json"},"responseHeaders":{"Content-Type":"application/json"},"requestBody":"{\"id\":7}","responseBody":"[]"}}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 user=anna method=POST target=/v1/orders?a=b protocol=HTTP/1.1 scheme=https host=shop.example.com status=200 bytes-sent=1040 bytes-received=157 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json request-body={\"id\":7} response-type=application/json response-body=[] upstream=https://10.0.0.2/orders id=f00"#,
    ),
    // A blob of several records, and a row of the table.
    (
        "azure-api-management",
        r#"{"records":[{"time":"2026-11-26T11:46:42Z","category":"GatewayLogs","callerIpAddress":"192.0.2.7","properties":{"method":"GET","url":"https://example.com/1","responseCode":200}},{"time":"2026-11-26T11:46:43Z","category":"GatewayLogs","callerIpAddress":"192.0.2.8","properties":{"method":"GET","url":"https://example.com/2","responseCode":404}}]}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=GET target=/1 scheme=https host=example.com status=200 | time=2026-11-26T11:46:43Z client=192.0.2.8 method=GET target=/2 scheme=https host=example.com status=404",
    ),
    (
        "azure-api-management",
        r#"{"TimeGenerated":"2026-11-26T11:46:42Z","Category":"GatewayLogs","CallerIpAddress":"192.0.2.7","Method":"GET","Url":"https://example.com/1","ResponseCode":200,"TotalTime":12}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=GET target=/1 scheme=https host=example.com status=200 duration=12000",
    ),
    // Version 2.
    (
        "azure-application-gateway",
        r#"{"timeStamp":"2026-11-26T11:46:42+00:00","resourceId":"/SUBSCRIPTIONS/0","listenerName":"l","ruleName":"r","backendPoolName":"shop","backendSettingName":"s","operationName":"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"appgw_2","clientIP":"192.0.2.7","clientPort":4711,"httpMethod":"POST","originalRequestUriWithArgs":"/v1/orders?a=b","requestUri":"/orders","requestQuery":"a=b","userAgent":"curl/8.5.0","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":157,"sentBytes":1040,"clientResponseTime":0.001,"timeTaken":0.012,"transactionId":"f00","sslEnabled":"on","sslProtocol":"TLSv1.3","serverRouted":"10.0.0.2:80","serverStatus":"200","originalHost":"shop.example.com","host":"10.0.0.2","contentType":"application/json"}}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=POST target=/v1/orders?a=b protocol=HTTP/1.1 scheme=https host=shop.example.com status=200 bytes-sent=1040 bytes-received=157 duration=12000 user-agent=curl/8.5.0 request-type=application/json upstream=10.0.0.2:80 id=f00",
    ),
    // Version 1: milliseconds, and its own words in the query.
    (
        "azure-application-gateway",
        r#"{"records":[{"resourceId":"/SUBSCRIPTIONS/0","operationName":"ApplicationGatewayAccess","time":"2026-11-26T11:46:42Z","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"ApplicationGatewayRole_IN_0","clientIP":"192.0.2.7","clientPort":-,"httpMethod":"GET","requestUri":"/a","requestQuery":"b=c&X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.0.0.2&X-AzureApplicationGateway-LOG-ID=1&SERVER-STATUS=200","userAgent":"curl/8.5.0","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":785,"sentBytes":3269,"timeTaken":205,"sslEnabled":"off","host":"-"}}]}"#,
        "time=2026-11-26T11:46:42Z client=192.0.2.7 method=GET target=/a?b=c protocol=HTTP/1.1 scheme=http status=200 bytes-sent=3269 bytes-received=785 duration=205000 user-agent=curl/8.5.0",
    ),
    (
        "google-load-balancer",
        r#"{"insertId":"f00","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"denied_by_security_policy","enforcedSecurityPolicy":{"name":"shop","priority":100,"configuredAction":"DENY","outcome":"DENY","preconfiguredExprIds":["owasp-crs-v030001-id942100-sqli"]}},"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example.com/v1/orders?id=1%20or%201","requestSize":"157","status":403,"responseSize":"1040","userAgent":"curl/8.5.0","remoteIp":"192.0.2.7","referer":"https://example.com/","latency":"0.012s","protocol":"HTTP/1.1"},"resource":{"type":"http_load_balancer","labels":{"backend_service_name":"shop"}},"timestamp":"2026-11-26T11:46:42.123456Z","severity":"WARNING"}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 method=GET target=/v1/orders?id=1%20or%201 protocol=HTTP/1.1 scheme=https host=shop.example.com status=403 bytes-sent=1040 bytes-received=157 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ upstream=shop rules=shop,owasp-crs-v030001-id942100-sqli blocked=true id=f00",
    ),
    (
        "cloudflare",
        r#"{"ClientIP":"192.0.2.7","ClientRequestHost":"shop.example.com","ClientRequestMethod":"POST","ClientRequestURI":"/v1/orders?a=b","ClientRequestPath":"/v1/orders","ClientRequestProtocol":"HTTP/2","ClientRequestScheme":"https","ClientRequestBytes":157,"ClientRequestUserAgent":"curl/8.5.0","ClientRequestReferer":"https://example.com/","EdgeStartTimestamp":1795693602123000000,"EdgeEndTimestamp":1795693602135000000,"EdgeResponseBytes":1040,"EdgeResponseBodyBytes":803,"EdgeResponseContentType":"application/json","EdgeResponseStatus":403,"OriginIP":"198.51.100.80","RayID":"f00","SecurityAction":"block","SecurityRuleID":"r1","SecurityRuleIDs":["r1","r2"],"RequestHeaders":{"x-forwarded-for":"198.51.100.1","authorization":"Bearer abc","cookie":"sid=1","content-type":"application/json"}}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 method=POST target=/v1/orders?a=b protocol=HTTP/2 scheme=https host=shop.example.com status=403 bytes-sent=803 bytes-received=157 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json upstream=198.51.100.80 rules=r1,r2 blocked=true id=f00",
    ),
    // The default fields, with times as the job may write them.
    (
        "cloudflare",
        r#"{"ClientIP":"2001:db8::7","ClientRequestHost":"example.com","ClientRequestMethod":"GET","ClientRequestURI":"/","EdgeEndTimestamp":"2026-11-26T11:46:42Z","EdgeResponseBytes":803,"EdgeResponseStatus":200,"EdgeStartTimestamp":"2026-11-26T11:46:42Z","RayID":"f00"}"#,
        "time=2026-11-26T11:46:42Z client=2001:db8::7 method=GET target=/ host=example.com status=200 bytes-sent=803 id=f00",
    ),
    (
        "zeek-json",
        r#"{"ts":1795693602.123456,"uid":"CHhAvVGS1DHFjwGM9","id.orig_h":"192.0.2.7","id.orig_p":4711,"id.resp_h":"192.0.2.80","id.resp_p":80,"trans_depth":1,"method":"POST","host":"shop.example.com","uri":"/v1/orders?a=b","referrer":"http://example.com/","version":"1.1","user_agent":"curl/8.5.0","request_body_len":7,"response_body_len":803,"status_code":200,"status_msg":"OK","tags":[],"username":"anna","proxied":["VIA -> 1.1 proxy","X-FORWARDED-FOR -> 198.51.100.1, 198.51.100.2","CLIENT-IP -> 198.51.100.3"],"orig_mime_types":["application/json"],"resp_mime_types":["text/json"]}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1, 198.51.100.2 user=anna method=POST target=/v1/orders?a=b protocol=HTTP/1.1 host=shop.example.com status=200 bytes-sent=803 bytes-received=7 user-agent=curl/8.5.0 referer=http://example.com/ request-type=application/json response-type=text/json upstream=192.0.2.80",
    ),
    (
        "suricata",
        r#"{"timestamp":"2026-11-26T12:46:42.123456+0100","flow_id":412547343494194,"in_iface":"eth0","event_type":"http","src_ip":"192.0.2.7","src_port":4711,"dest_ip":"192.0.2.80","dest_port":80,"proto":"TCP","tx_id":0,"http":{"hostname":"shop.example.com","url":"\/v1\/orders?a=b","http_user_agent":"curl\/8.5.0","http_content_type":"application\/json","http_refer":"http:\/\/example.com\/","http_method":"POST","protocol":"HTTP\/1.1","status":200,"length":803,"cookie":"sid=1","authorization":"Bearer abc","request_headers":[{"name":"X-Forwarded-For","value":"198.51.100.1"},{"name":"Content-Type","value":"application\/json"},{"name":"Content-Length","value":"7"}],"response_headers":[{"name":"Content-Length","value":"803"}]}}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 method=POST target=/v1/orders?a=b protocol=HTTP/1.1 host=shop.example.com status=200 bytes-sent=803 bytes-received=7 user-agent=curl/8.5.0 referer=http://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json upstream=192.0.2.80",
    ),
    (
        "ecs",
        r#"{"@timestamp":"2026-11-26T11:46:42.123Z","ecs":{"version":"8.11.0"},"source":{"address":"192.0.2.7","ip":"192.0.2.7"},"network":{"forwarded_ip":"198.51.100.1"},"user":{"name":"anna"},"http":{"version":"1.1","request":{"id":"f00","method":"POST","referrer":"https://example.com/","mime_type":"application/json","body":{"bytes":7,"content":"{\"id\":7}"}},"response":{"status_code":200,"mime_type":"application/json","body":{"bytes":803,"content":"[]"}}},"url":{"original":"/v1/orders?a=b","path":"/v1/orders","query":"a=b","domain":"shop.example.com","scheme":"https"},"user_agent":{"original":"curl/8.5.0"},"event":{"duration":12000000,"dataset":"nginx.access"},"service":{"name":"shop"},"rule":{"id":"942100"}}"#,
        r#"time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 user=anna method=POST target=/v1/orders?a=b protocol=HTTP/1.1 scheme=https host=shop.example.com status=200 bytes-sent=803 bytes-received=7 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ request-type=application/json request-body={\"id\":7} response-type=application/json response-body=[] upstream=shop rules=942100 id=f00"#,
    ),
    // Dots in place of levels, and the whole URL.
    (
        "ecs",
        r#"{"@timestamp":"2026-11-26T11:46:42.123Z","client.ip":"2001:db8::7","http.request.method":"GET","url.full":"https://example.com/a?b=c","http.response.status_code":404}"#,
        "time=2026-11-26T11:46:42.123Z client=2001:db8::7 method=GET target=/a?b=c scheme=https host=example.com status=404",
    ),
    (
        "ocsf",
        r#"{"metadata":{"version":"1.3.0","uid":"f00","product":{"name":"p"}},"class_uid":4002,"category_uid":4,"activity_id":6,"time":1795693602123,"duration":12,"src_endpoint":{"ip":"192.0.2.7","port":4711},"dst_endpoint":{"hostname":"shop"},"actor":{"user":{"name":"anna"}},"http_request":{"http_method":"POST","version":"1.1","user_agent":"curl/8.5.0","referrer":"https://example.com/","x_forwarded_for":["198.51.100.1","198.51.100.2"],"length":7,"url":{"scheme":"https","hostname":"shop.example.com","path":"/v1/orders","query_string":"a=b"},"http_headers":[{"name":"Authorization","value":"Bearer abc"},{"name":"Cookie","value":"sid=1"},{"value":"application/json","name":"Content-Type"}]},"http_response":{"code":403,"length":803,"content_type":"application/json"},"firewall_rule":{"uid":"942100"},"action_id":2}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1, 198.51.100.2 user=anna method=POST target=/v1/orders?a=b protocol=HTTP/1.1 scheme=https host=shop.example.com status=403 bytes-sent=803 bytes-received=7 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json upstream=shop rules=942100 blocked=true id=f00",
    ),
    (
        "ocsf",
        r#"{"class_uid":6003,"time":1795693602123,"src_endpoint":{"ip":"192.0.2.7"},"api":{"operation":"GET /v1/orders/{id}"},"http_request":{"http_method":"GET","url":{"url_string":"https://example.com/v1/orders/7"}},"http_response":{"code":200}}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 method=GET target=/v1/orders/7 scheme=https host=example.com status=200",
    ),
    // Echo, pino-http, Serilog.
    (
        "json",
        r#"{"time":"2026-11-26T11:46:42.123456789Z","id":"f00","remote_ip":"192.0.2.7","host":"shop.example.com","method":"GET","uri":"/v1/orders?a=b","user_agent":"curl/8.5.0","status":200,"error":"","latency":12500000,"latency_human":"12.5ms","bytes_in":7,"bytes_out":803}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 method=GET target=/v1/orders?a=b host=shop.example.com status=200 bytes-sent=803 bytes-received=7 duration=12500 user-agent=curl/8.5.0",
    ),
    (
        "json",
        r#"{"level":30,"time":1795693602123,"pid":1,"req":{"id":1,"method":"POST","url":"/v1/orders?a=b","headers":{"host":"shop.example.com","user-agent":"curl/8.5.0","referer":"https://example.com/","authorization":"Bearer abc","cookie":"sid=1","x-forwarded-for":"198.51.100.1","content-type":"application/json"},"remoteAddress":"::ffff:192.0.2.7","remotePort":4711},"res":{"statusCode":200,"headers":{"content-type":"application/json"}},"responseTime":12,"msg":"request completed"}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 forwarded=198.51.100.1 method=POST target=/v1/orders?a=b host=shop.example.com status=200 duration=12000 user-agent=curl/8.5.0 referer=https://example.com/ authorization=Bearer abc cookie=sid=1 request-type=application/json response-type=application/json id=1",
    ),
    (
        "json",
        r#"{"Timestamp":"2026-11-26T12:46:42.1234567+01:00","RequestMethod":"GET","RequestPath":"/v1/orders","QueryString":"?a=b","StatusCode":200,"Scheme":"https","Protocol":"HTTP/1.1","ClientIp":"192.0.2.7","User":"anna","RequestBody":"{}","ResponseBody":"[]","Service":"shop","Duration":12}"#,
        "time=2026-11-26T11:46:42.123Z client=192.0.2.7 user=anna method=GET target=/v1/orders?a=b protocol=HTTP/1.1 scheme=https status=200 request-body={} response-body=[] upstream=shop",
    ),
    // A request line, within a collector's wrapper.
    (
        "json",
        r#"{"message":"{\"clientip\":\"192.0.2.7\",\"request\":\"GET /a HTTP/1.0\",\"response\":\"200\",\"bytes\":\"803\"}","host":"h"}"#,
        "client=192.0.2.7 method=GET target=/a protocol=HTTP/1.0 status=200 bytes-sent=803",
    ),
];

#[test]
fn lines_written_after_the_documentation_are_read_field_by_field() {
    for (word, line, expected) in LINES {
        let mut reader = Reader::new(Dialect::named(word).unwrap());
        assert_eq!(read(&mut reader, line.as_bytes()), *expected, "{word}: {line}");
    }
}

#[test]
fn each_line_is_recognised_as_its_own_product() {
    let own = events::exchange_line::EXAMPLE.replace('\n', "");
    let lines = LINES.iter().map(|(word, line, _)| (*word, *line)).chain([("tidegate", own.as_str())]);
    for (word, line) in lines {
        let verdict = Reader::recognise(std::iter::once(line.as_bytes())).unwrap();
        assert_eq!(verdict.dialect.word(), word, "{line}");
    }
}

#[test]
fn a_dialect_tells_in_its_lines_what_it_says_it_can_tell_and_nothing_else() {
    let mut told: BTreeMap<&str, Vec<Field>> = BTreeMap::new();
    let mut see = |word: &'static str, event: &Event<'_>| {
        told.entry(word).or_default().extend(Field::ALL.iter().filter(|field| field.is_told(event)));
    };
    for (word, line, _) in LINES {
        let mut reader = Reader::new(Dialect::named(word).unwrap());
        reader.read(line.as_bytes(), &mut |event| see(word, &event)).unwrap();
    }
    for (word, told) in told {
        let can = Dialect::named(word).unwrap().tells();
        for field in Field::ALL {
            assert_eq!(told.contains(field), can.contains(field), "{word}: {}", field.word());
        }
    }
}

#[test]
fn our_own_line_comes_back_as_the_exchange_that_it_was() {
    let line = events::exchange_line::EXAMPLE.replace('\n', "");
    let mut reader = Reader::new(Dialect::ExchangeLog);
    let mut seen = 0;
    reader
        .read(line.as_bytes(), &mut |event| {
            seen += 1;
            assert_eq!(*event.exchange.clone().unwrap(), events::exchange_line::parse(&line).unwrap());
            for (field, expected) in [
                (Field::At, "2026-11-18T11:06:40Z"),
                (Field::Client, "198.51.100.7"),
                (Field::Method, "POST"),
                (Field::Status, "429"),
                (Field::Sent, "180"),
                (Field::Received, "20"),
                (Field::Micros, "4000"),
                (Field::Blocked, "true"),
                (Field::Id, "000000000000000700000000000000c8"),
            ] {
                assert_eq!(value(&event, field), expected, "{}", field.word());
            }
            for field in Field::ALL {
                assert_eq!(
                    field.is_told(&event),
                    Dialect::ExchangeLog.tells().contains(field),
                    "{}",
                    field.word()
                );
            }
        })
        .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn a_products_other_lines_are_passed_over_and_other_products_are_rejected() {
    const OTHERS: &[(&str, &str, &str)] = &[
        (
            "caddy",
            r#"{"level":"debug","ts":1742400753.05,"logger":"http.handlers.reverse_proxy","msg":"selected upstream","dial":"a:80"}"#,
            "(nothing)",
        ),
        (
            "suricata",
            r#"{"timestamp":"2026-11-26T12:46:42.1+0100","flow_id":1,"event_type":"dns","src_ip":"192.0.2.7","dest_ip":"192.0.2.8","dns":{}}"#,
            "(nothing)",
        ),
        (
            "suricata",
            r#"{"timestamp":"2026-11-26T12:46:42.1+0100","event_type":"alert","src_ip":"192.0.2.7","dest_ip":"192.0.2.8","http":{"url":"/","http_method":"GET"}}"#,
            "(nothing)",
        ),
        (
            "zeek-json",
            r#"{"_path":"conn","ts":1795693602.1,"uid":"C1","id.orig_h":"192.0.2.7","id.resp_h":"192.0.2.8","proto":"tcp"}"#,
            "(nothing)",
        ),
        (
            "azure-application-gateway",
            r#"{"category":"ApplicationGatewayFirewallLog","operationName":"ApplicationGatewayFirewall","properties":{"clientIp":"192.0.2.7"}}"#,
            "(nothing)",
        ),
        (
            "ocsf",
            r#"{"class_uid":6003,"time":1795693602123,"src_endpoint":{"ip":"192.0.2.7"},"api":{"operation":"GetObject"}}"#,
            "(nothing)",
        ),
        ("ocsf", r#"{"class_uid":3002,"time":1795693602123}"#, "(not a line of this dialect)"),
        ("tidegate", r#"{"class_uid":4002,"unmapped":{"tidegate":{}}}"#, "(the class cannot be read)"),
        ("tidegate", r#"{"class_uid":6003,"unmapped":{"tidegate":{}}}"#, "(not a line of this dialect)"),
        ("json", r#"{"level":"info","msg":"listening on :8080"}"#, "(not a line of this dialect)"),
        ("json", r#"{"level":"info","method":"GET","path":"/"}"#, "(not a line of this dialect)"),
        (
            "json",
            r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 5"#,
            "(not a line of this dialect)",
        ),
    ];
    for (word, line, expected) in OTHERS {
        let mut reader = Reader::new(Dialect::named(word).unwrap());
        assert_eq!(read(&mut reader, line.as_bytes()), *expected, "{word}: {line}");
    }
}
