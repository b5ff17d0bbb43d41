//! The templates that are part of lvsctl, compiled in.

macro_rules! shipped {
    ($($name:literal)*) => {
        /// Name and text of each.
        pub(super) const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../templates/", $name)))),*];
    };
}

shipped! {
    "ifcfg.j2"
    "ifroutes.j2"
    "interfaces.j2"
    "keyfile.j2"
    "netplan.j2"
    "networkd.j2"
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::template::{Engine, Templates};

    #[test]
    fn every_template_in_the_folder_is_compiled_in_and_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates");
        let there: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        let shipped: BTreeSet<String> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, shipped);
        for name in shipped {
            Engine::default().check(&Templates::default().find(&name).unwrap()).unwrap();
        }
    }
}
