"""What apt prints, read: the packages it names and the reason it gives."""

from ops.runtime.apt import Package, package_of
from ops.runtime.command import reason


def test_a_package_line() -> None:
    line = (
        "'http://mirror.example/debian/pool/main/a/asterisk/asterisk_22.10.1%2bdfsg-1_amd64.deb' "
        "asterisk_1%3a22.10.1+dfsg-1_amd64.deb 2534036 MD5Sum:cf59d4dba76ce58eb8352d7f771a9d5f"
    )
    package = package_of(line)
    assert package == Package("asterisk_1%3a22.10.1+dfsg-1_amd64.deb", 2534036)
    assert (package.name, package.version) == ("asterisk", "1:22.10.1+dfsg-1")


def test_other_lines_are_no_packages() -> None:
    assert package_of("Reading package lists...") is None
    assert package_of("The following NEW packages will be installed:") is None


def test_the_reason_is_apts_own() -> None:
    no_network = [
        "Err:1 http://mirror.example/debian sid InRelease",
        "  Temporary failure resolving 'mirror.example'",
        "Reading package lists...",
        "E: Failed to fetch http://mirror.example/debian/dists/sid/InRelease",
    ]
    assert reason(no_network) == "Temporary failure resolving 'mirror.example'"
    assert reason(["Reading package lists...", "E: Unable to locate package x"]) == "Unable to locate package x"
    assert reason([]) == "no word"
