"""The twenty tasks of `playbook.yml`, as pyinfra says them."""

from io import StringIO

from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import apt, files, server, sysvinit

root = "/srv/shop"
workers = 256

apt.packages(name="A tool of the operators", packages=["hello"])
files.directory(name="The shop's folder", path=root, mode="755")
files.directory(name="Its releases", path=f"{root}/releases", mode="755")
files.directory(name="What releases share", path=f"{root}/shared", mode="750")
files.directory(name="Its data", path=f"{root}/shared/data", user="www-data", group="www-data", mode="750")
files.template(
    name="The first page",
    src="templates/index.html.j2",
    dest=f"{root}/releases/index.html",
    mode="644",
    inventory_hostname=host.name,
)
files.put(name="A page for robots", src="files/robots.txt", dest=f"{root}/releases/robots.txt", mode="644")
files.put(name="The style", src="files/style.css", dest=f"{root}/releases/style.css", mode="644")
files.link(name="The present release", path=f"{root}/current", target=f"{root}/releases")
indexed = f"{root}/shared/.indexed"
if not host.get_fact(File, path=indexed):
    server.shell(
        name="Its index is made once",
        commands=[f"cd {root} && sha256sum releases/index.html releases/style.css"],
    )
    server.shell(name="It is noted", commands=[f"touch {indexed}"])
for name, key, value in [
    ("Longer queues of connections", "net.core.somaxconn", 8192),
    ("Dead connections are noticed sooner", "net.ipv4.tcp_keepalive_time", 600),
    ("Less swapping", "vm.swappiness", 10),
]:
    server.sysctl(name=name, key=key, value=value, persist=True, persist_file="/etc/sysctl.d/60-shop.conf")
files.template(
    name="The environment of logins",
    src="templates/profile.sh.j2",
    dest="/etc/profile.d/shop.sh",
    mode="644",
    root=root,
    inventory_hostname=host.name,
)
files.put(name="Words for whoever logs in", src=StringIO("This is a node of the shop.\n"), dest="/etc/motd", mode="644")
former = files.file(name="Nothing of the former site", path="/etc/nginx/conf.d/former.conf", present=False)
limits = files.put(name="Limits of nginx", src="files/limits.conf", dest="/etc/nginx/conf.d/limits.conf", mode="644")
site = files.template(
    name="The site",
    src="templates/site.conf.j2",
    dest="/etc/nginx/conf.d/shop.conf",
    mode="644",
    root=root,
    workers=workers,
    inventory_hostname=host.name,
)
sysvinit.service(name="nginx runs", service="nginx", running=True, enabled=True)
sysvinit.service(
    name="Reload nginx",
    service="nginx",
    reloaded=True,
    _if=lambda: former.did_change() or limits.did_change() or site.did_change(),
)
