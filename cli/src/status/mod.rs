//! The live IPVS tables of all directors, side by side with the inventory.

mod compare;
mod render;

pub use compare::{DirectorStatus, Row, ServiceStatus, Standing, compare};
