//! From claims of registers and lists to the facts that rules read.
