//! AWS: CloudFormation, SAM, Terraform plans.

use expect_test::expect;

use super::{shown, survives_mutations};

const TEMPLATE: &str = r#"AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Stage: {Type: String}}
Resources:
  Shop:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: !Sub 'shop-${Stage}'
  Orders:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Shop, ParentId: !GetAtt Shop.RootResourceId, PathPart: orders}
  Order:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Shop, ParentId: !Ref Orders, PathPart: '{id}'}
  Pool:
    Type: AWS::ApiGateway::Authorizer
    Properties: {Type: COGNITO_USER_POOLS, RestApiId: !Ref Shop}
  Code:
    Type: AWS::ApiGateway::Authorizer
    Properties: {Type: TOKEN, RestApiId: !Ref Shop}
  ListOrders:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Shop, ResourceId: !Ref Orders, HttpMethod: GET, AuthorizationType: NONE, Integration: {Type: AWS_PROXY, Uri: !Sub 'arn:aws:apigateway:${AWS::Region}:lambda:path/${List.Arn}/invocations'}}
  ReadOrder:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Shop, ResourceId: !Ref Order, HttpMethod: ANY, AuthorizationType: COGNITO_USER_POOLS, AuthorizerId: !Ref Pool}
  Keyed:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Shop, ResourceId: !GetAtt Shop.RootResourceId, HttpMethod: POST, AuthorizationType: NONE, ApiKeyRequired: true}
  Coded:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Shop, ResourceId: !Ref Orders, HttpMethod: PUT, AuthorizationType: CUSTOM, AuthorizerId: !Ref Code}
  Preflight:
    Type: AWS::ApiGateway::Method
    Properties: {RestApiId: !Ref Shop, ResourceId: !Ref Orders, HttpMethod: OPTIONS, AuthorizationType: NONE, Integration: {Type: MOCK}}
  Live:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Shop, MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 10}]}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: {Throttle: {RateLimit: 2}, ApiStages: [{ApiId: !Ref Shop, Stage: !Ref Live}]}
  Web:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: web, ProtocolType: HTTP}
  Token:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties: {ApiId: !Ref Web, AuthorizerType: JWT}
  Read:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Web, RouteKey: 'GET /orders/{id}', AuthorizationType: JWT, AuthorizerId: !Ref Token, Target: !Join ['/', [integrations, !Ref Backend]]}
  Rest:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Web, RouteKey: $default}
  Proxy:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !ImportValue other-api, RouteKey: 'ANY /files/{proxy+}', AuthorizationType: AWS_IAM}
  Url:
    Type: AWS::Lambda::Url
    Properties: {AuthType: NONE, TargetFunctionArn: !GetAtt List.Arn}
"#;

