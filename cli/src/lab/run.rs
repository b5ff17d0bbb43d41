//! Carries out `lvsctl lab`.

use std::io::{self, Write};

use super::{
    Error,
    args::{LabArgs, LabCommand},
    commands::Lab,
    image,
    progress::{Progress, say},
    relay, ssh, status,
    up::{Wish, up},
};

/// Carries out a command and returns the exit status.
pub async fn run(args: LabArgs) -> Result<i32, Error> {
    // Not through `Lab`: this is what every ssh connection waits for.
    if let LabCommand::Relay { via, address, port } = args.command {
        return match via {
            Some(via) => Err(relay::enter(&via, address, port)),
            None => relay::run(address, port).map(|()| 0),
        };
    }
    let lab = Lab::named(&args.name)?;
    match args.command {
        LabCommand::Up { topology, nodes, families } => {
            let state =
                up(lab.dir(), &args.name, Wish { file: topology.as_deref(), nodes, families: &families }).await?;
            status::write(&lab, &state, &mut io::stdout().lock()).await?;
        }
        LabCommand::Down => lab.down().await?,
        LabCommand::Status { inventory_path: true, .. } => print(&lab.inventory()?.display().to_string())?,
        LabCommand::Status { ssh_config_path: true, .. } => {
            lab.state()?;
            print(&lab.dir().file(ssh::CONFIG).display().to_string())?;
        }
        LabCommand::Status { .. } => {
            let all_ready = status::write(&lab, &lab.state()?, &mut io::stdout().lock()).await?;
            return Ok(i32::from(!all_ready));
        }
        LabCommand::Ssh { node, words } => return lab.ssh(&node, &words, true),
        LabCommand::Exec { node, words } => return lab.ssh(&node, &words, false),
        LabCommand::Reboot { node } => lab.reboot(&node).await?,
        LabCommand::Poweroff { node } => lab.power_off(&node).await?,
        LabCommand::Cut { cable } => lab.set_cable(&cable, false).await?,
        LabCommand::Mend { cable } => lab.set_cable(&cable, true).await?,
        LabCommand::Console { node } => print(&lab.console(&node)?)?,
        LabCommand::Image { family } => {
            let image = image::current(family, &Progress::new(), true).await?;
            say("the image is built");
            print(&image.display().to_string())?;
        }
        LabCommand::Relay { .. } => unreachable!("it was carried out above"),
    }
    Ok(0)
}

fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
    written.map_err(Error::io("write", "standard output"))
}
