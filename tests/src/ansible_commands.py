"""Runs Ansible's commands one after another, each in a process of its own that need not import Ansible again.

Standard input has a line of JSON for each: {"program": "ansible-inventory", "folder": "…", "arguments": ["…"]}.
Standard output gets a line of JSON for each: {"status": 0, "stdout": "…", "stderr": "…"}.
"""

import importlib
import json
import os
import sys
import tempfile

CLASSES = {
    "ansible": ("ansible.cli.adhoc", "AdHocCLI"),
    "ansible-inventory": ("ansible.cli.inventory", "InventoryCLI"),
    "ansible-vault": ("ansible.cli.vault", "VaultCLI"),
}


# What every command would import anew.
ALSO = [
    "ansible.playbook.play_context",
    "ansible.plugins.cache.memory",
    "ansible.plugins.inventory.auto",
    "ansible.plugins.inventory.host_list",
    "ansible.plugins.inventory.ini",
    "ansible.plugins.inventory.script",
    "ansible.plugins.inventory.toml",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.vars.host_group_vars",
    "tomllib",
]


def carry_out(job, out, err):
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    status = 70
    try:
        os.chdir(job["folder"])
        module, name = CLASSES[job["program"]]
        command = getattr(importlib.import_module(module), name)
        command.cli_executor([job["program"], *job["arguments"]])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


def run(job):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            carry_out(job, out, err)
        _, status = os.waitpid(child, 0)
        text = []
        for stream in (out, err):
            stream.seek(0)
            text.append(stream.read().decode(errors="replace"))
        return {"status": os.waitstatus_to_exitcode(status), "stdout": text[0], "stderr": text[1]}


def main():
    for module in [*(module for module, _ in CLASSES.values()), *ALSO]:
        importlib.import_module(module)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


main()
