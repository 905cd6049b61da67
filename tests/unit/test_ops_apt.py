"""The private apt takes the machine's own Debian mirror, and nothing from the vendors beside it."""

from ops import apt

DEB822 = """\
http://deb.mirror.test/debian/\tbookworm\tmain\tDebian\tDebian\t/usr/share/keyrings/debian-archive-keyring.gpg
http://deb.mirror.test/debian/\tbookworm-updates\tmain\tDebian\tDebian\t/usr/share/k.gpg
http://deb.mirror.test/debian-security/\tbookworm-security\tmain\tDebian\tDebian-Security\t/usr/share/k.gpg
https://vendor.test/node/\tnodistro\tmain\tNode Source\tNode Source\t/usr/share/keyrings/nodesource.gpg
https://vendor.test/key/\tbookworm\tmain\tDocker\tDocker\t-----BEGIN PGP PUBLIC KEY BLOCK-----
 mQINBFit2ioBEADhWpZ8/wvZ6hUTiXOwQHXMAlaFHcPH9hAtr4F1y2+OYdbtMuth
"""
NEVER_UPDATED = """\
https://vendor.test/node/\tnodistro\tmain\t\t\t/usr/share/keyrings/nodesource.gpg
https://vendor.test/docker/\tbookworm\tmain\t\t\t/etc/apt/keyrings/docker.asc
http://deb.mirror.test/debian/\tbookworm\tcontrib\t\t\t
http://deb.mirror.test/debian/\tbookworm\tmain\t\t\t
http://deb.mirror.test/debian-security/\tbookworm-security\tmain\t\t\t
"""


def test_only_debian_is_taken_from_a_machine_with_vendors_beside() -> None:
    chosen = apt.debian_sources(apt.parse_sources(DEB822), "bookworm")
    assert [source.release for source in chosen] == ["bookworm", "bookworm-updates", "bookworm-security"]
    assert chosen[0].line() == (
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " http://deb.mirror.test/debian/ bookworm main"
    )


def test_a_machine_that_never_updated_is_judged_by_release_and_keyring() -> None:
    chosen = apt.debian_sources(apt.parse_sources(NEVER_UPDATED), "bookworm")
    assert [source.uri.rsplit("/", 2)[1] for source in chosen] == ["debian", "debian-security"]
    assert chosen[0].line() == "deb http://deb.mirror.test/debian/ bookworm main"


def test_forky_comes_from_the_archive_and_not_from_the_security_mirror() -> None:
    backwards = list(reversed(apt.parse_sources(DEB822)))
    assert (
        apt.main_mirror(apt.debian_sources(backwards, "bookworm"), "bookworm")
        == "http://deb.mirror.test/debian/"
    )


def test_a_machine_without_debian_has_no_mirror() -> None:
    ubuntu = "http://ubuntu.test/ubuntu/\tnoble\tmain\tUbuntu\tUbuntu\t\n"
    assert apt.debian_sources(apt.parse_sources(ubuntu), "noble") == []


def test_proxy_and_timeouts_are_carried_over_and_index_targets_are_not() -> None:
    dump = (
        'APT::Sandbox::User "_apt";\nAcquire::http::Proxy "http://proxy.test:3128";\nAcquire::Retries "2";\n'
        'Acquire::IndexTargets::deb::Packages::MetaKey "x";\nDir::Cache "var/cache/apt";\n'
    )
    assert apt.acquire_settings(dump) == [
        'Acquire::http::Proxy "http://proxy.test:3128";',
        'Acquire::Retries "2";',
    ]


def test_the_simulation_lists_what_would_be_installed() -> None:
    text = (
        "Inst libpq5 [15.1-1] (15.18-0+deb12u1 Debian:12 [amd64])\n"
        "Inst postgresql-15 (15.18-0+deb12u1 Debian:12 [amd64])\n"
        "Conf libpq5 (15.18-0+deb12u1 Debian:12 [amd64])\n"
    )
    assert apt.parse_simulation(text) == {"libpq5": "15.18-0+deb12u1", "postgresql-15": "15.18-0+deb12u1"}


def test_versions_are_read_per_package() -> None:
    text = "Package: libc6\nSource: glibc\nVersion: 2.43-7\n\nPackage: asterisk\nVersion: 1:22.10.1+dfsg-1\n"
    assert apt.parse_show(text) == {"libc6": "2.43-7", "asterisk": "1:22.10.1+dfsg-1"}
