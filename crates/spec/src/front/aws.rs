//! AWS API Gateway: CloudFormation and SAM templates, and Terraform plans (`terraform show -json`).
//!
//! **Read** ([`template`], [`plan`], both into [`model`]): REST APIs (`Resource`, `Method`), HTTP APIs
//! (`Route`), their authorizers, throttling of stages and usage plans, resource policies by address,
//! private endpoints, Lambda function URLs, rate rules of WAFv2 that are associated with the API;
//! SAM's `Api`, `HttpApi` and function events with `Auth` and `Globals`. An OpenAPI document in `Body` or
//! `DefinitionBody` is read as a specification.
//!
//! **Not read**: nested stacks, macros, conditions (what may be there counts as there), values that are
//! only known when the stack is made, Terraform's HCL (make a plan), WebSocket APIs (a warning). Lambda
//! authorizers are unknown guards: their code decides.
//!
//! After docs.aws.amazon.com: AWS CloudFormation template reference, AWS SAM specification, Amazon API
//! Gateway developer guide; developer.hashicorp.com/terraform/internals/json-format.

mod events;
mod limits;
mod model;
mod plan;
mod template;

use crate::reading::Reading;
use crate::tree::Node;

/// Reads a CloudFormation or SAM template.
pub(super) fn read_template(root: &Node, name: &str, reading: &mut Reading<'_, '_>) {
    let resources = template::resources(root);
    let bodies = model::read(&resources, reading);
    for body in bodies {
        crate::openapi::facts::read(body, name, reading);
    }
    events::read(root, &resources, reading);
}

/// Reads a Terraform plan.
pub(super) fn read_plan(root: &Node, name: &str, reading: &mut Reading<'_, '_>) {
    let resources = plan::resources(root);
    for body in model::read(&resources, reading) {
        crate::openapi::facts::read(body, name, reading);
    }
}