#[test]
fn doors_of_a_template_are_found_through_its_functions() {
    expect![[r#"
        function URL Url (longest) [lambda-url tls world]
          any -> List+tls @56
        Shop (longest) [execute-api tls world]
          exact /orders GET -> List+? rate=36000/h @20
          template /orders/{id} -> integration+? auth=required(COGNITO_USER_POOLS) rate=36000/h @23
          exact / POST -> integration+? auth=required(api key) rate=7200/h @26
          exact /orders PUT -> integration+? auth=unknown(authorizer Code) rate=36000/h @29
          exact /orders OPTIONS -> self rate=36000/h @32
        web (longest) [execute-api tls world]
          template /orders/{id} GET -> Backend+? auth=required(JWT) @47
          any -> integration+? @50
        an API elsewhere (longest) [execute-api tls world]
          segments /files -> integration+? auth=required(AWS_IAM) @53
    "#]]
    .assert_eq(&shown("template.yaml", TEMPLATE));
}

#[test]
fn a_route_leads_to_the_function_behind_its_integration() {
    let text = "Resources:\n  A: {Type: 'AWS::ApiGatewayV2::Api', Properties: {ProtocolType: HTTP}}\n  R: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref A, RouteKey: 'GET /a', Target: !Sub 'integrations/${I}'}}\n  I: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref A, IntegrationUri: !GetAtt Code.Arn}}\n";
    assert!(shown("t.yaml", text).contains("exact /a GET -> Code+? @3"), "{}", shown("t.yaml", text));
}

#[test]
fn a_resource_policy_narrows_who_gets_in() {
    let allow_all = "{Effect: Allow, Principal: '*', Action: x, Resource: '*'}";
    let allow = "{Effect: Allow, Condition: {IpAddress: {'aws:SourceIp': [192.0.2.0/24]}}}";
    let deny = "{Effect: Deny, Condition: {NotIpAddress: {'aws:SourceIp': 10.0.0.0/8}}}";
    for (policy, expected) in [
        (format!("Policy: {{Statement: [{allow_all}]}}"), ""),
        (format!("Policy: {{Statement: [{allow}]}}"), " reach=192.0.2.0/24"),
        (format!("Policy: {{Statement: [{allow_all}, {allow}]}}"), ""),
        (format!("Policy: {{Statement: [{allow_all}, {deny}]}}"), " reach=10.0.0.0/8"),
        (format!("Policy: {{Statement: {allow}}}"), " reach=192.0.2.0/24"),
        ("EndpointConfiguration: {Types: [PRIVATE]}".to_owned(), " reach=inside"),
    ] {
        let text = format!(
            "Resources:\n  A: {{Type: 'AWS::ApiGateway::RestApi', Properties: {{{policy}}}}}\n  M: {{Type: 'AWS::ApiGateway::Method', Properties: {{RestApiId: !Ref A, ResourceId: !GetAtt A.RootResourceId, HttpMethod: GET}}}}\n"
        );
        let shown = shown("t.yaml", &text);
        assert_eq!(
            shown.lines().nth(1).unwrap(),
            format!("  exact / GET -> integration+?{expected} @3"),
            "{policy}"
        );
    }
}

#[test]
fn events_of_functions_are_doors_with_the_authorizers_of_their_api() {
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  HttpApi: {Auth: {DefaultAuthorizer: Token, Authorizers: {Token: {JwtConfiguration: {issuer: a}}, Code: {FunctionArn: !GetAtt Auth.Arn}}}}
Resources:
  Own:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      Auth: {ApiKeyRequired: true}
      MethodSettings: [{ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 5}]
  Documented:
    Type: AWS::ApiGateway::RestApi
    Properties: {Body: {openapi: 3.0.1, info: {title: a, version: '1'}, paths: {/doc: {get: {operationId: doc}}}}}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Read: {Type: HttpApi, Properties: {Path: '/orders/{id}', Method: get}}
        Open: {Type: HttpApi, Properties: {Path: /open, Method: GET, Auth: {Authorizer: NONE}}}
        Coded: {Type: HttpApi, Properties: {Path: /coded, Method: any, Auth: {Authorizer: Code}}}
        All: {Type: HttpApi}
        Keyed: {Type: Api, Properties: {Path: /keyed, Method: POST, RestApiId: !Ref Own}}
        Implicit: {Type: Api, Properties: {Path: /implicit, Method: GET}}
        Broken: {Type: Api, Properties: {Method: GET}}
        Timer: {Type: Schedule}
"#;
    expect![[r#"
        function URL Orders (longest) [execute-api tls world]
          any -> Orders+tls @18
        ServerlessHttpApi (longest) [execute-api tls world]
          template /orders/{id} GET -> Orders+tls auth=required(authorizer Token) @20
          exact /open GET -> Orders+tls @21
          exact /coded -> Orders+tls auth=unknown(authorizer Code) @22
          any -> Orders+tls auth=required(authorizer Token) @23
        Own (longest) [execute-api tls world]
          exact /keyed POST -> Orders+tls auth=required(api key) rate=18000/h @24
        ServerlessRestApi (longest) [execute-api tls world]
          exact /implicit GET -> Orders+tls @25
        operation GET /doc
        error AWS-002 26:17 an event of type Api without a path
    "#]]
    .assert_eq(&shown("sam.yaml", text));
}

const PLAN: &str = r#"{"format_version": "1.2", "terraform_version": "1.9.0",
"planned_values": {"root_module": {
 "resources": [
  {"address": "aws_api_gateway_rest_api.shop", "type": "aws_api_gateway_rest_api", "name": "shop", "values": {"name": "shop"}},
  {"address": "aws_api_gateway_resource.orders", "type": "aws_api_gateway_resource", "name": "orders", "values": {"path_part": "orders"}},
  {"address": "aws_api_gateway_resource.order[0]", "type": "aws_api_gateway_resource", "name": "order", "values": {"path_part": "{id}"}},
  {"address": "aws_api_gateway_method.read", "type": "aws_api_gateway_method", "name": "read", "values": {"http_method": "GET", "authorization": "NONE", "api_key_required": false}},
  {"address": "aws_api_gateway_method.write", "type": "aws_api_gateway_method", "name": "write", "values": {"http_method": "POST", "authorization": "COGNITO_USER_POOLS"}},
  {"address": "aws_api_gateway_stage.live", "type": "aws_api_gateway_stage", "name": "live", "values": {}},
  {"address": "aws_api_gateway_method_settings.all", "type": "aws_api_gateway_method_settings", "name": "all", "values": {"method_path": "*/*", "settings": [{"throttling_rate_limit": 3}]}},
  {"address": "aws_wafv2_web_acl.acl", "type": "aws_wafv2_web_acl", "name": "acl", "values": {"rule": [{"action": [{"block": [{}]}], "statement": [{"rate_based_statement": [{"limit": 100, "evaluation_window_sec": 60}]}]}]}},
  {"address": "aws_wafv2_web_acl_association.a", "type": "aws_wafv2_web_acl_association", "name": "a", "values": {}}],
 "child_modules": [{"address": "module.web", "resources": [
  {"address": "module.web.aws_apigatewayv2_api.web", "type": "aws_apigatewayv2_api", "name": "web", "values": {"name": "web", "protocol_type": "HTTP"}},
  {"address": "module.web.aws_apigatewayv2_route.all", "type": "aws_apigatewayv2_route", "name": "all", "values": {"route_key": "ANY /{proxy+}", "authorization_type": "NONE"}},
  {"address": "module.web.aws_apigatewayv2_stage.live", "type": "aws_apigatewayv2_stage", "name": "live", "values": {"default_route_settings": [{"throttling_rate_limit": 7}]}}]}]}},
"configuration": {"root_module": {"resources": [
  {"address": "aws_api_gateway_resource.orders", "expressions": {"parent_id": {"references": ["aws_api_gateway_rest_api.shop.root_resource_id", "aws_api_gateway_rest_api.shop"]}}},
  {"address": "aws_api_gateway_resource.order", "expressions": {"parent_id": {"references": ["aws_api_gateway_resource.orders.id"]}}},
  {"address": "aws_api_gateway_method.read", "expressions": {"rest_api_id": {"references": ["aws_api_gateway_rest_api.shop.id"]}, "resource_id": {"references": ["aws_api_gateway_resource.order[0].id"]}}},
  {"address": "aws_api_gateway_method.write", "expressions": {"rest_api_id": {"references": ["aws_api_gateway_rest_api.shop.id"]}, "resource_id": {"references": ["aws_api_gateway_resource.orders.id"]}}},
  {"address": "aws_api_gateway_stage.live", "expressions": {"rest_api_id": {"references": ["aws_api_gateway_rest_api.shop.id"]}}},
  {"address": "aws_api_gateway_method_settings.all", "expressions": {"rest_api_id": {"references": ["aws_api_gateway_rest_api.shop.id"]}}},
  {"address": "aws_wafv2_web_acl_association.a", "expressions": {"web_acl_arn": {"references": ["aws_wafv2_web_acl.acl.arn"]}, "resource_arn": {"references": ["aws_api_gateway_stage.live.arn"]}}}],
 "module_calls": {"web": {"module": {"resources": [
  {"address": "aws_apigatewayv2_route.all", "expressions": {"api_id": {"references": ["aws_apigatewayv2_api.web.id"]}}},
  {"address": "aws_apigatewayv2_stage.live", "expressions": {"api_id": {"references": ["aws_apigatewayv2_api.web.id"]}}}]}}}}}}"#;

#[test]
fn a_plan_links_what_is_yet_to_be_made_by_its_references() {
    expect![[r#"
        shop (longest) [execute-api tls world]
          template /orders/{id} GET -> integration+? rate=6000/h @7
          exact /orders POST -> integration+? auth=required(COGNITO_USER_POOLS) rate=6000/h @8
        web (longest) [execute-api tls world]
          any -> integration+? rate=25200/h @15
    "#]]
    .assert_eq(&shown("plan.json", PLAN));
}

#[test]
fn a_parent_that_is_its_own_parent_ends() {
    let text = "Resources:\n  A: {Type: 'AWS::ApiGateway::RestApi'}\n  R: {Type: 'AWS::ApiGateway::Resource', Properties: {ParentId: !Ref R, PathPart: a}}\n  M: {Type: 'AWS::ApiGateway::Method', Properties: {RestApiId: !Ref A, ResourceId: !Ref R, HttpMethod: GET}}\n";
    assert!(shown("t.yaml", text).contains("exact /a/a/"));
}

#[test]
fn no_mutation_of_a_template_or_plan_panics() {
    survives_mutations("template.yaml", TEMPLATE);
    survives_mutations("plan.json", PLAN);
}
