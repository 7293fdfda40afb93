//! Made specifications: an ordinary public API with what such documents have, and no intent.
//!
//! Five operations per collection: list, create, read, replace, delete. Schemas refer to each other,
//! with cycles; descriptions and examples are most of the bytes, as in real ones. Some doors are left
//! open, some ids are numbers, some pages have no bound: the same ones in every run.

use serde_json::{Map, Value, json};

use super::written::Seed;

/// How one specification is made.
#[derive(Clone, Copy)]
pub(crate) struct Made<'h> {
    /// Varies names and texts.
    pub(crate) seed: u64,
    /// Collections; each has five operations.
    pub(crate) collections: usize,
    /// Words of each operation's description.
    pub(crate) words: usize,
    /// What its collections' names end with.
    pub(crate) ending: &'h str,
    /// Its host, without a scheme.
    pub(crate) host: &'h str,
    /// `openapi`: 3.0.3 or 3.1.0.
    pub(crate) version: &'static str,
}

/// Operations of one collection.
pub(crate) const PER_COLLECTION: usize = 5;

/// What collections are called.
pub(crate) const THINGS: [&str; 20] = [
    "orders",
    "customers",
    "invoices",
    "parcels",
    "contracts",
    "returns",
    "vouchers",
    "products",
    "carts",
    "shipments",
    "payments",
    "refunds",
    "members",
    "tickets",
    "meters",
    "readings",
    "depots",
    "routes",
    "labels",
    "tariffs",
];

/// The document of `made`.
pub(crate) fn specification(made: Made<'_>) -> Value {
    let mut seed = Seed(made.seed);
    let names: Vec<String> = (0..made.collections)
        .map(|nth| {
            let thing = THINGS.get(nth % THINGS.len()).copied().unwrap_or("orders");
            let round = if nth < THINGS.len() { String::new() } else { (nth / THINGS.len()).to_string() };
            format!("{thing}{round}{}", made.ending)
        })
        .collect();
    let mut paths = Map::new();
    let mut schemas = shared();
    for (nth, name) in names.iter().enumerate() {
        let next = names.get((nth + 1) % names.len()).map_or(name.as_str(), String::as_str);
        schemas.insert(schema_name(name), record(&mut seed, nth, next));
        schemas.insert(format!("{}Page", schema_name(name)), page(name));
        let (many, one) = operations(&mut seed, made, nth, name);
        paths.insert(format!("/{name}"), many);
        paths.insert(format!("/{name}/{{id}}"), one);
    }
    json!({
        "openapi": made.version,
        "info": {"title": "A made shop", "version": "1.4.0", "description": seed.sentences(60)},
        "servers": [{"url": format!("https://{}/v1", made.host), "description": "production"}],
        "security": [{"token": []}],
        "tags": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": schemas,
            "responses": refusals(),
        },
    })
}

