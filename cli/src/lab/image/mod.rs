//! The base images, one for each family: a minimal Debian (or Ubuntu) of this machine's own release, with the kernel's
//! modules, sshd, nginx and a local package repository; that of the RPM family has rpm, dnf and RPMs. Built once, then
//! every node's disk is a thin layer over it.

mod build;
mod recipe;
mod sources;
mod store;

pub(super) use store::current;
