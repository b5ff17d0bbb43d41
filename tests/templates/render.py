"""Renders the cases of this folder as ansible-core does, and writes the results as JSON.

usage: render.py CASE.yml ...
"""

import json
import os
import sys

CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ansible.cfg")
os.environ.update(ANSIBLE_CONFIG=CONFIG, ANSIBLE_DEPRECATION_WARNINGS="0", ANSIBLE_SYSTEM_WARNINGS="0")
os.environ.update(ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_NOCOLOR="1", TZ="UTC")

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

init_plugin_loader([])


def attempt(render):
    try:
        return {"ok": render()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def text(value):
    # As the template module writes it.
    return "" if value is None else str(value)


def case(path):
    loader = DataLoader()
    folder = os.path.dirname(path)
    loader.set_basedir(folder)
    case = loader.load_from_file(path, trusted_as_template=True)
    variables = dict(case.get("vars") or {}, ansible_search_path=[folder])
    templar = Templar(loader, variables)
    # The folders in which the template module looks for what a template includes.
    files = templar.copy_with_new_env(searchpath=[os.path.join(folder, "templates"), folder])

    def value(item):
        # As the arguments of a task are: with the line ends at the end of a text, which the public function leaves out.
        item = item["value"] if isinstance(item, dict) and "value" in item else item
        return attempt(lambda: templar._engine.template(item))

    def condition(item):
        return attempt(lambda: templar.evaluate_conditional(item))

    def file(item):
        overrides = {"trim_blocks": True, "lstrip_blocks": False}
        return attempt(lambda: text(files.template(trust_as_template(item), escape_backslashes=False, overrides=overrides)))

    def error(item):
        [(kind, item)] = item.items()
        return {"value": value, "condition": condition, "file": file}[kind](item)

    kinds = {"values": value, "conditions": condition, "files": file, "errors": error}
    return {kind: [render(item) for item in case.get(kind) or []] for kind, render in kinds.items()}


results = {}
for path in sys.argv[1:]:
    results[os.path.basename(path)] = case(path)
json.dump(results, sys.stdout)
