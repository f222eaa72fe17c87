//! From the syntax tree of the FEEL library to a [`Node`]: names become slots, built-in functions are looked up once.
//!
//! What stands here in no arm is left to the library, and with it the whole expression.

use crate::builtin::Builtin;
use crate::feel::{Entry, Names};
use crate::literal::literal;
use crate::native::{Domain, Loop, Node, Operator};
use crate::value::{Layout, Member};
use dsntk_feel::Name;
use dsntk_feel::bif::Bif;
use dsntk_feel_parser::AstNode;
use std::cmp::Ordering;
use std::str::FromStr;

const LESS: &[Ordering] = &[Ordering::Less];
const LESS_OR_EQUAL: &[Ordering] = &[Ordering::Less, Ordering::Equal];
const GREATER: &[Ordering] = &[Ordering::Greater];
const GREATER_OR_EQUAL: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

/// Compiles `node`; none when it must be left to the library.
pub(crate) fn compile(node: &AstNode, names: &Names) -> Option<Node> {
    let mut compiler = Compiler {
        names,
        locals: vec![],
        nodes: 0,
    };
    compiler.node(node)
}

/// What an expression binds itself. Each takes the slot after those of the names around it.
enum Local {
    Variable(Name),
    /// The item of a filter, whose members are names too.
    Item,
}

struct Compiler<'n> {
    names: &'n Names,
    locals: Vec<Local>,
    /// How many nodes were compiled.
    nodes: usize,
}

