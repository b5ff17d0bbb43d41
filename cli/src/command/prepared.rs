//! Everything that is known before a node is contacted.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Error, passwords, retry, rights, screen};
use crate::{
    args::{RunOptions, Sources, TaskOptions},
    inventory::{self, Inventory, Load, Vars, resolve},
    model::Cluster,
    playbook::{Library, Playbook, TagFilter},
    run::{ClusterSite, Options, Run, Step},
    session::{Target, Wish, keep_passwords_secret, passed_over},
    source::{Code, Diagnostic, Diagnostics},
    template::{Engine, Templates},
};

/// The playbook where none is named.
const SITE: &str = "site.yml";

/// The inventory with its variables, and what the model makes of it. All mistakes are found before this exists.
pub(super) struct Prepared {
    site: ClusterSite,
    /// Variables of the command line, which win over those of playbooks, too.
    extra: Arc<Vars>,
}

/// The engine with the user's templates.
pub(super) fn engine() -> Engine {
    Engine::new(Templates { user_dirs: template_folders() })
}

/// Reads the inventory alone, as written; says on standard error what is doubtful.
pub(super) fn load_inventory(sources: &Sources, may_be_empty: bool) -> Result<Inventory, Error> {
    passwords::unlock(sources)?;
    let load = Load {
        sources: paths(sources)?,
        playbook_dir: Some(sources.playbook_dir.clone().unwrap_or_else(|| PathBuf::from("."))),
        extra_vars: inventory::extra_vars(&sources.extra_vars)?,
        may_be_empty,
    };
    let inventory = load.read()?;
    keep_passwords_secret(&inventory.hosts);
    for warning in &inventory.warnings {
        screen::say(&Diagnostics::from(warning.clone()).render_warnings(screen::has_colour()));
    }
    Ok(inventory)
}

/// A director whose services stand below a key that nothing reads would lose them all.
fn refuse_lost_services(inventory: &Inventory, cluster: &Cluster) -> Result<(), Diagnostics> {
    let has_lost = inventory.warnings.iter().any(|warning| warning.code() == Code::UnknownKey);
    let has_directors = inventory.group("directors").is_some_and(|group| !group.hosts.is_empty());
    if !has_lost || !has_directors || !cluster.services.is_empty() {
        return Ok(());
    }
    let title = "the inventory has directors, no virtual service, and keys that nothing reads: those above";
    let hint = "correct the keys, since services may stand below them; `lvsctl teardown` is there to take all away";
    Err(Diagnostic::without_place(Code::UnknownKey, title).hint(hint).into())
}

impl Prepared {
    /// Reads the inventory and derives the cluster; says on standard error what is doubtful.
    pub(super) fn load(sources: &Sources) -> Result<Self, Error> {
        let engine = engine();
        let written = load_inventory(sources, false)?;
        let resolved = resolve(&written, &engine)?;
        let cluster = Cluster::from_inventory(&resolved)?;
        refuse_lost_services(&written, &cluster)?;
        for warning in passed_over(&resolved.hosts).iter().chain(&cluster.warnings) {
            screen::say(&Diagnostics::from(warning.clone()).render_warnings(screen::has_colour()));
        }
        for host in &resolved.hosts {
            Target::of(host, &Wish::default())?;
        }
        let extra = Arc::new(inventory::extra_vars(&sources.extra_vars)?);
        Ok(Self { site: ClusterSite::new(resolved, cluster, engine), extra })
    }

    pub(super) fn inventory(&self) -> &Inventory {
        self.site.inventory()
    }

    pub(super) fn cluster(&self) -> &Cluster {
        self.site.cluster()
    }

    /// A playbook for the hosts of this inventory, with every task worked out once to find its mistakes.
    pub(super) fn into_run(self, playbook: Option<&Path>, options: Selection<'_>) -> Result<Run, Error> {
        let name = playbook.map_or(SITE.to_owned(), |path| path.display().to_string());
        let library = Library::of_user();
        let playbook = Playbook::load(&library, &name)?;
        self.into_run_of(playbook, library, options)
    }

