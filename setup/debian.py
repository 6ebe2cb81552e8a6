"""Debian packages: some unpacked privately without touching the system, a few installed when we are root."""

import os
import shutil
import tempfile
from pathlib import Path

from console import Failure, step, warn
from process import output, run_logged
from runtime import RUNTIME, folder, locked

ARCHIVE_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
UNSTABLE = "unstable"

# Programs that tests and PDF reports need, and the packages that bring them.
SYSTEM_PROGRAMS = {"chromium": "chromium", "wkhtmltopdf": "wkhtmltopdf"}
# A machine that was just started may be busy with its own updates.
PATIENT = ("-o", "DPkg::Lock::Timeout=300")


def machine_archive():
    """Where this machine itself gets Debian from.

    :return: (address, codename of its suite, keyring) as str
    :raise Failure: this is no Debian, or apt knows no archive
    """
    codename = _codename()
    for address, release, name, keyring in _index_targets():
        if codename in (release, name) and "security" not in address:
            return address, codename, keyring if keyring.startswith("/") else str(ARCHIVE_KEYRING)
    raise Failure("no Debian archive in this machine's apt configuration; set ODOO_SOURCE to a checkout of Odoo 19")


def _index_targets():
    """What apt would read, Debian's own first: list of (address, release, codename, keyring)."""
    refused = "apt cannot name its archives (Odoo can also come from a checkout: set ODOO_SOURCE)"
    fields = ("REPO_URI", "RELEASE", "CODENAME", "SIGNED_BY", "ORIGIN")
    command = ["apt-get", "indextargets", "--format", "|".join(f"$({field})" for field in fields)]
    listing = output(command, refused)
    if not listing.strip():
        listing = _freshly_read(command, refused)
    found = sorted({tuple(line.split("|")) for line in listing.splitlines() if line.count("|") == 4})
    # Others name their suites like Debian's.
    return [target[:4] for target in sorted(found, key=lambda target: target[4] != "Debian")]


def _freshly_read(command, refused):
    """On a machine whose package lists were never read apt names nothing: read them, but into a folder of ours."""
    with tempfile.TemporaryDirectory(dir=folder(RUNTIME)) as place:
        folder(Path(place) / "lists/partial")
        changes = (f"Dir::State::lists={place}/lists", f"Dir::Cache={place}", "APT::Sandbox::User=root")
        private = [part for change in changes for part in ("-o", change)]
        run_logged(["apt-get", *private, "update"], "apt-read.log", "Debian's archive cannot be read (network?)")
        return output([*command, *private], refused)


def _codename():
    """Codename of this Debian (str)."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except FileNotFoundError:
        lines = []
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    if facts.get("ID", "").strip('"') != "debian":
        raise Failure("this is not Debian, whose archive has Odoo 19 as a package; set ODOO_SOURCE to a checkout of it")
    return facts.get("VERSION_CODENAME", "sid").strip('"')


class PrivateApt:
    """apt with its own sources, lists and cache inside one folder: the system's stay as they are."""

    def __init__(self, home):
        """:param Path home: folder for everything"""
        self.home = folder(home)
        self.address, self.codename, self.keyring = machine_archive()
        self.env = {**os.environ, "APT_CONFIG": str(self.home / "apt.conf"), "LC_ALL": "C.UTF-8"}
        self._configure()

    def _configure(self):
        for name in ("lists/partial", "cache/archives/partial", "packages"):
            folder(self.home / name)
        suites = dict.fromkeys((UNSTABLE, self.codename))
        (self.home / "sources.list").write_text(
            "".join(f"deb [signed-by={self.keyring}] {self.address} {suite} main\n" for suite in suites)
        )
        (self.home / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{self.home}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            'Dir::Etc::preferencesparts "/dev/null";\n'
            f'Dir::State::lists "{self.home}/lists";\n'
            f'Dir::Cache "{self.home}/cache";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "2";\n'
            'APT::Update::Error-Mode "any";\n'
            'APT::Default-Release "";\n'
            # apt's own unprivileged user need not be able to read the home folder of whoever runs this.
            'APT::Sandbox::User "root";\n'
        )

    def update(self):
        """Fetch the signed lists of packages.

        :raise Failure: the archive cannot be reached or its signature is wrong
        """
        run_logged(["apt-get", "update"], "apt-update.log", "Debian's archive cannot be read (network?)", env=self.env)

    def unpack(self, packages, target):
        """Download packages, verified by apt against the signed lists, and unpack them into one folder.

        :param list packages: names, with ``/suite`` where the suite matters
        :param Path target: folder to unpack into
        :raise Failure: download or unpacking failed
        """
        downloads = self.home / "packages"
        run_logged(
            ["apt-get", "download", *packages],
            "apt-download.log",
            "Debian packages cannot be downloaded (network?)",
            env=self.env,
            cwd=downloads,
        )
        for package in _newest(downloads):
            run_logged(
                ["dpkg-deb", "-x", package, folder(target)], "dpkg-deb.log", f"{package.name} cannot be unpacked"
            )

    def forget(self):
        """Remove lists and downloads, which nobody needs once the packages are unpacked."""
        shutil.rmtree(self.home, ignore_errors=True)


def _newest(downloads):
    """Packages in a folder, each in the version downloaded last: an interrupted run may have left another (list)."""
    found = sorted(downloads.glob("*.deb"), key=lambda path: path.stat().st_ctime_ns)
    return sorted({path.name.partition("_")[0]: path for path in found}.values())


def ensure_system_programs():
    """Install the programs that tests and PDF reports need, or say which packages to install."""
    missing = _missing()
    if missing and (os.geteuid() != 0 or not shutil.which("apt-get")):
        _name_missing(missing)
    elif missing:
        with locked("debian"):
            # Another run may have installed them meanwhile.
            if missing := _missing():
                _install(missing)


def _missing():
    return [package for program, package in SYSTEM_PROGRAMS.items() if not shutil.which(program)]


def _install(missing):
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with step(f"Debian packages for tests and PDF: {' '.join(missing)}"):
        try:
            run_logged(["apt-get", "update"], "apt-system-update.log", "apt-get update failed", env=env)
            run_logged(
                ["apt-get", "install", "-y", "--no-install-recommends", *PATIENT, *missing],
                "apt-system-install.log",
                "apt-get install failed",
                env=env,
            )
        except Failure as failure:
            warn(str(failure))
            _name_missing(missing)


def _name_missing(packages):
    warn(
        f"without {' and '.join(packages)} browser tests are skipped and PDF reports fail; "
        f"an administrator installs them by: apt-get install {' '.join(packages)}"
    )