fn schema_name(name: &str) -> String {
    let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
    first.to_uppercase() + rest
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn shared() -> Map<String, Value> {
    let Value::Object(all) = json!({
        "Address": {"type": "object", "properties": {
            "street": {"type": "string", "maxLength": 80, "example": "1 Harbour Road"},
            "zip": {"type": "string", "maxLength": 12}, "city": {"type": "string", "maxLength": 60},
            "country": {"type": "string", "pattern": "^[A-Z]{2}$", "example": "DE"}}},
        "Contact": {"type": "object", "properties": {
            "name": {"type": "string", "example": "Example Person"},
            "email": {"type": "string", "format": "email", "example": "person@example.com"},
            "phone": {"type": "string", "example": "+49 555 0100"},
            "address": {"$ref": "#/components/schemas/Address"}}},
        "Money": {"type": "object", "required": ["amount", "currency"], "properties": {
            "amount": {"type": "string", "pattern": "^[0-9]+[.][0-9]{2}$"},
            "currency": {"type": "string", "enum": ["EUR", "USD", "GBP"]}}},
        "Problem": {"type": "object", "properties": {
            "type": {"type": "string", "format": "uri"}, "title": {"type": "string"},
            "status": {"type": "integer", "format": "int32"}, "detail": {"type": "string"}}},
    }) else {
        return Map::new();
    };
    all
}

/// A record with twenty fields: a link to the next collection's record, and through it to all.
fn record(seed: &mut Seed, nth: usize, next: &str) -> Value {
    let mut fields = Map::new();
    let id = if nth % 5 == 4 {
        json!({"type": "integer", "format": "int64"})
    } else {
        json!({"type": "string", "format": "uuid"})
    };
    fields.insert("id".to_owned(), id);
    fields.insert("customer_id".to_owned(), json!({"type": "string", "format": "uuid"}));
    if nth.is_multiple_of(3) {
        fields.insert("contact".to_owned(), reference("Contact"));
    }
    fields.insert("total".to_owned(), reference("Money"));
    fields.insert("related".to_owned(), reference(&schema_name(next)));
    for field in 0..15 {
        let words = 8 + seed.below(12);
        let described = seed.sentences(words);
        let schema = match field % 5 {
            0 => {
                json!({"type": "string", "format": "date-time", "description": described, "example": "2026-03-01T09:30:00Z"})
            }
            1 => json!({"type": "integer", "minimum": 0, "maximum": 100_000, "description": described}),
            2 => {
                json!({"type": "string", "enum": ["open", "held", "sent", "done"], "description": described})
            }
            3 => {
                json!({"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 40}, "description": described})
            }
            _ => {
                json!({"type": "string", "maxLength": 200, "description": described, "example": seed.sentences(4)})
            }
        };
        fields.insert(format!("field_{field}"), schema);
    }
    json!({"type": "object", "required": ["id"], "description": seed.sentences(30), "properties": fields})
}

fn page(name: &str) -> Value {
    json!({"type": "object", "properties": {
        "items": {"type": "array", "items": reference(&schema_name(name))},
        "next": {"type": "string", "description": "The cursor of the next page."}}})
}

fn refusals() -> Value {
    let one = |what: &str| {
        json!({"description": what, "content": {"application/problem+json": {"schema": reference("Problem"),
            "example": {"type": "https://example.com/problems", "title": what, "status": 400}}}})
    };
    json!({"Invalid": one("The request is invalid."), "Unknown": one("No token."), "Refused": one("Not yours."),
        "Missing": one("There is none."), "Slower": one("Too many requests.")})
}

/// The operations at the collection and at one of its records.
fn operations(seed: &mut Seed, made: Made<'_>, nth: usize, name: &str) -> (Value, Value) {
    let schema = schema_name(name);
    let id =
        if nth % 5 == 4 { json!({"type": "integer"}) } else { json!({"type": "string", "format": "uuid"}) };
    let mut limit = json!({"type": "integer", "default": 20, "minimum": 1, "maximum": 100});
    if let (Some(limit), 0) = (limit.as_object_mut(), nth % 6) {
        limit.remove("maximum");
    }
    let mut one = |what: &str, answer: &str, body: bool| {
        let mut operation = json!({
            "operationId": format!("{what}{schema}"), "tags": [name],
            "summary": seed.sentences(6), "description": seed.sentences(made.words),
        });
        let example = example(seed);
        if let Some(fields) = operation.as_object_mut() {
            if body {
                fields.insert(
                    "requestBody".to_owned(),
                    json!({"required": true, "content": {"application/json":
                    {"schema": reference(&schema), "example": example.clone()}}}),
                );
            }
            fields.insert("responses".to_owned(), responses(answer, example));
        }
        operation
    };
    let mut list = one("list", &format!("{schema}Page"), false);
    let create = one("create", &schema, true);
    let mut read = one("read", &schema, false);
    let replace = one("replace", &schema, true);
    let delete = one("delete", &schema, false);
    if let Some(list) = list.as_object_mut() {
        list.insert(
            "parameters".to_owned(),
            json!([
            {"name": "limit", "in": "query", "schema": limit},
            {"name": "cursor", "in": "query", "schema": {"type": "string", "maxLength": 200}}]),
        );
    }
    // One collection of twelve is read by anyone, one lists with or without a token.
    for (door, at, open) in [(&mut read, 7, json!([])), (&mut list, 9, json!([{"token": []}, {}]))] {
        if let (Some(door), true) = (door.as_object_mut(), nth % 12 == at) {
            door.insert("security".to_owned(), open);
        }
    }
    let many = json!({"get": list, "post": create});
    let parameters = json!([{"name": "id", "in": "path", "required": true, "schema": id}]);
    (many, json!({"parameters": parameters, "get": read, "put": replace, "delete": delete}))
}

fn example(seed: &mut Seed) -> Value {
    json!({"id": format!("{:08x}-0000-4000-8000-{:012x}", seed.below(1 << 31), seed.below(1 << 31)),
        "total": {"amount": format!("{}.00", seed.below(900)), "currency": "EUR"},
        "field_0": "2026-03-01T09:30:00Z", "field_1": seed.below(1000), "field_2": "open",
        "field_3": [seed.sentences(2), seed.sentences(3)], "field_4": seed.sentences(8)})
}

fn responses(answer: &str, example: Value) -> Value {
    let refused = |name: &str| json!({"$ref": format!("#/components/responses/{name}")});
    json!({
        "200": {"description": "It is so.",
            "headers": {"ETag": {"schema": {"type": "string", "maxLength": 64}}},
            "content": {"application/json": {"schema": reference(answer), "example": example}}},
        "400": refused("Invalid"), "401": refused("Unknown"), "403": refused("Refused"),
        "404": refused("Missing"), "429": refused("Slower"),
    })
}
