"""Run inside Odoo's shell: the add-ons' terms as .pot files, and their translations brought up to date.

A translation stays with its term; a term that is new waits with an empty one; what is gone is dropped.
"""

import io
import os
from pathlib import Path

import polib

from odoo.tools.translate import trans_export

CUSTOMER_LANGUAGES = ("de", "hu", "nl", "pl", "ru")
HEADERS = {"Content-Type": "text/plain; charset=UTF-8", "MIME-Version": "1.0", "Content-Transfer-Encoding": "8bit"}


def _terms(env, addon):
    buffer = io.BytesIO()
    trans_export(False, [addon], buffer, "po", env)
    terms = polib.pofile(buffer.getvalue().decode())
    terms.metadata = {"Project-Id-Version": "Odoo Server 19.0", **HEADERS}
    return terms


def _merged(terms, path, language):
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    merged = polib.POFile(wrapwidth=78)
    merged.header = terms.header
    merged.metadata = {**terms.metadata, "Language": language}
    for entry in terms:
        copied = polib.POEntry(
            msgid=entry.msgid, msgstr=known.get(entry.msgid, ""), occurrences=entry.occurrences, comment=entry.comment
        )
        merged.append(copied)
    return merged


def main(env):
    """Write ``i18n`` of each add-on named in ``AFTERSALES_ADDONS`` (paths)."""
    for folder in map(Path, os.environ["AFTERSALES_ADDONS"].split(os.pathsep)):
        terms = _terms(env, folder.name)
        if not len(terms):
            continue
        target = folder / "i18n"
        target.mkdir(exist_ok=True)
        terms.save(str(target / f"{folder.name}.pot"))
        for language in CUSTOMER_LANGUAGES:
            path = target / f"{language}.po"
            merged = _merged(terms, path, language)
            merged.save(str(path))
            print(f"{path.relative_to(folder.parent)}: {len(merged.translated_entries())} of {len(merged)}")


main(env)  # noqa: F821  given by Odoo's shell
