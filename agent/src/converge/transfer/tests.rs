//! Transfers on a node in a temporary folder, with the machine's own tar and curl.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    process::Command,
    thread,
};

use super::*;
use crate::{
    converge::{
        Converge, On,
        test::{converge, shown},
    },
    node::fake::FakeNode,
    state::{Archive, ArchiveSource, Checksum, Download, HttpRequest, Uri},
};

/// A server that gives one answer to each connection, so many times.
fn serve(answer: &'static str, times: usize) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for _ in 0..times {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

fn request(address: SocketAddr) -> HttpRequest {
    let url = format!("http://{address}/some/file.txt?x=1");
    HttpRequest { url, method: "GET".to_owned(), timeout_seconds: 20, ..HttpRequest::default() }
}

fn has(program: &str) -> bool {
    let is_there =
        Command::new(program).arg("--version").output().is_ok() || Command::new(program).arg("-v").output().is_ok();
    if !is_there {
        eprintln!("SKIPPED: there is no {program}");
    }
    is_there
}

#[test]
fn an_answer_is_returned_with_its_headers_and_json() {
    if !has("curl") {
        return;
    }
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nX-Some-Thing: y\r\nConnection: close\r\n\r\n{\"a\": 1}";
    let fake = FakeNode::new();
    let asked = Uri { request: request(serve(answer, 1)), status: vec![200], content: true };
    let values = uri(&fake.node, &asked).unwrap();
    assert_eq!((&values["status"], &values["json"]), (&200.into(), &"{\"a\": 1}".into()));
    assert_eq!((&values["content"], &values["x_some_thing"]), (&"{\"a\": 1}".into(), &"y".into()));
    assert_eq!(values["msg"], "OK (8 bytes)");
}

#[test]
fn an_answer_that_is_not_wanted_fails_and_is_still_returned() {
    if !has("curl") {
        return;
    }
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nnone\n";
    let fake = FakeNode::new();
    let failure =
        uri(&fake.node, &Uri { request: request(serve(answer, 1)), status: vec![200], content: false }).unwrap_err();
    assert!(failure.came_back.contains("404"), "{failure:?}");
    assert_eq!(fake.node.returned.borrow()["status"], 404);
}

#[test]
fn a_file_is_loaded_once_and_only_if_its_checksum_is_right() {
    if !has("curl") {
        return;
    }
    let fake = FakeNode::new();
    std::fs::create_dir(fake.at("/srv")).unwrap();
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
    let download = |sum: &str| Download {
        request: request(serve(answer, 1)),
        dest: "/srv".to_owned(),
        checksum: Some((Checksum::Sha1, sum.to_owned())),
        force: false,
        owner: None,
        group: None,
        mode: Some(0o600.into()),
        backup: false,
    };
    let wrong = download("00");
    let failure = converge(&On { node: &fake.node, resource: &wrong }).unwrap_err();
    assert!(failure.came_back.contains("checksum"), "{failure:?}");
    assert!(!fake.at("/srv/file.txt").exists());
    let right = download("f572d396fae9206628714fb2ce00f72e94f2258f");
    let on = On { node: &fake.node, resource: &right };
    let changes = shown(&converge(&on).unwrap());
    assert!(changes[0].starts_with("+ file /srv/file.txt: from http://127.0.0.1:"), "{changes:?}");
    assert_eq!(fake.read("/srv/file.txt"), "hello\n");
    assert!(converge(&on).unwrap().is_empty());
}

#[test]
fn an_archive_is_unpacked_once_and_again_when_something_differs() {
    let fake = FakeNode::new();
    fake.write("/src/a", "a\n");
    fake.write("/src/b/c", "c\n");
    std::fs::create_dir(fake.at("/dest")).unwrap();
    let made =
        Command::new("tar").arg("-czf").arg(fake.at("/x.tar.gz")).arg("-C").arg(fake.at("/src")).arg(".").status();
    assert!(made.unwrap().success());
    let content = std::fs::read(fake.at("/x.tar.gz")).unwrap();
    let archive = |source| Archive {
        source,
        dest: "/dest".to_owned(),
        creates: None,
        include: vec![],
        exclude: vec![],
        options: vec![],
        owner: None,
        group: None,
        lists: true,
    };
    let sent = archive(ArchiveSource::Content(crate::state::Bytes(content)));
    assert_eq!(converge(&Unpacking::new(&fake.node, &sent)).unwrap().len(), 1);
    assert_eq!(fake.read("/dest/b/c"), "c\n");
    assert!(converge(&Unpacking::new(&fake.node, &sent)).unwrap().is_empty());
    fake.write("/dest/a", "changed\n");
    let there = archive(ArchiveSource::Path("/x.tar.gz".to_owned()));
    assert_eq!(converge(&Unpacking::new(&fake.node, &there)).unwrap().len(), 1);
    assert_eq!(fake.read("/dest/a"), "a\n");
    let on = Unpacking::new(&fake.node, &there);
    let live = on.query().unwrap();
    assert!(on.result(&live, &live)["files"].as_array().unwrap().contains(&"./b/c".into()));
    let done = Archive { creates: Some("/dest/a".to_owned()), ..there.clone() };
    std::fs::remove_dir_all(fake.at("/dest/b")).unwrap();
    assert!(converge(&Unpacking::new(&fake.node, &done)).unwrap().is_empty());
}
