//! How a run goes on: a bar on a terminal, nothing without one.

use std::io::IsTerminal as _;

use engine::run::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use model::text::Lang;
use ports::store::Sealed;

/// A progress bar on standard error.
pub struct Bar {
    bar: ProgressBar,
    lang: Lang,
}

impl Bar {
    /// A bar that shows itself only on a terminal.
    pub fn new(lang: Lang) -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::no_length() } else { ProgressBar::hidden() };
        Self { bar, lang }
    }

    /// Takes the bar off the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn begun(&self, total: usize, done: usize) {
        let template = match self.lang {
            Lang::Zh => "{bar:24} {pos}/{len} 个对象  {per_sec}  剩余 {eta}  {wide_msg}",
            Lang::En => "{bar:24} {pos}/{len} subjects  {per_sec}  {eta} left  {wide_msg}",
        };
        // The template is a constant; should it ever be wrong, the default bar serves.
        self.bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.reset_eta();
        if done > 0 && done < total {
            match self.lang {
                Lang::Zh => eprintln!("续接上次未完成的检测：已完成 {done}，共 {total}"),
                Lang::En => eprintln!("going on with an unfinished run: {done} of {total} done"),
            }
        }
    }

    fn recorded(&self, sealed: &Sealed) {
        self.bar.set_message(sealed.bundle.subject.key.clone());
        self.bar.inc(1);
    }
}
