use proptest::prelude::*;

use super::*;
use crate::{
    ipvs::model::any_services,
    ipvsadm::write,
    state::{Forwarding, Persistence, Protocol, SyncRole},
};

/// What a text comes to, as ipvsadm would save it.
fn saved(text: &str) -> String {
    write(&read(text).unwrap().services)
}

fn mistakes(text: &str) -> Vec<String> {
    let mistakes = read(text).unwrap_err();
    mistakes.iter().map(|mistake| format!("{mistake}|{}", mistake.hint.as_deref().unwrap_or(""))).collect()
}

#[test]
fn what_ipvsadm_saved_comes_back_as_it_was() {
    let text = "\
-A -t 10.0.0.1:80 -s mh -p 360 -b mh-fallback,mh-port
-a -t 10.0.0.1:80 -r 192.168.0.1:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-remcsum
-a -t 10.0.0.1:80 -r 192.168.0.2:80 -i -w 1 --tun-type gre --tun-csum
-a -t 10.0.0.1:80 -r 192.168.0.4:80 -i -w 0 --tun-type gue --tun-port 5555 --tun-nocsum
-A -t 10.0.0.11:0 -s rr -p 10 -M 255.255.255.0
-A -t 100.0.0.1:80 -s rr -b flag-1,flag-3
-a -t 100.0.0.1:80 -r 192.168.0.1:80 -g -w 65535
-A -u 10.0.0.1:5060 -s rr -p 360 --pe sip
-A --sctp-service 10.0.0.1:5060 -s none
-a --sctp-service 10.0.0.1:5060 -r 192.168.0.1:81 -m -w 1
-A -t [2001:db8::1]:53 -s sh -b sh-fallback,sh-port
-a -t [2001:db8::1]:53 -r 192.168.0.1:53 -i -w 1 --tun-type ipip
-A -u [2001:db8::1]:53 -s rr -o
-A -f 5 -s rr
-A -f 5 -6 -s rr -p 20 -M 64
-a -f 5 -6 -r [2001:db8::9]:0 -g -w 1
";
    assert_eq!(saved(text), text);
}

#[test]
fn long_options_names_defaults_and_every_command_are_read() {
    let text = "
# Made by hand.
/sbin/ipvsadm --clear
ipvsadm --add-service --tcp-service 10.0.0.1:http --persistent # six minutes
ipvsadm -a -t 10.0.0.1:http -r 192.168.0.1 -x 100 --l-threshold=80
ipvsadm -a -t 10.0.0.1:80 --real-server 192.168.0.2:9 --masquerading --weight \\
  7
ipvsadm -a -t 10.0.0.1:80 -r 192.168.0.3:9 -g
ipvsadm -e -t 10.0.0.1:80 -r 192.168.0.3 -w 3
ipvsadm -E -t 10.0.0.1:80 -s 'rr' -p600
ipvsadm -A -f 1 -s sed
ipvsadm -a -f 1 -r 192.168.0.9
ipvsadm -d -f 1 -r 192.168.0.9
ipvsadm -A -f -1294967296
ipvsadm -A -f 2
ipvsadm -D -f 2
ipvsadm --set 600 0 30
ipvsadm --start-daemon=master --mcast-interface eth1 --syncid 7 --mcast-group ff02::5 --mcast-ttl 3
ipvsadm --start-daemon backup --mcast-port 999 --sync-maxlen 1400
ipvsadm --stop-daemon backup
";
    let script = read(text).unwrap();
    assert_eq!(
        write(&script.services),
        "\
-A -f 3000000000 -s wlc
-A -t 10.0.0.1:80 -s rr -p 600
-a -t 10.0.0.1:80 -r 192.168.0.1:80 -g -w 1
-a -t 10.0.0.1:80 -r 192.168.0.2:9 -m -w 7
-a -t 10.0.0.1:80 -r 192.168.0.3:80 -g -w 3
-A -f 1 -s sed
"
    );
    let first = &script.services[0].real_servers[0];
    assert_eq!((first.upper_threshold, first.lower_threshold), (100, 80));
    assert_eq!(script.timeouts, Some(Timeouts { tcp: Some(600), tcp_fin: None, udp: Some(30) }));
    let [master] = script.sync.as_deref().unwrap() else { panic!("{script:?}") };
    assert_eq!((master.role, master.to_string().as_str()), (SyncRole::Master, "eth1 id 7 group [ff02::5]:8848 ttl 3"));
    assert_eq!(script.lines, [4, 11, 14]);
    let bare = read("-A -t 10.0.0.1:80 -p").unwrap();
    assert_eq!(bare.services[0].persistence, Some(Persistence { timeout_seconds: 360, prefix: 32 }));
    assert_eq!((bare.timeouts, bare.sync), (None, None), "what is not named is left alone");
}

