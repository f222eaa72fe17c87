//! Answers laid out over the form: one place for each occurrence of each element, in the order of the form. Rules, what counts
//! and what is wrong ask here by number for what they would otherwise look up by path again and again.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::form::{Kind, Page};
use crate::input;
use crate::walk::{self, Element, Inside};

/// Most occurrences of one element a rule looks at.
const MAX_PLACES: usize = 10_000;

/// All elements of a form, each before what is inside it. An element's number is its index here.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    elements: Vec<Planned>,
    /// The numbers of the elements with an id, in order. A rule asks for hundreds of ids in a form with thousands of elements.
    by_id: BTreeMap<String, Vec<usize>>,
    /// The numbers of the elements with a name or title, in small letters.
    by_name: BTreeMap<String, Vec<usize>>,
}

/// An element of a [`Plan`].
#[derive(Debug)]
pub(crate) struct Planned {
    pub id: String,
    /// Without indices.
    pub path: String,
    pub repeats: bool,
    pub group: bool,
    /// The group around it.
    pub above: Option<usize>,
    /// Takes no answer.
    pub note: bool,
    /// Takes whole numbers: `1.0` is stored as `1`.
    pub whole: bool,
    /// The value it has whatever is answered; it is not shown then.
    pub fixed: Option<Value>,
    /// The number after those of all that is inside it.
    end: usize,
}

impl Planned {
    /// An answer as it is stored.
    pub fn stored(&self, value: &Value) -> Value {
        let whole = value
            .as_f64()
            .filter(|_| self.whole && !value.is_i64())
            .and_then(walk::whole);
        whole.map_or_else(|| value.clone(), Value::from)
    }
}