impl Compiler<'_> {
    fn node(&mut self, node: &AstNode) -> Option<Node> {
        self.nodes += 1;
        if let Some(value) = literal(node).ok()? {
            return Some(Node::Constant(value));
        }
        Some(match node {
            AstNode::Name(name) => self.name(name, self.locals.len())?,
            AstNode::Path(of, member) => {
                let AstNode::Name(member) = member.as_ref() else {
                    return None;
                };
                Node::Member(Box::new(self.node(of)?), Member::new(member.as_str()))
            }
            AstNode::Add(left, right) => Node::Arithmetic(Operator::Add, self.pair(left, right)?),
            AstNode::Sub(left, right) => Node::Arithmetic(Operator::Sub, self.pair(left, right)?),
            AstNode::Mul(left, right) => Node::Arithmetic(Operator::Mul, self.pair(left, right)?),
            AstNode::Div(left, right) => Node::Arithmetic(Operator::Div, self.pair(left, right)?),
            AstNode::Neg(of) => Node::Negative(Box::new(self.node(of)?)),
            AstNode::Lt(left, right) => Node::Compare(LESS, self.pair(left, right)?),
            AstNode::Le(left, right) => Node::Compare(LESS_OR_EQUAL, self.pair(left, right)?),
            AstNode::Gt(left, right) => Node::Compare(GREATER, self.pair(left, right)?),
            AstNode::Ge(left, right) => Node::Compare(GREATER_OR_EQUAL, self.pair(left, right)?),
            AstNode::Eq(left, right) => Node::Equal(self.pair(left, right)?),
            AstNode::Nq(left, right) => Node::NotEqual(self.pair(left, right)?),
            AstNode::And(left, right) => Node::And(self.pair(left, right)?),
            AstNode::Or(left, right) => Node::Or(self.pair(left, right)?),
            AstNode::EvaluatedExpression(of) => self.node(of)?,
            AstNode::If(condition, yes, no) => {
                Node::If(Box::new([self.node(condition)?, self.node(yes)?, self.node(no)?]))
            }
            AstNode::List(items) => Node::List(items.iter().map(|item| self.node(item)).collect::<Option<_>>()?),
            AstNode::Context(entries) => self.context(entries)?,
            AstNode::Filter(list, condition) => self.filter(list, condition)?,
            AstNode::For(contexts, body) => {
                let AstNode::IterationContexts(contexts) = contexts.as_ref() else {
                    return None;
                };
                Node::For(self.iteration(contexts, body)?)
            }
            AstNode::Some(contexts, body) => Node::Some(self.quantified(contexts, body)?),
            AstNode::Every(contexts, body) => Node::Every(self.quantified(contexts, body)?),
            AstNode::FunctionInvocation(function, arguments) => {
                let (AstNode::Name(name), AstNode::PositionalParameters(arguments)) =
                    (function.as_ref(), arguments.as_ref())
                else {
                    return None;
                };
                // A value of that name, also a member of a filtered item, would hide the function.
                let hidden = self.names.get(name).is_some()
                    || self.locals.iter().any(|local| match local {
                        Local::Variable(own) => own == name,
                        Local::Item => true,
                    });
                let builtin = Builtin::of(name.as_str()).filter(|builtin| !hidden || *builtin == Builtin::Near)?;
                let arguments = arguments.iter().map(|argument| self.node(argument));
                Node::Call(builtin, arguments.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    fn pair(&mut self, left: &AstNode, right: &AstNode) -> Option<Box<[Node; 2]>> {
        Some(Box::new([self.node(left)?, self.node(right)?]))
    }

    /// What `name` stands for among the first `visible` locals and the names around the expression.
    fn name(&self, name: &Name, visible: usize) -> Option<Node> {
        for index in (0..visible).rev() {
            let slot = self.names.next_slot() + index;
            match self.locals.get(index)? {
                Local::Variable(own) if own == name => return Some(Node::Slot(slot)),
                Local::Variable(_) => {}
                Local::Item => {
                    let outside = match name.as_str() {
                        "item" => Node::Slot(slot),
                        _ => self.name(name, index)?,
                    };
                    return Some(Node::OfItem {
                        slot,
                        name: Member::new(name.as_str()),
                        outside: Box::new(outside),
                    });
                }
            }
        }
        match self.names.get(name) {
            Some(Entry::Value { slot, .. }) => Some(Node::Slot(*slot)),
            Some(Entry::Function(_)) => None,
            None if matches!(name.as_str(), "item" | "partial") || Bif::from_str(name.as_str()).is_ok() => None,
            None => Some(Node::Missing),
        }
    }

    fn within<T>(&mut self, local: Local, compile: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.locals.push(local);
        let result = compile(self);
        self.locals.pop();
        result
    }

    fn context(&mut self, entries: &[AstNode]) -> Option<Node> {
        let mut names: Vec<&Name> = Vec::with_capacity(entries.len());
        let mut nodes = Vec::with_capacity(entries.len());
        let outer = self.locals.len();
        for entry in entries {
            let AstNode::ContextEntry(key, value) = entry else {
                return None;
            };
            let AstNode::ContextEntryKey(name) = key.as_ref() else {
                return None;
            };
            if names.contains(&name) {
                return None;
            }
            // On the way out with none nothing of this compiler is used any more.
            nodes.push(self.node(value)?);
            names.push(name);
            self.locals.push(Local::Variable(name.clone()));
        }
        self.locals.truncate(outer);
        Some(Node::Context(Layout::new(names.into_iter().map(Name::as_str)), nodes))
    }

    fn filter(&mut self, list: &AstNode, condition: &AstNode) -> Option<Node> {
        let list = Box::new(self.node(list)?);
        let before = self.nodes;
        let inside = self.within(Local::Item, |compiler| compiler.node(condition))?;
        let cost = self.nodes - before;
        // Beside the items the condition matters only where it may be a number.
        let index = if inside.is_condition() {
            None
        } else {
            match self.node(condition)? {
                Node::Missing => None,
                index => Some(Box::new(index)),
            }
        };
        Some(Node::Filter {
            list,
            condition: Box::new(inside),
            index,
            cost,
        })
    }

    fn iteration(&mut self, contexts: &[AstNode], body: &AstNode) -> Option<Loop> {
        let [context] = contexts else { return None };
        let (variable, domain) = match context {
            AstNode::IterationContextSingle(_, list) if matches!(list.as_ref(), AstNode::Range(..)) => return None,
            AstNode::IterationContextSingle(variable, list) | AstNode::QuantifiedContext(variable, list) => {
                (variable, Domain::List(Box::new(self.node(list)?)))
            }
            AstNode::IterationContextInterval(variable, start, end) => {
                (variable, Domain::Interval(self.pair(start, end)?))
            }
            _ => return None,
        };
        let AstNode::Name(variable) = variable.as_ref() else {
            return None;
        };
        let before = self.nodes;
        let body = self.within(Local::Variable(variable.clone()), |compiler| compiler.node(body))?;
        Some(Loop {
            domain,
            body: Box::new(body),
            cost: self.nodes - before,
        })
    }

    fn quantified(&mut self, contexts: &AstNode, body: &AstNode) -> Option<Loop> {
        match (contexts, body) {
            (AstNode::QuantifiedContexts(contexts), AstNode::Satisfies(body)) => self.iteration(contexts, body),
            _ => None,
        }
    }
}