#[test]
fn every_mistake_is_told_with_its_line_and_what_to_do() {
    let text = "\
-A -t www:80 -s rr
-A -t 10.0.0.1:80 -s rr
-A -t 10.0.0.1:80 -s wlc
-A -t 10.0.0.2:0
-A -t 10.0.0.2:80 -o
-A -t 10.0.0.2:80 -s wrr -b sh-port
-a -t 10.0.0.9:80 -r 192.168.0.1
-a -t 10.0.0.1:80 -r 192.168.0.1 -w 70000
-a -t 10.0.0.1:80 -r 192.168.0.1 -i --tun-type gue
-a -t 10.0.0.1:80 -r 192.168.0.1 --tun-port 5
-a -t 10.0.0.1:80 -r 2001:db8::1
-a -t 10.0.0.1:80 -r 192.168.0.1 -g -m
-A -t 10.0.0.3:80 -p 5 -M 24
-L -n
-t 10.0.0.3:80
-A -u 10.0.0.3:80 -p 5 --pe 'a b'
";
    assert_eq!(
        mistakes(text),
        [
            "line 1: `www` is no address|host names are not looked up: save the table with `ipvsadm -Sn`",
            "line 3: tcp 10.0.0.1:80 is there already, from line 2|-E changes it",
            "line 4: port 0 is every port, and needs persistence|name the port, or add -p",
            "line 5: one-packet scheduling (-o) is for UDP and firewall marks only|",
            "line 6: `sh-port` does not go with the scheduler wrr|",
            "line 7: there is no service tcp 10.0.0.9:80|a line with -A must come before it",
            "line 8: -w takes a number from 0 to 65535, not `70000`|weights are shares: divide all of the service's by \
             the same number",
            "line 9: --tun-type gue needs --tun-port|",
            "line 10: --tun-port goes with -i only|",
            "line 11: 2001:db8::1 is of another address family than its service|that goes by tunnelling (-i) only",
            "line 12: -g and -m exclude each other|",
            "line 13: `24` is no netmask|such as 255.255.255.0",
            "line 14: -L does not make a table|",
            "line 15: the line says not what to do|such as -A, -a or -E",
            "line 16: --pe takes a name: 1 to 15 of a-z, 0-9 and _|the kernel has `sip`",
        ]
    );
}

#[test]
fn a_wrong_line_does_nothing_and_the_others_are_read() {
    let (script, mistakes) = read_leniently("-A -t 10.0.0.1:80\n-E -t 10.0.0.1:80 -s RR\n-A -t 10.0.0.2:80\n");
    assert_eq!(write(&script.services), "-A -t 10.0.0.1:80 -s wlc\n-A -t 10.0.0.2:80 -s wlc\n");
    assert_eq!(mistakes.iter().map(|mistake| mistake.line).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_line_of_very_many_lines_is_read_in_time() {
    let (script, mistakes) = read_leniently(&"abcdefgh\\\n".repeat(500_000));
    assert_eq!((script.services.len(), mistakes.len()), (0, 1));
}

/// What ipvsadm's text cannot say is taken out.
fn sayable(mut services: Vec<VirtualService>) -> Vec<VirtualService> {
    for service in &mut services {
        let ipv6 = service.key.is_ipv6();
        if let ServiceKey::Address { protocol, .. } = service.key {
            service.flags.one_packet &= protocol == Protocol::Udp;
        }
        let port_of_service = match service.key {
            ServiceKey::Address { port, .. } => Some(port),
            ServiceKey::Fwmark { .. } => None,
        };
        for server in &mut service.real_servers {
            (server.upper_threshold, server.lower_threshold) = (0, 0);
            if ipv6 && !matches!(server.forwarding, Forwarding::Tunnel(_)) {
                server.forwarding = Forwarding::Tunnel(crate::state::TunnelKind::Ipip);
            }
            if let (Some(port), false) = (port_of_service, server.forwarding == Forwarding::Nat) {
                server.port = port;
            }
        }
        service.real_servers.dedup_by_key(|server| server.address);
    }
    services
}

proptest! {
    #[test]
    fn what_was_written_is_read(services in any_services()) {
        let services = sayable(services);
        let mut read = read(&write(&services)).unwrap().services;
        read.sort_by_key(|service| service.key);
        for service in &mut read {
            service.real_servers.sort_by_key(|server| (server.address, server.port));
        }
        prop_assert_eq!(read, services);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn no_options_make_the_reader_panic(
        words in proptest::collection::vec(
            "-[AEDCaedtufsbpMrgimwxyno6-]|--(set|start-daemon|tun-type|tun-port|pe|mcast-group|scheduler)|10\\.0\\.0\\.[12](:[0-9]{1,6})?|[a-z0-9]{1,4}|\n",
            0..30,
        ),
    ) {
        let _ = read(&words.join(" "));
    }
}
