//! `tunnel`: how packets are wrapped with `forward: tun`: `ipip`, `gre`, `{type: gue, port: 6080, checksum: true}`.

use lvs_agent::state::{Forwarding, TunnelChecksum, TunnelKind};

use crate::{
    model::Placed,
    source::{Code, Diagnostic},
    yaml::{Fields, Node, Value},
};

/// Reads `tunnel` of a service with that forwarding method.
pub(super) fn read(node: &Node, forward: Option<&Placed<Forwarding>>) -> Result<TunnelKind, Diagnostic> {
    if let Some(forward) = forward.filter(|forward| !matches!(forward.value, Forwarding::Tunnel(_))) {
        let title = format!("`tunnel` has no meaning with `forward: {}`", forward.value);
        return Err(node.wrong_value(title).also(&forward.span, "").hint("use `forward: tun`, or leave `tunnel` out"));
    }
    let Value::Map(_) = node.value else { return kind(node, None, TunnelChecksum::None, node) };
    let mut fields = Fields::new("tunnel", node)?;
    let name = fields.required("type")?;
    let port = fields.optional("port");
    let checksum = fields.optional("checksum");
    fields.finish()?;
    let kind = kind(name, port, checksum.map_or(Ok(TunnelChecksum::None), read_checksum)?, node)?;
    match (kind, checksum) {
        (TunnelKind::Ipip, Some(checksum)) => {
            Err(checksum.wrong_value("ipip has no checksum").hint("gue and gre have one; leave `checksum` out"))
        }
        (TunnelKind::Gre { checksum: TunnelChecksum::Remote }, Some(checksum)) => Err(checksum
            .wrong_value("gre has no remote checksum offload")
            .hint("only gue has; `checksum: true` is gre's own")),
        (kind, _) => Ok(kind),
    }
}

fn kind(name: &Node, port: Option<&Node>, checksum: TunnelChecksum, place: &Node) -> Result<TunnelKind, Diagnostic> {
    let kind = match name.as_str()? {
        "ipip" => TunnelKind::Ipip,
        "gre" => TunnelKind::Gre { checksum },
        "gue" => {
            let Some(port) = port else {
                return Err(Diagnostic::new(Code::MissingKey, "gue needs a port", &place.span, "")
                    .hint("such as `tunnel: { type: gue, port: 6080 }`; the real servers receive on it"));
            };
            return Ok(TunnelKind::Gue { port: udp_port(port)?, checksum });
        }
        other => {
            return Err(name.wrong_value(format!("unknown kind of tunnel `{other}`")).hint("one of ipip, gue, gre"));
        }
    };
    match port {
        Some(port) => Err(port.wrong_value("only gue has a port").hint("leave `port` out")),
        None => Ok(kind),
    }
}

/// The kernel refuses a port of 0 with "invalid argument" (`ip_vs_add_dest`).
fn udp_port(node: &Node) -> Result<u16, Diagnostic> {
    let port = node.as_number("a UDP port from 1 to 65535")?;
    if port == 0 { Err(node.wrong_value("0 is not a port").hint("from 1 to 65535, such as 6080")) } else { Ok(port) }
}

fn read_checksum(node: &Node) -> Result<TunnelChecksum, Diagnostic> {
    let hint = "`true`, `false`, or `remote` for gue's remote checksum offload";
    match &node.value {
        Value::String(text) if text == "remote" => Ok(TunnelChecksum::Remote),
        _ => node
            .as_bool()
            .map(|wanted| if wanted { TunnelChecksum::Checksum } else { TunnelChecksum::None })
            .map_err(|mistake| mistake.hint(hint)),
    }
}
