//! `lvsctl import`.

use std::{collections::BTreeMap, fmt::Write, fs, io::Write as _, path::Path};

use lvs_agent::{
    state::{Forwarding, ServiceKey},
    wire::{Answer, Facts, LiveTable, Lookup},
};

use super::{Error, identity, rights, screen};
use crate::{
    args::{Format, ImportArgs},
    exit::Exit,
    import::{self, Imported, Writing},
    inventory::{Inventory, resolve},
    session::{AgentBinary, Fleet, Target},
    source::{Diagnostic, Diagnostics, Source},
    template::Engine,
    yaml,
};

/// Writes an inventory of what others describe a cluster with. Fails where something was not imported; the inventory is
/// written nevertheless.
pub(super) async fn run(args: &ImportArgs) -> Result<Exit, Error> {
    let known = known(args)?;
    let mut writing = Writing {
        director: args.director.clone().unwrap_or_else(|| "director".to_owned()),
        has_directors: known.as_ref().is_some_and(|known| known.group("directors").is_some()),
        hosts: known.as_ref().map(hosts).unwrap_or_default(),
        interfaces: args.interface.clone(),
        vip_device: args.vip_device.clone(),
    };
    let mut imported = if args.from == Format::Live {
        let Some((facts, table)) = ask(args, known.as_ref()).await? else { return Ok(Exit::Failed) };
        let imported = import::read_live(&table);
        writing.director = args.director.clone().unwrap_or_else(|| args.source.clone());
        of_facts(&mut writing, &facts, &imported);
        imported
    } else {
        let source =
            Source::read(Path::new(&args.source)).map_err(|error| Diagnostics::from(Diagnostic::from(error)))?;
        match args.from {
            Format::Keepalived => import::read_keepalived(source.text()),
            Format::Ldirectord => import::read_ldirectord(source.text()),
            Format::IpvsadmSave | Format::Live => import::read_ipvsadm(source.text()),
        }
    };
    let inventory = import::write(&mut imported, &writing);
    let text = yaml::to_string(&inventory).expect("an inventory is plain data");
    let mistakes = prove(&mut imported, &text, args).err();
    for note in &imported.notes {
        screen::say(&format!("{}: {note}", args.source));
    }
    if let Some(mistakes) = &mistakes {
        screen::say(&format!(
            "{}\n\nthe inventory is written; put these right in it before it is applied",
            mistakes.render(screen::has_colour())
        ));
    }
    put(args, &(head(&imported, args) + &text))?;
    let is_whole = mistakes.is_none() && !imported.notes.iter().any(|note| note.lost);
    Ok(if is_whole { Exit::Ok } else { Exit::Failed })
}

fn known(args: &ImportArgs) -> Result<Option<Inventory>, Diagnostics> {
    if args.inventory.is_empty() {
        return Ok(None);
    }
    Ok(Some(resolve(&Inventory::load(&args.inventory)?, &Engine::default())?))
}

/// Hosts by the addresses that they say they have.
fn hosts(inventory: &Inventory) -> BTreeMap<std::net::IpAddr, String> {
    let cluster_addresses = |host: &crate::inventory::Host| {
        let mut texts = Vec::new();
        for node in host.vars.get("lvs_interfaces").map_or(&[][..], |list| list.as_list_or_one()) {
            let addresses = node.as_map().ok().and_then(|map| map.get("addresses"));
            texts.extend(
                addresses.map_or(&[][..], |list| list.as_list_or_one()).iter().filter_map(|n| n.to_text().ok()),
            );
        }
        let listed = !texts.is_empty();
        for name in ["lvs_rip", "ansible_host"] {
            if name == "lvs_rip" || !listed {
                let nodes = host.vars.get(name).map_or(&[][..], |list| list.as_list_or_one());
                texts.extend(nodes.iter().filter_map(|node| node.to_text().ok()));
            }
        }
        texts
    };
    let mut found = BTreeMap::new();
    for host in &inventory.hosts {
        for text in cluster_addresses(host) {
            let address = text.split('/').next().unwrap_or_default().parse();
            if let Ok(address) = address {
                found.entry(address).or_insert_with(|| host.name.clone());
            }
        }
    }
    found
}

