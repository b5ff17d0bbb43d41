//! The roll-out in the lab.
