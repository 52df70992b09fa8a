use crate::context::Context;
use crate::failure::{Failure, Status};
use clap::Args;

/// Demo
#[derive(Args, Debug)]
pub(crate) struct Demo {}

impl Demo {
    pub(crate) fn run(&self, _context: &Context) -> Result<Status, Failure> {
        Ok(Status::Done)
    }
}