/// The table of a director; nothing where it cannot be asked, which is told.
async fn ask(args: &ImportArgs, known: Option<&Inventory>) -> Result<Option<(Facts, LiveTable)>, Error> {
    let alone;
    let host = if let Some(host) = known.and_then(|known| known.host(&args.source)) {
        host
    } else {
        let text = format!("all: {{ hosts: {{ {}: }} }}\n", serde_json::Value::from(args.source.as_str()));
        alone = Inventory::parse(&Source::new("the command line", text))?;
        &alone.hosts[0]
    };
    let mut fleet = Fleet::new(AgentBinary::find(args.agent.as_deref())?, identity::purpose(false));
    let mut failure = None;
    let target = Target::of(host, &rights::wish(&args.rights)?)?;
    fleet.connect(vec![target], 1, |_, result| failure = result.err().map(|error| error.to_failure())).await;
    let mut answer = None;
    if let Some(session) = fleet.get(&host.name) {
        let facts = session.facts().clone();
        match session.lookup(Lookup::Ipvs).await {
            Ok(Answer::Ipvs(table)) => answer = Some((facts, table)),
            Ok(_) => screen::say(&format!("{}: the answer is to another question", host.name)),
            Err(error) => failure = Some(error.to_failure()),
        }
    }
    if let Some(failure) = failure {
        screen::tell_failure(&host.name, &failure);
    }
    screen::tell_partings(fleet.close().await);
    Ok(answer)
}

/// A director that runs tells its devices itself. They are needed for NAT; else it keeps its network as it is.
fn of_facts(writing: &mut Writing, facts: &Facts, imported: &Imported) {
    let services = || imported.services.iter().map(|found| &found.service);
    let vips: Vec<_> = services()
        .filter_map(|one| if let ServiceKey::Address { vip, .. } = one.key { Some(vip) } else { None })
        .collect();
    let addresses = || {
        let own = facts.interfaces.iter().filter(|interface| interface.name != "lo");
        own.flat_map(|interface| interface.addresses.iter().map(|address| (interface.name.clone(), *address)))
    };
    if writing.vip_device.is_none() {
        let on = |(_, address): &(String, ipnet::IpNet)| vips.contains(&address.addr());
        let near = |(_, address): &(String, ipnet::IpNet)| vips.iter().any(|vip| address.contains(vip));
        writing.vip_device = addresses().find(on).or_else(|| addresses().find(near)).map(|(device, _)| device);
    }
    let nat = |server: &lvs_agent::state::RealServer| server.forwarding == Forwarding::Nat;
    if writing.interfaces.is_empty() && services().flat_map(|one| &one.real_servers).any(nat) {
        let link_local =
            |address: &ipnet::IpNet| matches!(address, ipnet::IpNet::V6(net) if net.addr().is_unicast_link_local());
        let own = addresses().filter(|(_, address)| !vips.contains(&address.addr()) && !link_local(address));
        writing.interfaces = own.collect();
    }
}

fn prove(imported: &mut Imported, text: &str, args: &ImportArgs) -> Result<(), Diagnostics> {
    let name = args.output.as_ref().map_or("the new inventory".to_owned(), |path| path.display().to_string());
    if args.inventory.is_empty() {
        return import::prove(imported, &Inventory::parse(&Source::new(name, text))?);
    }
    let Ok(folder) = tempfile::tempdir() else { return Ok(()) };
    let file = folder.path().join("imported.yml");
    if fs::write(&file, text).is_err() {
        return Ok(());
    }
    let mut paths = args.inventory.clone();
    paths.push(file);
    import::prove(imported, &Inventory::load(&paths)?)
}

fn head(imported: &Imported, args: &ImportArgs) -> String {
    let mut head = format!("# Imported by lvsctl from {}.\n", args.source.replace(char::is_control, " "));
    for note in &imported.notes {
        // Writing to a string cannot fail.
        let _ = writeln!(head, "# {note}");
    }
    head
}

fn put(args: &ImportArgs, text: &str) -> Result<(), Error> {
    let Some(path) = &args.output else { return Ok(screen::print(text)?) };
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).create_new(!args.force);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| Error::Write { path: path.clone(), source })
}
