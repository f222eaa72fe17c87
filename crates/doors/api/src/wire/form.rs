//! A form as JSON: what a program needs to build `POST …/applications`.

use serde::Serialize;
use utoipa::ToSchema;
use wegfrei_forms::{Field, Form, Item, Kind, Occurs, Page, Reference};

/// The form of a service (FIM XDatenfelder 3). The body of an application is an object keyed by element id and nested by
/// group: `{"G15000000001": {"F15000000001": "Lehmann"}}`; what repeats is an array. Rules over several fields are not in
/// here: send the application, and a 422 names what they ask for.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormShape {
    /// Id of the form.
    #[schema(example = "S15000000001")]
    id: String,
    /// Version of the form.
    #[schema(example = "1.0.0")]
    version: String,
    /// Title.
    #[schema(example = "Anmeldung zur Hundesteuer")]
    title: String,
    /// Its pages in order.
    pages: Vec<FormPage>,
}

/// One page.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormPage {
    /// Element id; when `group` is true the answers are nested under it.
    #[schema(example = "G15000000001")]
    id: String,
    /// Whether the page is a group.
    group: bool,
    /// Heading.
    #[schema(example = "Angaben zu Ihnen")]
    title: String,
    /// Help below the heading.
    help: Option<String>,
    /// Legal bases.
    legal: Vec<LegalReference>,
    /// How often the group may occur.
    occurs: Often,
    /// Fields and groups in order.
    items: Vec<FormItem>,
}

/// A field or a group of items.
#[derive(Serialize, ToSchema)]
#[serde(tag = "element", rename_all = "kebab-case")]
pub(crate) enum FormItem {
    /// A field.
    Field(Box<FormField>),
    /// A group inside a page.
    Group(FormGroup),
}

/// A group inside a page.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormGroup {
    /// Element id.
    #[schema(example = "G15000000004")]
    id: String,
    /// Ids from the top joined by dots.
    #[schema(example = "G15000000001.G15000000004")]
    path: String,
    /// Heading.
    title: String,
    /// Help below the heading.
    help: Option<String>,
    /// How often it may occur.
    occurs: Often,
    /// Its fields and groups in order.
    #[schema(no_recursion)]
    items: Vec<FormItem>,
}

/// A field.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormField {
    /// Element id: the key in the application.
    #[schema(example = "F15000000001")]
    id: String,
    /// Ids from the top joined by dots: the `path` of errors.
    #[schema(example = "G15000000001.F15000000001")]
    path: String,
    /// Label when asking.
    #[schema(example = "Familienname")]
    label: String,
    /// Label when showing the answer.
    #[schema(example = "Familienname")]
    label_out: String,
    /// Help.
    help: Option<String>,
    /// Legal bases of asking for it.
    legal: Vec<LegalReference>,
    /// Always required when shown; rules may require more.
    required: bool,
    /// How often it may occur.
    occurs: Often,
    /// The person cannot change it.
    locked: bool,
    /// What it holds.
    value: FieldValue,
}

/// What a field holds.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum FieldValue {
    /// A JSON string.
    Text {
        /// Least number of characters.
        min_length: Option<u32>,
        /// Largest number of characters.
        max_length: Option<u32>,
        /// Regular expression the whole value must match.
        pattern: Option<String>,
    },
    /// A whole JSON number.
    Integer {
        /// Least value.
        min: Option<i64>,
        /// Largest value.
        max: Option<i64>,
    },
    /// A JSON number.
    Number {
        /// Least value.
        min: Option<f64>,
        /// Largest value.
        max: Option<f64>,
    },
    /// Whole euro cents.
    Cents {
        /// Least amount in cents.
        min: Option<i64>,
        /// Largest amount in cents.
        max: Option<i64>,
    },
    /// A day, `YYYY-MM-DD`.
    Date {
        /// First day allowed.
        #[schema(value_type = Option<String>, format = Date)]
        min: Option<String>,
        /// Last day allowed.
        #[schema(value_type = Option<String>, format = Date)]
        max: Option<String>,
    },
    /// A time of day, `HH:MM`.
    Time,
    /// A point in time in the civil time of the place, `YYYY-MM-DDTHH:MM`.
    DateTime,
    /// True or false.
    Boolean,
    /// The `value` of one option; without options any text up to 250 characters.
    Choice {
        /// The options in order.
        options: Vec<ChoiceOption>,
        /// The code list it comes from.
        list: Option<String>,
    },
    /// Papers: begin a draft, add each paper to it, save the draft with the paper's id as answer, send the draft.
    Paper {
        /// Largest size of one paper in bytes.
        max_bytes: Option<u64>,
        /// Allowed media types; empty means any.
        media_types: Vec<String>,
    },
    /// Any JSON object.
    Object,
    /// No answer: text to show.
    Note {
        /// The text.
        text: String,
    },
}

