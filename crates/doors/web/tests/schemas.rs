//! The 61 published schemas of the corpus as an author sees them in the preview: every page of every schema.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod html;
#[path = "../../../engines/forms/tests/schemas/mod.rs"]
mod schemas;

use std::collections::BTreeSet;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use wegfrei_forms::{Field, Form, Item, Kind, Page};
use wegfrei_model::Date;
use wegfrei_web::{Preview, preview};

fn today() -> Date {
    "2026-08-12".parse().unwrap()
}

/// A field or group of a page with its path in the data: of what repeats, the first.
enum Element<'f> {
    Field(&'f Field, String),
    Group(String),
}

fn elements(page: &Page) -> Vec<Element<'_>> {
    fn add<'f>(items: &'f [Item], above: &str, found: &mut Vec<Element<'f>>) {
        for item in items {
            let (id, occurs) = match item {
                Item::Field(field) => (&field.id, field.occurs),
                Item::Group(group) => (&group.id, group.occurs),
            };
            let plain = if above.is_empty() {
                id.clone()
            } else {
                format!("{above}.{id}")
            };
            let file = matches!(item, Item::Field(field) if matches!(field.kind, Kind::File { .. }));
            let path = if occurs.repeats() && !file {
                format!("{plain}.0")
            } else {
                plain.clone()
            };
            match item {
                Item::Field(field) => found.push(Element::Field(field, path)),
                Item::Group(group) => {
                    found.push(Element::Group(plain));
                    add(&group.items, &path, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    let above = match (page.group, page.occurs.repeats()) {
        (false, _) => String::new(),
        (true, false) => page.id.clone(),
        (true, true) => format!("{}.0", page.id),
    };
    if page.group {
        found.push(Element::Group(page.id.clone()));
    }
    add(&page.items, &above, &mut found);
    found
}

/// What is hidden when everything that repeats has one entry: as a page shows it.
fn hidden(form: &Form, data: &Value) -> BTreeSet<String> {
    let mut roomy = data.clone();
    for page in form.pages() {
        for element in elements(page) {
            let (Element::Group(path) | Element::Field(_, path)) = element;
            for (at, _) in path.match_indices(".0") {
                room(&mut roomy, &path[..at]);
            }
        }
    }
    form.evaluate(&roomy, today()).hidden
}

/// A list with an empty entry, where nothing stands.
fn room(data: &mut Value, path: &str) {
    let mut place = data;
    for step in path.split('.') {
        place = match step.parse::<usize>() {
            Ok(at) => {
                if !place.is_array() {
                    *place = json!([{}]);
                }
                &mut place[at]
            }
            Err(_) => {
                if !place.is_object() {
                    *place = json!({});
                }
                &mut place[step]
            }
        };
    }
    if place.as_array().is_none_or(Vec::is_empty) {
        *place = json!([{}]);
    }
}

/// Answers that open what is hidden at this path, if one answer to one question does.
fn opened(form: &Form, data: &Value, path: &str) -> Option<Value> {
    for governor in form.governors(path) {
        let Some(field) = form.field(&governor) else { continue };
        let answers: Vec<Value> = match &field.kind {
            Kind::Bool => vec![json!(true), json!(false)],
            Kind::Select { options, .. } => options.iter().map(|option| json!(option.value)).collect(),
            Kind::Integer { .. } | Kind::Currency { .. } | Kind::Number { .. } => {
                vec![json!(1), json!(100), json!(1_000_000)]
            }
            Kind::Date { .. } => vec![json!("1960-01-01"), json!("2020-01-01"), json!("2026-08-12")],
            _ => vec![json!("x")],
        };
        // In the same entry as what is to be opened.
        let place = governor.split('.').fold(String::new(), |place, step| {
            let next = if place.is_empty() {
                step.to_owned()
            } else {
                format!("{place}.{step}")
            };
            if path.starts_with(&format!("{next}.0.")) {
                format!("{next}.0")
            } else {
                next
            }
        });
        for answer in answers {
            let mut tried = data.clone();
            form.set(&mut tried, &place, answer);
            if !hidden(form, &tried).contains(path) {
                return Some(tried);
            }
        }
    }
    None
}

/// The preview of one form.
struct Served(Router);

impl Served {
    fn new(form: Form) -> Served {
        let token = "0123abcd".to_owned();
        Served(preview(Preview {
            form,
            today: Box::new(today),
            token,
        }))
    }

    async fn send(&self, request: Request<Body>) -> (u16, String) {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Types these answers into their pages.
    async fn fill(&self, form: &Form, data: &Value) {
        self.send(Request::get("/vorschau/neu").body(Body::empty()).unwrap())
            .await;
        for page in form.pages() {
            let (status, text) = self.post(page, data, "spaeter").await;
            assert_eq!(status, 303, "{text}");
        }
    }

    /// Sends the answers of a page and what to do with them.
    async fn post(&self, page: &Page, data: &Value, step: &str) -> (u16, String) {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let mut body = format!("csrf=0123abcd&weiter={step}");
        for (name, value) in wegfrei_forms::fuzz::shown(page, data) {
            body += &format!("&{}={}", escaped(&name), escaped(&value));
        }
        let request = Request::post(format!("/vorschau/{}", page.id));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn page(&self, path: &str) -> (u16, String) {
        self.send(Request::get(format!("/vorschau/{path}")).body(Body::empty()).unwrap())
            .await
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
    text.replace('"', "&#34;").replace('\'', "&#39;")
}

/// What a page asks, tells and groups.
fn parts(html: &str) -> Vec<&str> {
    let marked = html.split(" data-part=\"").skip(1);
    marked.filter_map(|rest| rest.split('"').next()).collect()
}

/// What is wrong with a page that was served. Braces are no sign of a placeholder here: authors write them.
fn complaint(html: &str) -> Option<String> {
    html::ids(html)
        .or_else(|| html::labels(html))
        .or_else(|| html::nesting(html))
}

#[tokio::test]
async fn every_page_of_every_schema_is_served_whole() {
    let Some(schemas) = schemas::schemas() else { return };
    let (mut pages, mut fields, mut never, mut complaints) = (0, 0, Vec::new(), Vec::new());
    for (id, xml) in &schemas {
        let form = Form::parse(xml).unwrap();
        let served = Served::new(Form::parse(xml).unwrap());
        // Opens as much as goes together; what then stays closed is opened by itself.
        let mut all = json!({});
        let mut closed: Vec<String> = hidden(&form, &all).into_iter().collect();
        closed.sort_by_key(String::len);
        for path in &closed {
            if hidden(&form, &all).contains(path)
                && let Some(more) = opened(&form, &all, path)
                && hidden(&form, &more).len() < hidden(&form, &all).len()
            {
                all = more;
            }
        }
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for data in [all, json!({})] {
            served.fill(&form, &data).await;
            let hidden = hidden(&form, &data);
            for page in form.pages() {
                let (status, html) = served.page(&page.id).await;
                if status == 303 {
                    continue;
                }
                pages += 1;
                let mut complain = |text: String| complaints.push(format!("{id} {}: {text}", page.id));
                if status != 200 {
                    complain(format!("status {status}"));
                    continue;
                }
                if let Some(text) = complaint(&html) {
                    complain(text);
                }
                // While it is filled in, it asks the same.
                let (status, looked) = served.post(page, &data, "ansehen").await;
                if status != 200 || parts(&looked) != parts(&html) {
                    complain(format!(
                        "filled in, it asks {:?}, not {:?} ({status})",
                        parts(&looked),
                        parts(&html)
                    ));
                }
                for element in elements(page) {
                    let Element::Field(field, path) = element else { continue };
                    let covered = |hidden: &String| path == *hidden || path.starts_with(&format!("{hidden}."));
                    if hidden.iter().any(covered) || matches!(field.kind, Kind::Object | Kind::Note(_)) {
                        continue;
                    }
                    seen.insert(path.clone());
                    fields += 1;
                    let name = path.replace('.', "-");
                    let control = html.contains(&format!("id=\"{name}\""));
                    let label = html.contains(&escaped(&field.label_in));
                    if !control || !label {
                        complain(format!("{path} {:?}: control {control}, label {label}", field.label_in));
                    }
                }
            }
        }
        let (status, html) = served.page("pruefen").await;
        if status != 200 || complaint(&html).is_some() {
            complaints.push(format!("{id} pruefen: {status} {:?}", complaint(&html)));
        }
        for page in form.pages() {
            for element in elements(page) {
                if let Element::Field(field, path) = element
                    && !seen.contains(&path)
                    && !field.concealed
                    && !matches!(field.kind, Kind::Object | Kind::Note(_))
                {
                    never.push(format!("{id} {path}"));
                }
            }
        }
    }
    println!(
        "{pages} pages, {fields} fields; {} fields were never shown",
        never.len()
    );
    for path in &never {
        println!("  never shown: {path}");
    }
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n")
    );
    assert!(pages > 400 && fields > 4_000, "{pages} pages, {fields} fields");
}
