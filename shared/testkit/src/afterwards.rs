//! Cleaning up over the network when something is dropped, where nothing can be awaited.

use std::future::Future;
use std::thread;

/// Runs the work to its end on a thread of its own. Errors are ignored.
pub fn wait(work: impl Future<Output = ()> + Send + 'static) {
    let cleaning = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            runtime.block_on(work);
        }
    });
    let _ = cleaning.join();
}