/// One option.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChoiceOption {
    /// What is sent.
    #[schema(example = "maennlich")]
    value: String,
    /// What people read.
    #[schema(example = "männlich")]
    label: String,
}

/// How often an element may occur.
#[derive(Serialize, ToSchema)]
pub(crate) struct Often {
    /// At least; 0 means optional.
    #[schema(example = 1)]
    min: u32,
    /// At most; null means any number.
    #[schema(example = 1)]
    max: Option<u32>,
}

/// A legal basis.
#[derive(Serialize, ToSchema)]
pub(crate) struct LegalReference {
    /// Citation.
    #[schema(example = "§ 3 Abs. 1 KAG-LSA")]
    pub text: String,
    /// Where to read it.
    pub link: Option<String>,
}

impl From<Occurs> for Often {
    fn from(occurs: Occurs) -> Self {
        Often {
            min: occurs.min,
            max: occurs.max,
        }
    }
}

fn legal(references: &[Reference]) -> Vec<LegalReference> {
    let legal = references.iter().map(|reference| LegalReference {
        text: reference.text.clone(),
        link: reference.link.clone(),
    });
    legal.collect()
}

impl From<&Form> for FormShape {
    fn from(form: &Form) -> Self {
        FormShape {
            id: form.id().to_owned(),
            version: form.version().to_owned(),
            title: form.title().to_owned(),
            pages: form.pages().iter().map(FormPage::from).collect(),
        }
    }
}

impl From<&Page> for FormPage {
    fn from(page: &Page) -> Self {
        FormPage {
            id: page.id.clone(),
            group: page.group,
            title: page.title.clone(),
            help: page.help.clone(),
            legal: legal(&page.legal),
            occurs: page.occurs.into(),
            items: page.items.iter().map(FormItem::from).collect(),
        }
    }
}

impl From<&Item> for FormItem {
    fn from(item: &Item) -> Self {
        match item {
            Item::Field(field) => FormItem::Field(Box::new(FormField::from(&**field))),
            Item::Group(group) => FormItem::Group(FormGroup {
                id: group.id.clone(),
                path: group.path.clone(),
                title: group.title.clone(),
                help: group.help.clone(),
                occurs: group.occurs.into(),
                items: group.items.iter().map(FormItem::from).collect(),
            }),
        }
    }
}

impl From<&Field> for FormField {
    fn from(field: &Field) -> Self {
        FormField {
            id: field.id.clone(),
            path: field.path.clone(),
            label: field.label_in.clone(),
            label_out: field.label_out.clone(),
            help: field.help.clone(),
            legal: legal(&field.legal),
            required: field.required,
            occurs: field.occurs.into(),
            locked: field.locked,
            value: FieldValue::from(&field.kind),
        }
    }
}

impl From<&Kind> for FieldValue {
    fn from(kind: &Kind) -> Self {
        match kind {
            Kind::Text { min, max, pattern, .. } => FieldValue::Text {
                min_length: *min,
                max_length: *max,
                pattern: pattern.as_ref().map(|pattern| pattern.text.clone()),
            },
            Kind::Integer { min, max } => FieldValue::Integer { min: *min, max: *max },
            Kind::Number { min, max } => FieldValue::Number { min: *min, max: *max },
            Kind::Currency { min, max } => FieldValue::Cents { min: *min, max: *max },
            Kind::Date { min, max } => FieldValue::Date {
                min: min.map(|day| day.to_string()),
                max: max.map(|day| day.to_string()),
            },
            Kind::Time => FieldValue::Time,
            Kind::DateTime => FieldValue::DateTime,
            Kind::Bool => FieldValue::Boolean,
            Kind::Select { options, list } => FieldValue::Choice {
                options: options
                    .iter()
                    .map(|option| ChoiceOption {
                        value: option.value.clone(),
                        label: option.label.clone(),
                    })
                    .collect(),
                list: list.clone(),
            },
            Kind::File { max_bytes, media_types } => FieldValue::Paper {
                max_bytes: *max_bytes,
                media_types: media_types.clone(),
            },
            Kind::Object => FieldValue::Object,
            Kind::Note(text) => FieldValue::Note { text: text.clone() },
        }
    }
}
