//! The codes of mistakes in the user's files. The guide explains each (`docs/errors.md`).

use std::fmt;

macro_rules! codes {
    ($($variant:ident $number:literal $title:literal,)*) => {
        /// What kind of mistake it is. Numbers are never used again for something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant = $number,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The mistake in a few words.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }
        }
    };
}

codes! {
    YamlSyntax 1 "the file is not YAML",
    UnknownKey 2 "unknown key",
    WrongType 3 "a value of the wrong type",
    MissingKey 4 "a key is missing",
    DuplicateKey 5 "a key stands twice",
    UnsupportedYaml 6 "YAML that lvsctl does not read",
    WrongValue 7 "a value that cannot be",
    FileNotReadable 8 "a file cannot be read",
    UnsupportedVariable 9 "a variable of Ansible's that lvsctl does not follow",

    EmptyInventory 10 "the inventory has no hosts",
    BadRange 11 "a host range that cannot be expanded",
    GroupCycle 12 "a group is its own child",
    BadPattern 13 "a pattern that names no host or group",
    NameClash 14 "a name is both a host and a group",
    InventorySyntax 15 "a line of an inventory that cannot be read",
    InventoryProgram 16 "an inventory program failed",
    IgnoredVariable 17 "a variable of Ansible's that is passed over",

    UnknownScheduler 20 "unknown scheduler",
    UnknownForwarding 21 "unknown forwarding method",
    BadWeight 22 "a weight that the kernel does not take",
    DuplicateService 23 "two virtual services with the same address, protocol and port",
    UnknownRealServer 24 "a real server that the inventory does not have",
    VipIsRealServer 25 "the VIP is a real server's own address",
    PortMismatch 26 "direct routing and tunnelling cannot change the port",
    NoRealServerAddress 27 "a real server has no address to send to",
    NoDirector 28 "a virtual service has no director",
    NoVipDevice 29 "no device for the VIP",
    NotOnOneLink 30 "direct routing needs one link",
    NoNatGateway 31 "no address of the director for the real server's gateway",
    DuplicateRealServer 32 "a real server stands twice in a service",
    BadThreshold 33 "thresholds that the kernel does not take",
    BadPersistence 34 "persistence that the kernel does not take",
    ConflictingRoles 35 "a host is asked to be two things that do not go together",
    MixedFamilies 36 "IPv4 and IPv6 are mixed where the kernel does not allow it",
    BadVip 37 "an address that cannot be a VIP",
    NatFromOneNetwork 38 "NAT with clients in the real servers' own network",
    VipInTwoPlaces 39 "a VIP is asked to be in two places",
    DirectorIsGateway 40 "a real server would answer through the director, which drops such packets",
    WeightIgnored 41 "weights that the scheduler does not look at",
    NoRealServers 42 "a virtual service without real servers",
    NoRoute 43 "a director has no route to a real server",
    NoFailover 44 "several directors, and nothing that moves the VIP between them",
    BadSchedulerFlag 45 "flags that the scheduler does not have",
    NotOfProtocol 46 "an option that the protocol does not have",
    BadFwmark 47 "a firewall mark that cannot be",
    BadSync 48 "a sync daemon that cannot be",
    BadIpvsSetting 49 "a setting of IPVS that the kernel does not take",

    UnknownModule 50 "unknown module",
    UnknownKeyword 51 "unknown keyword in a playbook",
    BadModuleArguments 52 "arguments that the module does not take",
    UnknownHandler 53 "a handler that no play has",
    PlaybookNotFound 54 "no such playbook",
    RoleNotFound 55 "no such role",
    UnsupportedBecome 56 "work as another user than root",
    BadLoop 57 "a loop over something that has no items",
    IgnoredKeyword 58 "a keyword of Ansible's that is passed over",
    UnknownTask 59 "no such task",

    TemplateSyntax 60 "a template cannot be read",
    UndefinedVariable 61 "a variable is not defined",
    TemplateFailed 62 "a template cannot be rendered",
    TemplateNotFound 63 "no such template",
    VariableCycle 64 "a variable refers to itself",

    VaultPassword 80 "an encrypted text cannot be decrypted",
    VaultDamaged 81 "an encrypted text is damaged",

    BadPlanFile 90 "a file that is no plan",
    PlanOutdated 91 "a plan of other files",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LVS{:03}", *self as u16)
    }
}
