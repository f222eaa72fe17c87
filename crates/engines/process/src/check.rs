//! Whether the graph can be executed: each scope begins somewhere, every element lies on a way from its start to an end, every
//! choice is decided, every event can happen.

use crate::model::{Container, Element, Event, Kind, Process, Work};
use crate::read::Findings;

/// What is checked, with the places in the file.
struct Check<'a, 'f, 'd> {
    process: &'a Process,
    places: &'a [usize],
    offsets: &'a [usize],
    flow_offsets: &'a [usize],
    findings: &'f mut Findings<'d>,
}

/// Adds a finding for everything that would get stuck.
pub(crate) fn check(
    process: &Process,
    places: &[usize],
    offsets: &[usize],
    flow_offsets: &[usize],
    findings: &mut Findings,
) {
    let mut check = Check {
        process,
        places,
        offsets,
        flow_offsets,
        findings,
    };
    for (number, container) in process.containers.iter().enumerate() {
        check.starts(number, container);
    }
    check.ways();
    for (at, element) in process.elements.iter().enumerate() {
        check.choices(at, element);
        check.events(at, element);
    }
    check.reentries();
    check.works();
}

impl Check<'_, '_, '_> {
    fn at(&mut self, element: usize, message: String, help: &str) {
        let offset = self.offsets.get(element).copied().unwrap_or(0);
        self.findings.at(offset, message, help);
    }

    fn kind(&self, at: usize) -> Option<&Kind> {
        self.process.elements.get(at).map(|element| &element.kind)
    }

    /// What a container is called in findings.
    fn name(&self, container: &Container) -> String {
        match container.owner.and_then(|owner| self.process.elements.get(owner)) {
            Some(owner) => format!("Der Teilprozess `{}`", owner.id),
            None => "Der Prozess".to_owned(),
        }
    }

    /// Each container begins at one place and ends somewhere.
    fn starts(&mut self, number: usize, container: &Container) {
        let place = self.places.get(number).copied().unwrap_or(0);
        let name = self.name(container);
        let event = |at: usize| match self.kind(at) {
            Some(Kind::Start { event, .. }) => event.clone(),
            _ => Event::None,
        };
        let starts: Vec<(usize, Event)> = container.starts.iter().map(|at| (*at, event(*at))).collect();
        let owner = container.owner.and_then(|owner| self.process.elements.get(owner));
        let by_event = owner.is_some_and(|owner| matches!(owner.kind, Kind::SubProcess { event: true, .. }));
        if starts.is_empty() {
            let help = match by_event {
                true => "Genau ein Startereignis mit Auslöser anlegen.",
                false => "Genau ein Startereignis ohne Auslöser anlegen.",
            };
            self.findings.at(place, format!("{name} hat kein Startereignis."), help);
        }
        let main = number == 0;
        let plain = |event: &Event| *event == Event::None;
        let seconds: Vec<usize> = match main {
            true => starts
                .iter()
                .filter(|(_, event)| plain(event))
                .skip(1)
                .map(|(at, _)| *at)
                .collect(),
            false => starts.iter().skip(1).map(|(at, _)| *at).collect(),
        };
        for extra in seconds {
            let help = "Die Startereignisse zusammenführen: ein Vorgang beginnt an einer Stelle.";
            self.at(extra, format!("{name} hat ein zweites Startereignis."), help);
        }
        for (at, event) in &starts {
            let id = self.process.elements.get(*at).map(|e| e.id.clone()).unwrap_or_default();
            let outside = matches!(
                event,
                Event::Message { .. } | Event::Timer { .. } | Event::Signal { .. }
            );
            let (fits, help) = match (by_event, main) {
                (true, _) => (
                    !plain(event),
                    "Einen Auslöser angeben, z. B. eine Nachricht oder einen Fehler.",
                ),
                (false, true) => (
                    plain(event) || outside,
                    "Fehler, Eskalation und Kompensation beginnen nur einen Ereignis-Teilprozess.",
                ),
                (false, false) => (plain(event), "Das Startereignis ohne Auslöser anlegen."),
            };
            if !fits {
                self.at(*at, format!("`{id}`: Dieser Auslöser kann hier nichts beginnen."), help);
            }
        }
        let ends = |element: &Element| element.container == number && element.kind.is_end();
        if !self.process.elements.iter().any(ends) {
            self.findings.at(
                place,
                format!("{name} hat kein Endereignis."),
                "Ein Endereignis anlegen.",
            );
        }
    }

    /// Every element is reached from a start and reaches an end.
    fn ways(&mut self) {
        let process = self.process;
        let begins = |(_, element): &(usize, &Element)| {
            matches!(element.kind, Kind::Start { .. } | Kind::SubProcess { event: true, .. })
        };
        let starts: Vec<usize> = process
            .elements
            .iter()
            .enumerate()
            .filter(begins)
            .map(|(at, _)| at)
            .collect();
        let forward = reach(process, &starts, |at| {
            let undone = process.elements.get(at).and_then(|element| element.handler);
            process.next(at).chain(undone).collect()
        });
        let ends: Vec<usize> = indices(process, Kind::is_end);
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); process.elements.len()];
        for at in 0..process.elements.len() {
            for next in process.next(at) {
                if let Some(list) = before.get_mut(next) {
                    list.push(at);
                }
            }
        }
        let backward = reach(process, &ends, |at| before.get(at).cloned().unwrap_or_default());
        for (at, element) in process.elements.iter().enumerate() {
            let id = &element.id;
            let container = process.containers.get(element.container);
            let begun = container.is_some_and(|c| !c.starts.is_empty());
            let ended = ends.iter().any(|end| {
                process
                    .elements
                    .get(*end)
                    .is_some_and(|e| e.container == element.container)
            });
            let (into, out) = (!element.incoming.is_empty(), !element.outgoing.is_empty());
            let alone = element.compensates || matches!(element.kind, Kind::SubProcess { event: true, .. });
            let link = |link: &Kind| matches!(link.event(), Some(Event::Link { .. }));
            let undoing = matches!(
                &element.kind,
                Kind::Boundary {
                    event: Event::Compensation { .. },
                    ..
                }
            );
            let no_in = alone
                || matches!(element.kind, Kind::Start { .. } | Kind::Boundary { .. })
                || (matches!(element.kind, Kind::Catch { .. }) && link(&element.kind));
            let no_out = alone
                || undoing
                || element.kind.is_end()
                || (matches!(element.kind, Kind::Throw { .. }) && link(&element.kind));
            if no_in && into {
                self.at(
                    at,
                    format!("In `{id}` führt ein Fluss."),
                    "Den eingehenden Fluss löschen.",
                );
            }
            if no_out && out {
                let what = match element.kind.is_end() {
                    true => format!("Aus dem Ende `{id}` führt ein Fluss."),
                    false => format!("Aus `{id}` führt ein Fluss, obwohl hier kein Weg weitergeht."),
                };
                self.at(at, what, "Den ausgehenden Fluss löschen.");
            }
            if !no_out && !out {
                let help = "Einen ausgehenden Fluss zu einem weiteren Schritt oder zu einem Endereignis ziehen.";
                self.at(at, format!("`{id}` ist eine Sackgasse: kein Weg führt weiter."), help);
            } else if !no_out && begun && ended && !marked(&backward, at) {
                let help = "Einen Weg zu einem Endereignis anlegen.";
                self.at(at, format!("Von `{id}` führt kein Weg zu einem Ende."), help);
            }
            if begun && !alone && !marked(&forward, at) {
                let help = "Mit einem Fluss an den Prozess anschließen oder löschen.";
                self.at(at, format!("`{id}` ist vom Start aus nicht erreichbar."), help);
            }
        }
    }

    /// Every way out of a choice has a condition or is the default; no other way has one.
    fn choices(&mut self, at: usize, element: &Element) {
        let process = self.process;
        let id = &element.id;
        let gateway = matches!(element.kind, Kind::Exclusive | Kind::Inclusive);
        let splits = gateway && element.outgoing.len() > 1;
        let conditional = |flow: &usize| {
            process
                .flows
                .get(*flow)
                .is_some_and(|f| f.condition.is_some() || f.broken)
        };
        let chooses = splits || (element.kind.is_activity() && element.outgoing.iter().any(conditional));
        let mut always = element.default.is_some();
        for flow in &element.outgoing {
            let Some(found) = process.flows.get(*flow) else {
                continue;
            };
            let place = self.flow_offsets.get(*flow).copied().unwrap_or(0);
            let default = element.default == Some(*flow);
            let open = found.condition.is_none() && !found.broken;
            always |= open && !gateway;
            if splits && !default && open {
                let help = "conditionExpression in FEEL angeben oder den Fluss zum Standardweg (default) machen.";
                let message = format!("Dem Fluss `{}` aus `{id}` fehlt die Bedingung.", found.id);
                self.findings.at(place, message, help);
            }
            if found.condition.is_some() && (!chooses || default) {
                let message = format!("Die Bedingung am Fluss `{}` würde nie geprüft.", found.id);
                let help = "Bedingungen gehören an die Wege eines verzweigenden exclusiveGateway oder inclusiveGateway \
                            oder aus einer Aufgabe, nicht an den Standardweg.";
                self.findings.at(place, message, help);
            }
        }
        if chooses && !always {
            let help = "Einen Weg zum Standardweg machen (Attribut default), damit immer einer offen ist.";
            let what = if gateway { "Dem Gateway" } else { "Der Aufgabe" };
            self.at(at, format!("{what} `{id}` fehlt der Standardweg."), help);
        }
        if !chooses && !gateway && element.default.is_some() {
            let message = format!("`{id}` hat einen Standardweg, verzweigt aber nicht.");
            self.at(at, message, "Das Attribut default löschen.");
        }
    }

    /// Events that could not happen where they stand.
    fn events(&mut self, at: usize, element: &Element) {
        let process = self.process;
        let id = &element.id;
        if element.kind == Kind::EventBased {
            if element.outgoing.len() < 2 {
                let help = "Mindestens zwei Ereignisse dahinter legen, von denen eines zuerst eintritt.";
                self.at(
                    at,
                    format!("Das Gateway `{id}` wartet nicht auf mehrere Ereignisse."),
                    help,
                );
            }
            for flow in element.outgoing.iter().filter_map(|flow| process.flows.get(*flow)) {
                let waits = process.elements.get(flow.to).is_some_and(|next| {
                    let event = matches!(&next.kind, Kind::Catch { event } if !matches!(event, Event::Link { .. }));
                    next.incoming.len() == 1
                        && next.looping.is_none()
                        && (event || matches!(next.kind, Kind::ReceiveTask { .. }))
                });
                if !waits {
                    let message = format!(
                        "Hinter dem ereignisbasierten Gateway `{id}` wartet `{}` auf kein Ereignis.",
                        flow.target
                    );
                    let help = "Dahinter gehören nur abwartende Zwischenereignisse und receiveTask mit einem einzigen Weg hinein.";
                    self.at(at, message, help);
                }
            }
        }
        match &element.kind {
            Kind::End { event: Event::Cancel } => {
                let mut around = process.containers.get(element.container).and_then(|c| c.owner);
                let mut found = None;
                while let Some(owner) = around.and_then(|at| process.elements.get(at)) {
                    if matches!(owner.kind, Kind::SubProcess { transaction: true, .. }) {
                        found = Some(owner);
                        break;
                    }
                    around = process.containers.get(owner.container).and_then(|c| c.owner);
                }
                let cancels = |edge: &usize| {
                    matches!(
                        self.kind(*edge),
                        Some(Kind::Boundary {
                            event: Event::Cancel,
                            ..
                        })
                    )
                };
                match found {
                    None => {
                        let help = "Den Abbruch in eine `transaction` legen.";
                        self.at(
                            at,
                            format!("`{id}` bricht eine Transaktion ab, liegt aber in keiner."),
                            help,
                        );
                    }
                    Some(owner) if !owner.boundary.iter().any(cancels) => {
                        let message = format!("`{id}` bricht `{}` ab, und danach geht es nirgends weiter.", owner.id);
                        self.at(at, message, "Ein Abbruchereignis an die Transaktion heften.");
                    }
                    Some(_) => {}
                }
            }
            Kind::Boundary {
                activity,
                event: Event::Cancel,
                ..
            } => {
                let inner = process.element(activity).and_then(|e| e.inner);
                let cancels = |end: &Element| {
                    let mut at = Some(end.container);
                    while at.is_some() && at != inner {
                        let owner = at.and_then(|at| process.containers.get(at)).and_then(|c| c.owner);
                        at = owner.and_then(|owner| process.elements.get(owner)).map(|e| e.container);
                    }
                    at.is_some() && at == inner && matches!(end.kind, Kind::End { event: Event::Cancel })
                };
                if !process.elements.iter().any(cancels) {
                    let help = "In der Transaktion ein Endereignis mit Abbruch anlegen.";
                    self.at(
                        at,
                        format!("`{id}` kann nie eintreten: `{activity}` bricht nie ab."),
                        help,
                    );
                }
            }
            _ => {}
        }
    }

    fn reentries(&mut self) {
        let marked = self
            .process
            .elements
            .iter()
            .enumerate()
            .filter(|(_, element)| element.reentry);
        let extra: Vec<(usize, String)> = marked.skip(1).map(|(at, element)| (at, element.id.clone())).collect();
        for (at, id) in extra {
            let message = format!("`{id}`: Nach einer Abhilfe geht es schon an einer anderen Stelle weiter.");
            self.at(at, message, "wegfrei:reentry nur an einer Prüfung angeben.");
        }
    }

    /// A release and an answer of the applicant both follow a review: without one, nobody could ever come to them sensibly.
    fn works(&mut self) {
        let process = self.process;
        let reviews = indices(process, |kind| {
            matches!(kind, Kind::UserTask { work: Work::Review, .. })
        });
        // A way into a subprocess goes on inside it, and one out of it behind it.
        let reached = reach(process, &reviews, |at| {
            let Some(element) = process.elements.get(at) else {
                return Vec::new();
            };
            let container = |at: usize| process.containers.get(at);
            let inside = element.inner.and_then(container);
            let inside = inside
                .iter()
                .flat_map(|c| c.starts.iter().chain(&c.event_starts))
                .copied();
            let mut next: Vec<usize> = process.next(at).chain(inside).collect();
            if element.kind.is_end() {
                let callers = process.elements.iter().enumerate();
                let callers = callers.filter(|(_, caller)| caller.inner == Some(element.container));
                next.extend(callers.flat_map(|(at, _)| process.next(at)));
            }
            next
        });
        for (at, element) in process.elements.iter().enumerate() {
            let Kind::UserTask { work, .. } = &element.kind else {
                continue;
            };
            if *work != Work::Review && !marked(&reached, at) {
                let message = format!(
                    "Zur Aufgabe `{}` ({}) führt kein Weg von einer Prüfung.",
                    element.id,
                    work.code()
                );
                let help = match work {
                    Work::Supply => "Eine Prüfung davor legen: nachgereicht wird, was sie nachfordert.",
                    _ => "Eine Prüfung davor legen: freigegeben wird, was eine andere Person geprüft hat.",
                };
                self.at(at, message, help);
            }
        }
    }
}

fn indices(process: &Process, wanted: impl Fn(&Kind) -> bool) -> Vec<usize> {
    let all = process.elements.iter().enumerate();
    all.filter(|(_, element)| wanted(&element.kind))
        .map(|(at, _)| at)
        .collect()
}

fn marked(marks: &[bool], at: usize) -> bool {
    marks.get(at).copied().unwrap_or(false)
}

fn reach(process: &Process, from: &[usize], next: impl Fn(usize) -> Vec<usize>) -> Vec<bool> {
    let mut seen = vec![false; process.elements.len()];
    let mut open: Vec<usize> = from.to_vec();
    while let Some(at) = open.pop() {
        match seen.get_mut(at) {
            Some(mark) if !*mark => *mark = true,
            _ => continue,
        }
        open.extend(next(at));
    }
    seen
}
