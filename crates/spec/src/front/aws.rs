//! AWS API Gateway: CloudFormation and SAM templates, and Terraform plans (`terraform show -json`).
//!
//! **Read** ([`template`], [`plan`], both into [`model`]): REST APIs (`Resource`, `Method`), HTTP APIs
//! (`Route`), their authorizers, throttling of stages and usage plans, resource policies by address,
//! private endpoints, Lambda function URLs, rate rules of WAFv2 that are associated with the API;
//! SAM's `Api`, `HttpApi` and function events with `Auth` and `Globals`. An OpenAPI document in `Body` or
//! `DefinitionBody` is read as a specification.
//!
//! **Not read**: nested stacks, macros, conditions (what may be there counts as there), values that are
//! only known when the stack is made, Terraform's HCL (make a plan), WebSocket APIs (a fault). Lambda
//! authorizers are external guards: their code decides.
//!
//! After docs.aws.amazon.com: AWS CloudFormation template reference, AWS SAM specification, Amazon API
//! Gateway developer guide; developer.hashicorp.com/terraform/internals/json-format.

mod events;
mod limits;
mod model;
mod plan;
mod template;

use crate::front::values::{Faults, word};
use crate::inventory::Kind;
use crate::reading::Reading;
use crate::tree::Node;

/// Reads a CloudFormation or SAM template.
pub(super) fn read_template(root: &Node, name: &str, reading: &mut Reading<'_, '_>) {
    let resources = template::resources(root);
    definitions(&resources, name, reading);
    let bodies = model::read(&resources, reading);
    for body in bodies {
        crate::openapi::facts::read(body, name, reading);
    }
    events::read(root, &resources, reading);
}

/// Reads the specifications that a template names (`DefinitionUri`, `BodyS3Location`); what lies elsewhere
/// than in a file beside it is a fault.
fn definitions(resources: &[model::Resource<'_>], name: &str, reading: &mut Reading<'_, '_>) {
    let mut faults = Faults::new(reading.source, "AWS-003");
    for resource in resources {
        let key = match &*resource.kind {
            "AWS::Serverless::Api" | "AWS::Serverless::HttpApi" => "DefinitionUri",
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => "BodyS3Location",
            _ => continue,
        };
        let Some(node) = resource.value(key) else { continue };
        let local = word(node).filter(|uri| !uri.contains("://"));
        let files = local.map(|uri| (reading.fetch)(&crate::reading::beside(name, &uri))).unwrap_or_default();
        let [file] = files.as_slice() else {
            let shown = word(node).unwrap_or_else(|| "elsewhere".into());
            let message = format!("the specification of `{}` is not here: `{shown}`", resource.id);
            faults.error(node, message, "name a file beside the template, and check that file too");
            continue;
        };
        let known = reading.inventory.sources.iter();
        let same = |other: &str| crate::reading::beside("", other) == crate::reading::beside("", &file.name);
        if known.clone().any(|known| known.kind == Kind::OpenApi && same(&known.name)) {
            continue;
        }
        let (kind, root) = crate::reading::recognise(file);
        match root {
            Ok(Some(root)) if kind == Kind::OpenApi => {
                let source = reading.take_up(file, kind);
                let own = std::mem::replace(&mut reading.source, source);
                crate::openapi::facts::read(&root, &file.name, reading);
                reading.source = own;
            }
            _ => {
                faults.error(node, format!("`{}` is no specification", file.name), "correct it, or the name")
            }
        }
    }
    reading.inventory.faults.append(&mut faults.found);
}

/// Reads a Terraform plan.
pub(super) fn read_plan(root: &Node, name: &str, reading: &mut Reading<'_, '_>) {
    let resources = plan::resources(root);
    for body in model::read(&resources, reading) {
        crate::openapi::facts::read(body, name, reading);
    }
}
