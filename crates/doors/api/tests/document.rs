//! The document is sound, and says what the routes do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;

use common::schema::{Document, filled};
use common::worlds;

fn document() -> Document {
    Document::new(serde_json::to_value(wegfrei_api::document()).unwrap())
}

/// Every part of a JSON value, with its parents' key.
fn walk<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|value| walk(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn it_is_openapi_3_1_and_every_change_is_seen() {
    let document = document();
    assert_eq!(document.0["openapi"], "3.1.0");
    insta::assert_json_snapshot!("openapi", document.0);
}

/// What the other tests rely on: the checker finds what is wrong.
#[test]
fn the_checker_bites() {
    let document = document();
    let case = &document.0["components"]["schemas"]["CaseLine"];
    let good = serde_json::json!({
        "case": "c", "authority": "15003000", "service": "s", "status": "decided", "status_text": "t", "waiting": [],
        "updated_at": "u", "reference": null
    });
    let check = |change: &dyn Fn(&mut Value), part: &str| {
        let mut value = good.clone();
        change(&mut value);
        let wrong = document.unfit(case, &value).join("; ");
        assert_eq!(wrong.is_empty(), part.is_empty(), "{wrong}");
        assert!(wrong.contains(part), "{wrong}");
    };
    check(&|_| {}, "");
    check(&|value| value["secret"] = 1.into(), "secret is not documented");
    check(&|value| value["status"] = "lost".into(), "is none of");
    check(&|value| value["waiting"] = serde_json::json!([1]), "waiting[0]");
    check(&|value| value["case"] = Value::Null, "not of type");
    check(
        &|value| drop(value.as_object_mut().unwrap().remove("service")),
        "\"service\" is missing",
    );
    let item = &document.0["components"]["schemas"]["TextBlock"];
    let block = serde_json::json!({"kind": "list", "items": ["a"]});
    assert_eq!(document.unfit(item, &block), Vec::<String>::new());
    assert!(
        !document
            .unfit(item, &serde_json::json!({"kind": "list", "text": "a"}))
            .is_empty()
    );
}

#[test]
fn references_resolve_and_nothing_is_left_over() {
    let document = document();
    let mut used = BTreeSet::new();
    walk(&document.0, &mut |object| {
        if let Some(pointer) = object.get("$ref").and_then(Value::as_str) {
            assert!(document.0.pointer(&pointer[1..]).is_some(), "{pointer} points nowhere");
            used.insert(pointer.rsplit('/').next().unwrap().to_owned());
        }
    });
    for kind in ["schemas", "responses"] {
        let parts = document.0["components"][kind].as_object().unwrap();
        let unused: Vec<_> = parts.keys().filter(|name| !used.contains(*name)).collect();
        assert!(unused.is_empty(), "{kind}: {unused:?}");
    }
}

#[test]
fn operations_are_described_in_full() {
    let document = document();
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<&str> = document.0["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    for operation in document.operations() {
        let (name, value) = (format!("{} {}", operation.method, operation.path), operation.value);
        assert!(
            ids.insert(value["operationId"].as_str().unwrap().to_owned()),
            "{name}: id twice"
        );
        for key in ["summary", "description"] {
            assert!(
                !value[key].as_str().unwrap_or_default().trim().is_empty(),
                "{name}: no {key}"
            );
        }
        assert!(tags.contains(value["tags"][0].as_str().unwrap()), "{name}: unknown tag");
        let declared: BTreeSet<String> = value["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let in_path: BTreeSet<String> = operation
            .path
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap().to_owned())
            .collect();
        assert_eq!(declared, in_path, "{name}");
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
            assert!(parameter["schema"].is_object(), "{name}: {parameter}");
            assert!(
                !parameter["name"].as_str().unwrap().contains('*'),
                "{name}: {parameter}"
            );
            if let Some(example) = parameter.get("example") {
                let wrong = document.unfit(&parameter["schema"], example);
                assert!(wrong.is_empty(), "{name}: {wrong:?}");
            }
        }
        let responses = value["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for (status, response) in responses {
            let response = document.resolve(response);
            assert!(
                !response["description"].as_str().unwrap_or_default().is_empty(),
                "{name} {status}"
            );
            let problem = &response["content"]["application/problem+json"];
            assert_eq!(problem.is_object(), !status.starts_with('2'), "{name} {status}");
        }
        let protected = value.get("security").is_some();
        assert_eq!(
            protected,
            responses.contains_key("401"),
            "{name}: 401 and security go together"
        );
        assert_eq!(
            value.get("requestBody").is_some(),
            ["408", "413", "415"]
                .iter()
                .all(|status| responses.contains_key(*status)),
            "{name}: a body can be slow, too large or of the wrong kind"
        );
    }
    assert!(ids.len() > 20, "{ids:?}");
}

#[test]
fn examples_fit_their_schemas() {
    let document = document();
    let mut examples = 0;
    walk(&document.0, &mut |object| {
        let contents = object.get("content").and_then(Value::as_object);
        for (kind, content) in contents.into_iter().flatten() {
            let inline = content.get("example").into_iter();
            let named = content.get("examples").and_then(Value::as_object).into_iter().flatten();
            for example in inline.chain(named.map(|(_, example)| &example["value"])) {
                if content["schema"] != serde_json::json!({"type": "object"}) {
                    let wrong = document.unfit(&content["schema"], example);
                    assert!(wrong.is_empty(), "{kind}: {example}: {wrong:?}");
                }
                examples += 1;
            }
        }
        // A schema with an example beside its type.
        if let (Some(example), Some(_)) = (object.get("example"), object.get("type")) {
            let wrong = document.unfit(&Value::Object(object.clone()), example);
            assert!(wrong.is_empty(), "{example}: {wrong:?}");
            examples += 1;
        }
    });
    assert!(examples > 100, "{examples}");
}

#[tokio::test]
async fn the_served_document_is_this_one() {
    for world in worlds().await {
        let answer = world.nobody().get("/api/openapi.json").await;
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(answer.ok(), world.document.0);
    }
}

/// Every path and method of the document is there; every protected one refuses without a token, and with a wrong one.
#[tokio::test]
async fn routes_are_those_of_the_document() {
    for world in worlds().await {
        for operation in world.document.operations() {
            let name = format!("{} {}", operation.method, operation.path);
            let path = filled(&operation);
            let protected = operation.value.get("security").is_some();
            for wrong in [None, Some("15000000.AAAA"), Some("")] {
                let mut request = Request::builder()
                    .method(Method::from_bytes(operation.method.to_uppercase().as_bytes()).unwrap())
                    .uri(&path);
                if let Some(token) = wrong {
                    request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
                }
                let answer = world.nobody().send(request.body(Body::empty()).unwrap()).await;
                if protected {
                    answer.is(401, "token");
                    assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer"), "{name}");
                }
                assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
                assert!(!answer.status.is_server_error(), "{name}: {}", answer.text());
                // Whatever is not found is a thing at this path, not the path.
                let trace = Request::builder()
                    .method("TRACE")
                    .uri(&path)
                    .body(Body::empty())
                    .unwrap();
                let allow = world.nobody().send(trace).await;
                allow.is(405, "method");
                let allowed = allow.header(header::ALLOW).to_lowercase();
                assert!(allowed.contains(operation.method), "{name}: Allow: {allowed}");
            }
        }
    }
}
