//! Regular expressions of a file: each is compiled once, and all together within one budget.

use std::collections::HashMap;

use regex::{Error, Regex, RegexBuilder};

/// Sizes a pattern is compiled within, in bytes. The first that is enough is what it costs: the compiler does not tell its size.
const SIZES: [usize; 5] = [1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20];
/// What all patterns of a file may cost.
const BUDGET: usize = 32 << 20;

pub(crate) struct Patterns {
    known: HashMap<String, Result<Regex, String>>,
    left: usize,
}

impl Patterns {
    pub fn new() -> Patterns {
        Patterns {
            known: HashMap::new(),
            left: BUDGET,
        }
    }

    /// # Errors
    /// Why it cannot be read, on one line.
    pub fn compile(&mut self, pattern: &str) -> Result<Regex, String> {
        if let Some(known) = self.known.get(pattern) {
            return known.clone();
        }
        let built = self.build(pattern);
        self.known.insert(pattern.to_owned(), built.clone());
        built
    }

    fn build(&mut self, pattern: &str) -> Result<Regex, String> {
        let mut last = String::new();
        for size in SIZES {
            let Some(left) = self.left.checked_sub(size) else {
                return Err("the patterns of this file are too large together".to_owned());
            };
            match RegexBuilder::new(pattern).size_limit(size).build() {
                Ok(regex) => {
                    self.left = left;
                    return Ok(regex);
                }
                Err(error) => {
                    last = error.to_string().lines().last().unwrap_or_default().to_owned();
                    if !matches!(error, Error::CompiledTooBig(_)) {
                        return Err(last);
                    }
                }
            }
        }
        // To find out that it is too large has cost as much as to compile it.
        self.left -= SIZES.last().copied().unwrap_or_default();
        Err(last)
    }
}
