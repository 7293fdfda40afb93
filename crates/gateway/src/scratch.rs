//! Working memory of the meter, one per thread, so that metering a response allocates little.

use std::cell::RefCell;

use meter::Scratch;

use crate::Gateway;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

impl Gateway {
    /// Lends this thread's scratch to `work`. Never awaits inside, so it is never borrowed twice.
    pub(crate) fn with_scratch<R>(&self, work: impl FnOnce(&mut Scratch) -> R) -> R {
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => work(&mut scratch),
            Err(_) => work(&mut Scratch::default()),
        })
    }
}
