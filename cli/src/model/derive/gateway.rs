//! The default gateway of a NAT real server.

use std::net::IpAddr;

use crate::model::{Hosts, Service, ServiceMember};

/// The address of the service's director on the link to that real server; `None` where they share no link. The answers
/// must pass the director that translated the request (ipvsadm(8), `-m`).
pub(crate) fn nat_gateway(service: &Service, member: &ServiceMember, hosts: &Hosts) -> Option<IpAddr> {
    hosts.get(service.holder()).towards(member.address).map(|(_, address)| address.addr())
}
