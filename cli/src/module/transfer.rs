//! `uri`, `get_url` and `unarchive`.

use lvs_agent::state::{self, ArchiveSource, Bytes, Checksum, HttpRequest, Resource};

use super::{
    Context, Kind, Wanted,
    arguments::{Arguments, python_json},
    beside::Beside,
    ownership::Ownership,
};
use crate::{
    source::{Diagnostic, Diagnostics},
    yaml::{Node, Value},
};

/// Seconds that a download has: Ansible's are for a silence, and these are for all of it.
const LONG: u64 = 60 * 60;

/// The arguments of `uri`.
pub(super) fn uri(from: &mut Arguments<'_>) -> Resource {
    let mut request = request(from);
    let method = from.text(&["method"]).unwrap_or_else(|| "GET".to_owned());
    if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        from.reject("method", format!("`{method}` is no method"), "write GET, POST, PUT, …");
    }
    request.method = method.to_ascii_uppercase();
    let formats = [("raw", None), ("json", Some("application/json")), ("form-urlencoded", Some(FORM))];
    let format = from.choice(&["body_format"], &formats).flatten();
    request.body = from.optional(&["body"], |node| match (&node.value, format) {
        (Value::Map(map), Some(FORM)) => {
            let pair = |(key, value): (&crate::yaml::Key, &Node)| {
                Ok(format!("{}={}", encoded(&key.name), encoded(&value.to_text()?)))
            };
            Ok(map.iter().map(pair).collect::<Result<Vec<_>, Diagnostic>>()?.join("&"))
        }
        (Value::String(text), _) => Ok(text.clone()),
        (Value::List(_) | Value::Map(_), _) | (_, Some("application/json")) => Ok(python_json(&node.to_json())),
        _ => node.to_text(),
    });
    if let Some(format) = format
        && !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        request.headers.push(("Content-Type".to_owned(), format.to_owned()));
    }
    let follows = from.choice(
        &["follow_redirects"],
        &[("all", true), ("safe", true), ("urllib2", true), ("yes", true), ("none", false), ("no", false)],
    );
    request.follow = follows.unwrap_or(true);
    request.timeout_seconds = from.seconds(&["timeout"]).unwrap_or(30).max(1);
    let status = from.optional(&["status_code"], |node| {
        node.as_list_or_one().iter().map(|code| code.as_number("a status code")).collect()
    });
    let content = from.flag(&["return_content"]).unwrap_or(false);
    from.refuse(
        &["dest", "src", "creates", "removes", "remote_src"],
        "use `get_url` for a file, and `when` with `stat` for a condition",
    );
    from.refuse(
        &["ca_path", "ciphers", "client_cert", "client_key", "unix_socket", "use_gssapi"],
        "use `command` with curl",
    );
    Resource::Uri(state::Uri { request, status: status.unwrap_or_else(|| vec![200]), content })
}

const FORM: &str = "application/x-www-form-urlencoded";

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |done, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => done + &char::from(byte).to_string(),
        b' ' => done + "+",
        byte => done + &format!("%{byte:02X}"),
    })
}

/// What `uri` and `get_url` have in common.
fn request(from: &mut Arguments<'_>) -> HttpRequest {
    let url: String = from.required(&["url"], |node| {
        let url = node.to_text()?;
        if ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) && !url.contains(char::is_whitespace) {
            Ok(url)
        } else {
            Err(node.wrong_value("only http:// and https:// are supported"))
        }
    });
    let headers = from.optional(&["headers"], |node| {
        let header = |(key, value): (&crate::yaml::Key, &Node)| {
            let value_text = value.to_text()?;
            if value_text.contains(['\r', '\n']) || key.name.contains(['\r', '\n', ':']) {
                return Err(value.wrong_value("a header with a line end"));
            }
            Ok((key.name.clone(), value_text))
        };
        node.as_map()?.iter().map(header).collect::<Result<Vec<_>, _>>()
    });
    let name = from.text(&["url_username", "user", "username"]);
    let password = from.text(&["url_password", "password"]).unwrap_or_default();
    let insecure = from.flag(&["validate_certs"]) == Some(false);
    from.flag(&["force_basic_auth", "use_proxy", "use_netrc", "decompress"]);
    from.text(&["http_agent"]);
    HttpRequest {
        url,
        headers: headers.unwrap_or_default(),
        user: name.map(|name| (name, password)),
        insecure,
        ..HttpRequest::default()
    }
}

