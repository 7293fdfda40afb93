//! YAML and JSON texts and what they are.

use super::*;

fn kind(name: &str, text: &str) -> Kind {
    recognise(&File { name: name.into(), text: text.into() }).0
}

#[test]
fn a_file_is_what_its_text_says() {
    for (name, text, expected) in [
        ("a.yaml", "openapi: 3.1.0\npaths: {}\n", Kind::OpenApi),
        ("a.json", "{\"swagger\": \"2.0\"}", Kind::OpenApi),
        ("a.yaml", "openapi: 3.1.0\n  bad: [\n", Kind::OpenApi),
        ("i.yaml", "apiVersion: networking.k8s.io/v1\nkind: Ingress\n", Kind::Kubernetes),
        (
            "i.yaml",
            "# a\n---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Service # c\n",
            Kind::Kubernetes,
        ),
        ("i.yaml", "kind: \"Deployment\"\napiVersion: 'apps/v1'\n", Kind::Kubernetes),
        ("i.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec: [\n", Kind::Kubernetes),
        ("i.json", "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}", Kind::Kubernetes),
        (
            "p.yaml",
            "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nspec:\n  targetRefs: []\n",
            Kind::Kubernetes,
        ),
        ("e.yaml", "static_resources:\n  listeners: []\n", Kind::Envoy),
        ("e.json", "{\"admin\": {}, \"static_resources\": {}}", Kind::Envoy),
        ("e.yaml", "admin: {}\nstatic_resources:\n  listeners: [\n", Kind::Envoy),
        ("k.yml", "_format_version: \"3.0\"\nservices: []\n", Kind::Kong),
        ("k.json", "{\"_format_version\": \"3.0\", \"upstreams\": []}", Kind::Kong),
        ("a.yaml", "routes:\n  - uri: /a\n    upstream: {nodes: {\"127.0.0.1:1\": 1}}\n#END\n", Kind::Apisix),
        ("a.yaml", "global_rules:\n  - id: 1\n    plugins: {}\n#END\n", Kind::Apisix),
        ("a.yaml", "routes:\n  - uri: [\n#END\n", Kind::Apisix),
        ("t.yml", "http:\n  routers:\n    a: {rule: 'Path(`/`)', service: s}\n", Kind::Traefik),
        ("t.yml", "http:\n  middlewares:\n    a: {basicAuth: {}}\n", Kind::Traefik),
        ("t.yml", "entryPoints:\n  web: {address: ':80'}\n", Kind::Traefik),
        ("t.yml", "http:\n  routers:\n    a: [\n", Kind::Traefik),
        (
            "c.yaml",
            "Resources:\n  A: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: !Sub '${X}'}}\n",
            Kind::CloudFormation,
        ),
        ("c.template", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n", Kind::Unrecognised),
        ("c.json", "{\"Resources\": {\"A\": {\"Type\": \"AWS::DynamoDB::Table\"}}}", Kind::Unrecognised),
        ("c.json", "{\"Resources\": {\"A\": {\"Type\": \"AWS::Serverless::Api\"}}}", Kind::CloudFormation),
        ("c.yaml", "Resources:\n  A: {Type: 'AWS::ApiGateway::Method', [\n", Kind::CloudFormation),
        (
            "p.json",
            "{\"format_version\": \"1.2\", \"planned_values\": {\"root_module\": {}}}",
            Kind::Terraform,
        ),
        ("t.yaml", "endpoints:\n  GET /a: {audience: public}\n", Kind::Tidegate),
        ("t.yaml", "upstreams:\n  shop: {url: 'http://127.0.0.1:8080'}\n", Kind::Tidegate),
        ("t.json", "{\"mode\": \"guard\", \"listen\": \"127.0.0.1:8090\"}", Kind::Tidegate),
        ("t.yaml", "mode: enforce\nspecs: [\n", Kind::Tidegate),
        ("t.yaml", "endpoints:\n  GET /a: [\n", Kind::Tidegate),
        ("p.cedar", "permit (principal, action, resource);\n", Kind::Cedar),
        ("p.cedar", "permit (((", Kind::Cedar),
        // Keys that others have too.
        ("values.yaml", "endpoints:\n  web: {port: 80}\nmode: production\n", Kind::Unrecognised),
        ("lb.yaml", "upstreams:\n  - {name: a, servers: []}\n", Kind::Unrecognised),
        ("mode.yaml", "mode: guard\nname: goal\n", Kind::Unrecognised),
        ("policy.txt", "permit (principal, action, resource);\n", Kind::Unrecognised),
        // What is none of these.
        (
            "docker-compose.yml",
            "services:\n  web:\n    image: nginx\n    ports: ['80:80']\nvolumes: {}\n",
            Kind::Unrecognised,
        ),
        (
            "ci.yml",
            "name: ci\non: [push]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n",
            Kind::Unrecognised,
        ),
        ("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {}}", Kind::Unrecognised),
        (
            "values.yaml",
            "replicaCount: 1\ningress:\n  enabled: true\n  annotations: {}\nservice: {type: ClusterIP}\n",
            Kind::Unrecognised,
        ),
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n", Kind::Unrecognised),
        (
            "kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
            Kind::Unrecognised,
        ),
        ("config", "apiVersion: v1\nkind: Config\nclusters: []\n", Kind::Unrecognised),
        (
            "catalog.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: API\nspec: {type: openapi}\n",
            Kind::Unrecognised,
        ),
        ("a.yaml", "routes:\n  - route: shop.example.com\napplications: []\n", Kind::Unrecognised),
        ("routes.yaml", "routes:\n  - {path: /a, component: A}\n", Kind::Unrecognised),
        ("prometheus.yml", "scrape_configs:\n  - job_name: a\n    static_configs: []\n", Kind::Unrecognised),
        ("README.md", "# Shop\nWe use openapi and swagger, and kind: words.\n", Kind::Unrecognised),
        ("notes.txt", "static_resources are listed below\n", Kind::Unrecognised),
        ("b.yaml", "a: [\n", Kind::Unrecognised),
        (
            "state.json",
            "{\"version\": 4, \"terraform_version\": \"1.9.0\", \"resources\": []}",
            Kind::Unrecognised,
        ),
        ("tsconfig.json", "{\"compilerOptions\": {}, // c\n}", Kind::Unrecognised),
        ("empty.yaml", "", Kind::Unrecognised),
        ("list.json", "[1, 2]", Kind::Unrecognised),
        ("playbook.yml", "- hosts: all\n  tasks:\n    - name: a\n", Kind::Unrecognised),
    ] {
        assert_eq!(kind(name, text), expected, "{name}:\n{text}");
    }
}