impl Plan {
    pub fn of(pages: &[Page]) -> Plan {
        type Names = BTreeMap<String, Vec<usize>>;
        fn add(element: Element, above: Option<usize>, plan: &mut Vec<Planned>, by_name: &mut Names) {
            let number = plan.len();
            let names = [element.name, element.title].map(str::to_lowercase);
            for name in names {
                let called = by_name.entry(name).or_default();
                if called.last() != Some(&number) {
                    called.push(number);
                }
            }
            let around = above.and_then(|group| plan.get(group)).map_or("", |group| &group.path);
            plan.push(Planned {
                id: element.id.to_owned(),
                path: walk::join(around, element.id),
                repeats: element.occurs.repeats(),
                group: matches!(element.inside, Inside::Group(_)),
                above,
                whole: matches!(
                    element.inside,
                    Inside::Field(field) if matches!(field.kind, Kind::Integer { .. } | Kind::Currency { .. })
                ),
                note: matches!(element.inside, Inside::Field(field) if !walk::answers(&field.kind)),
                fixed: match element.inside {
                    Inside::Field(field) if field.concealed => input::prefill(field),
                    _ => None,
                },
                end: number + 1,
            });
            if let Inside::Group(items) = element.inside {
                items
                    .iter()
                    .for_each(|item| add(item.into(), Some(number), plan, by_name));
            }
            let end = plan.len();
            if let Some(own) = plan.get_mut(number) {
                own.end = end;
            }
        }
        let (mut plan, mut by_name) = (Vec::new(), Names::new());
        let roots = pages.iter().flat_map(walk::roots);
        roots.for_each(|root| add(root, None, &mut plan, &mut by_name));
        let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, planned) in plan.iter().enumerate() {
            by_id.entry(planned.id.clone()).or_default().push(number);
        }
        Plan {
            elements: plan,
            by_id,
            by_name,
        }
    }

    /// The elements that have the last id of a path.
    fn ending(&self, path: &str) -> &[usize] {
        let id = path.rsplit('.').next().unwrap_or_default();
        self.by_id.get(id).map_or(&[], Vec::as_slice)
    }

    /// The elements with this name or title, whatever the case.
    pub fn called(&self, name: &str) -> &[usize] {
        self.by_name.get(&name.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    pub fn get(&self, number: usize) -> Option<&Planned> {
        self.elements.get(number)
    }

    /// The elements whose path ends with the ids `end` and starts with the path `scope`.
    pub fn search(&self, scope: &str, end: &str) -> Vec<usize> {
        let starts = |path: &str| {
            let rest = path.strip_prefix(scope);
            scope.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let ends = |path: &str| {
            let rest = path.strip_suffix(end);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let fits = |path: &str| starts(path) && ends(path);
        let all = self.ending(end).iter().copied();
        all.filter(|number| self.get(*number).is_some_and(|element| fits(&element.path)))
            .collect()
    }

    /// The innermost group around all of these elements.
    pub fn around(&self, elements: &[usize]) -> Option<usize> {
        let first = self.get(*elements.first()?)?;
        let mut groups = std::iter::successors(first.above, |group| self.get(*group)?.above);
        groups.find(|group| {
            let inside = *group + 1..self.get(*group).map_or(0, |group| group.end);
            elements.iter().all(|element| inside.contains(element))
        })
    }

    /// The elements inside a group.
    pub fn inside(&self, group: usize) -> Range<usize> {
        group + 1..self.get(group).map_or(0, |planned| planned.end)
    }

    /// Whether an element lies inside a group.
    pub fn is_inside(&self, element: usize, group: usize) -> bool {
        self.get(group)
            .is_some_and(|planned| (group + 1..planned.end).contains(&element))
    }

    /// Day, month and year of a group that is made of them.
    pub fn parts_of_date(&self, group: usize, elements: &[Element]) -> Option<[usize; 3]> {
        let inside = group + 1..self.get(group)?.end;
        let part = |start: &str| {
            inside.clone().find(|element| {
                self.get(*element)
                    .is_some_and(|planned| planned.above == Some(group) && !planned.repeats)
                    && elements
                        .get(*element)
                        .is_some_and(|element| element.name.to_lowercase().starts_with(start))
            })
        };
        Some([part("tag")?, part("monat")?, part("jahr")?])
    }

    /// The values elements have whatever is answered, by path without indices.
    pub fn fixed_paths(&self) -> BTreeMap<String, &Value> {
        let all = self.elements.iter();
        all.filter_map(|element| Some((element.path.clone(), element.fixed.as_ref()?)))
            .collect()
    }

    /// Gives an element the value it has whatever is answered.
    pub fn fix(&mut self, element: usize, value: Value) {
        if let Some(planned) = self.elements.get_mut(element) {
            planned.fixed = Some(value);
        }
    }

    /// The element at a path without indices.
    pub fn find(&self, path: &str) -> Option<usize> {
        let mut all = self.ending(path).iter().copied();
        all.find(|number| self.get(*number).is_some_and(|element| element.path == path))
    }
}

/// An occurrence of an element, with its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'d> {
    pub element: usize,
    pub value: Option<&'d Value>,
    /// Whether the value stood in a list, or belongs in one and is fixed. A single answer where a list belongs is taken for its only
    /// occurrence.
    pub listed: bool,
    /// Whether the value is that of the plan, whatever is answered.
    pub fixed: bool,
    /// The place of the group around it.
    pub above: Option<usize>,
    /// The place after all that is inside it.
    pub end: usize,
}

/// Answers over a form. There is at least one place for every element, also without an answer.
pub(crate) struct Sheet<'d> {
    plan: &'d Plan,
    pub places: Vec<Place<'d>>,
    /// All places, sorted by element.
    sorted: Vec<usize>,
    /// Where the places of each element begin in `sorted`, and behind the last where they end.
    begins: Vec<usize>,
}

impl<'d> Sheet<'d> {
    pub fn new(plan: &'d Plan, data: &'d Value) -> Sheet<'d> {
        let mut places = Vec::with_capacity(plan.elements.len() * 2);
        lay(plan, 0..plan.elements.len(), None, Some(data), &mut places);
        // By counting: how many places each element has, then where the next of each goes.
        let mut begins = vec![0; plan.elements.len() + 1];
        for place in &places {
            if let Some(count) = begins.get_mut(place.element + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        let mut next = begins.clone();
        let mut sorted = vec![0; places.len()];
        for (at, place) in places.iter().enumerate() {
            if let Some(next) = next.get_mut(place.element) {
                if let Some(slot) = sorted.get_mut(*next) {
                    *slot = at;
                }
                *next += 1;
            }
        }
        Sheet {
            plan,
            places,
            sorted,
            begins,
        }
    }

    /// The places of an element, in order.
    pub fn of(&self, element: usize) -> &[usize] {
        let bounds = self.begins.get(element).zip(self.begins.get(element + 1));
        let found = bounds.and_then(|(begin, end)| self.sorted.get(*begin..*end));
        found.unwrap_or_default()
    }

    /// Those of an element that lie among the places `range`.
    pub fn within(&self, element: usize, range: &Range<usize>) -> &[usize] {
        let all = self.of(element);
        let begin = all.partition_point(|place| *place < range.start);
        let end = all.partition_point(|place| *place < range.end);
        all.get(begin..end.min(begin + MAX_PLACES)).unwrap_or_default()
    }

    /// Whether the place has its value whatever is answered.
    pub fn is_fixed(&self, place: usize) -> bool {
        self.places.get(place).is_some_and(|place| place.fixed)
    }

    /// The answer at a place as it is stored.
    pub fn stored(&self, place: Place) -> Option<Value> {
        Some(self.plan.get(place.element)?.stored(place.value?))
    }

    /// What lies inside a place.
    pub fn inside(&self, place: usize) -> Range<usize> {
        place + 1..self.places.get(place).map_or(0, |place| place.end)
    }

    /// The place and its next siblings that are occurrences of the same element.
    pub fn siblings(&self, first: usize) -> impl Iterator<Item = usize> {
        let element = self.places.get(first).map(|place| place.element);
        let next = move |at: &usize| {
            let next = self.places.get(*at)?.end;
            (self.places.get(next)?.element == element?).then_some(next)
        };
        std::iter::successors(Some(first), next)
    }
}

/// Lays out the elements numbered `range`, which lie in the answers `around`.
fn lay<'d>(
    plan: &'d Plan,
    range: Range<usize>,
    above: Option<usize>,
    around: Option<&'d Value>,
    places: &mut Vec<Place<'d>>,
) {
    let around = around.and_then(Value::as_object);
    let mut number = range.start;
    while let Some(element) = plan.elements.get(number).filter(|_| number < range.end) {
        let mut put = |value: Option<&'d Value>, listed: bool| {
            let place = places.len();
            places.push(Place {
                element: number,
                value,
                listed,
                fixed: element.fixed.is_some(),
                above,
                end: place + 1,
            });
            if element.group {
                lay(plan, number + 1..element.end, Some(place), value, places);
                let end = places.len();
                if let Some(own) = places.get_mut(place) {
                    own.end = end;
                }
            }
        };
        match around.and_then(|map| map.get(&element.id)) {
            // Whatever is answered; as a list where a list belongs.
            _ if element.fixed.is_some() => put(element.fixed.as_ref(), element.repeats),
            Some(Value::Array(list)) if element.repeats => {
                let list = list.iter().take(walk::MAX_OCCURRENCES);
                if list.len() == 0 {
                    put(None, true);
                }
                list.for_each(|value| put(Some(value), true));
            }
            value => put(value, false),
        }
        number = element.end;
    }
}