    /// The same for a playbook that is read already.
    pub(super) fn into_run_of(
        self,
        playbook: Playbook,
        library: Library,
        options: Selection<'_>,
    ) -> Result<Run, Error> {
        for warning in &playbook.warnings {
            screen::say(&Diagnostics::from(warning.clone()).render_warnings(screen::has_colour()));
        }
        let mut limit = options.limit.map(|limit| self.select(limit)).transpose()?;
        let TaskOptions { tags, skip_tags, start, .. } = options.tasks;
        if let Some(file) = &start.retry {
            let failed = retry::read(file, self.inventory())?;
            limit = Some(match limit {
                None => failed,
                Some(limit) => limit.intersection(&failed).cloned().collect(),
            });
            if limit.as_ref().is_some_and(BTreeSet::is_empty) {
                let title = format!("`--limit` leaves none of the hosts in {}", file.display());
                let mistake = Diagnostic::without_place(Code::BadPattern, title);
                return Err(Diagnostics::from(mistake.hint("leave one of the two options out")).into());
            }
        }
        let tags = TagFilter::new(tags.iter().cloned(), skip_tags.iter().cloned());
        let Selection { diff, results, step, rights, .. } = options;
        let (extra, start_at) = (self.extra, start.start_at_task.clone());
        let options = Options { tags, extra, diff, results, start_at, rights, step };
        let run = Run::new(playbook, library, self.site, options, limit.as_ref())?;
        run.rehearse()?;
        Ok(run)
    }

    /// The hosts that a pattern of the command line means.
    pub(super) fn select(&self, pattern: &str) -> Result<BTreeSet<String>, Diagnostics> {
        let hosts = self.inventory().select_limit(pattern).map_err(|error| error.into_diagnostic(None))?;
        if hosts.is_empty() {
            let title = format!("the pattern `{pattern}` leaves no host");
            return Err(Diagnostic::without_place(Code::BadPattern, title)
                .hint("see `lvsctl inventory --graph`")
                .into());
        }
        Ok(hosts.into_iter().map(|host| host.name.clone()).collect())
    }
}

/// How to reach these hosts.
pub(super) fn targets<'a>(
    inventory: &Inventory,
    hosts: impl IntoIterator<Item = &'a str>,
    weaker: &Wish,
) -> Result<Vec<Target>, Diagnostics> {
    hosts.into_iter().filter_map(|host| inventory.host(host)).map(|host| Target::of(host, weaker)).collect()
}

/// Which hosts and tasks of a playbook.
#[derive(Clone)]
pub(super) struct Selection<'a> {
    pub(super) limit: Option<&'a str>,
    pub(super) tasks: &'a TaskOptions,
    /// Whether the differences of files are shown.
    pub(super) diff: bool,
    /// Whether what tasks return is told.
    pub(super) results: bool,
    /// Asks before each task.
    pub(super) step: Option<Step>,
    /// What is said of becoming root.
    pub(super) rights: Wish,
}

impl<'a> Selection<'a> {
    pub(super) fn new(limit: Option<&'a str>, tasks: &'a TaskOptions) -> Self {
        Self { limit, tasks, diff: false, results: false, step: None, rights: Wish::default() }
    }

    /// As the command line of something that contacts nodes says.
    pub(super) fn of(options: &'a RunOptions, tasks: &'a TaskOptions) -> Result<Self, Error> {
        Ok(Self { rights: rights::wish(&options.rights)?, ..Self::new(options.limit.as_deref(), tasks) })
    }
}

/// As told, else `inventory.yml` or `inventory` in this folder.
pub(super) fn paths(sources: &Sources) -> Result<Vec<PathBuf>, Error> {
    if !sources.inventory.is_empty() {
        return Ok(sources.inventory.clone());
    }
    if let Some(paths) = env::var_os("LVSCTL_INVENTORY").filter(|paths| !paths.is_empty()) {
        return Ok(env::split_paths(&paths).collect());
    }
    let usual = ["inventory.yml", "inventory.yaml", "inventory"].map(PathBuf::from);
    usual.into_iter().find(|path| path.exists()).map(|path| vec![path]).ok_or(Error::NoInventory)
}

/// `./templates`, then `templates` in the user's configuration folder.
fn template_folders() -> Vec<PathBuf> {
    let config = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".config")));
    let mut folders = vec![PathBuf::from("templates")];
    folders.extend(config.map(|config| config.join("lvsctl/templates")));
    folders
}