/// The arguments of `get_url`.
pub(super) fn get_url(from: &mut Arguments<'_>) -> Resource {
    let mut request = request(from);
    "GET".clone_into(&mut request.method);
    request.follow = true;
    request.timeout_seconds = LONG;
    from.seconds(&["timeout"]);
    let dest = from.path(&["dest"]);
    let checksum = from.optional(&["checksum"], checksum);
    let force = from.flag(&["force"]).unwrap_or(false);
    let backup = from.flag(&["backup"]).unwrap_or(false);
    from.text(&["tmp_dest"]);
    from.refuse(
        &["ciphers", "client_cert", "client_key", "unredirected_headers", "use_gssapi"],
        "use `command` with curl",
    );
    let Ownership { owner, group, mode } = Ownership::read(from);
    Resource::Download(state::Download { request, dest, checksum, force, owner, group, mode, backup })
}

/// `sha256:…`
fn checksum(node: &Node) -> Result<(Checksum, String), Diagnostic> {
    let text = node.to_text()?;
    let hint = "write it as `sha256:` and 64 hexadecimal digits";
    let Some((name, sum)) = text.split_once(':') else {
        return Err(node.wrong_value("no kind of checksum").hint(hint));
    };
    let Some((_, kind)) = Checksum::NAMES.iter().find(|(known, _)| *known == name) else {
        return Err(node.wrong_value(format!("`{name}` is no kind of checksum")).hint(hint));
    };
    if sum.contains("://") {
        return Err(node.wrong_value("a checksum from a URL is not supported").hint("write down the checksum itself"));
    }
    let digits = match kind {
        Checksum::Md5 => 32,
        Checksum::Sha1 => 40,
        Checksum::Sha224 => 56,
        Checksum::Sha256 => 64,
        Checksum::Sha384 => 96,
        Checksum::Sha512 => 128,
    };
    if sum.len() == digits && sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok((*kind, sum.to_ascii_lowercase()))
    } else {
        Err(node.wrong_value(format!("a {name} has {digits} hexadecimal digits")).hint(hint))
    }
}

/// The arguments of `unarchive`.
#[derive(Clone, Debug)]
pub struct Unarchive {
    archive: state::Archive,
    /// The archive is the controller's.
    beside: Option<Beside>,
}

impl Unarchive {
    pub(super) fn read(from: &mut Arguments<'_>) -> Self {
        let place = from.get(&["src"]).map(|node| node.span.clone());
        let src: String = from.required(&["src"], Node::to_text);
        let is_remote = from.flag(&["remote_src"]).unwrap_or(false) || from.flag(&["copy"]) == Some(false);
        if src.contains("://") {
            from.reject("src", "an archive from a URL is not supported", "load it with `get_url` first");
        } else if is_remote && !src.starts_with('/') && !src.is_empty() {
            from.reject("src", format!("`{src}` is not an absolute path"), "begin it with `/`");
        }
        let beside = place.filter(|_| !is_remote).map(|place| Beside { name: src.clone(), place, folder: "files" });
        from.exclusive(&["include", "exclude"]);
        from.flag(&["keep_newer", "validate_certs", "decrypt"]);
        from.text(&["io_buffer_size"]);
        let dest = from.path(&["dest"]);
        let Ownership { owner, group, mode } = Ownership::read(from);
        if mode.is_some() {
            from.reject("mode", "`mode` is not supported", "add a `file` task with `recurse: true`");
        }
        let archive = state::Archive {
            source: ArchiveSource::Path(src),
            dest,
            creates: from.optional_path(&["creates"]),
            include: from.list(&["include"]).unwrap_or_default(),
            exclude: from.list(&["exclude"]).unwrap_or_default(),
            options: from.list(&["extra_opts"]).unwrap_or_default(),
            owner,
            group,
            lists: from.flag(&["list_files"]).unwrap_or(false),
        };
        Self { archive, beside }
    }

    pub(super) fn wanted(self, context: &Context<'_>) -> Result<Wanted, Diagnostics> {
        let mut archive = self.archive;
        if let Some(beside) = self.beside {
            archive.source = ArchiveSource::Content(Bytes(beside.read(context)?));
        }
        Ok(Wanted::plain(Resource::Archive(archive)))
    }
}

/// The module of one of the kinds that are a resource as they stand.
pub(super) fn plain(kind: Kind, from: &mut Arguments<'_>) -> Resource {
    if kind == Kind::Uri { uri(from) } else { get_url(from) }
}
