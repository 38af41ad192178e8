"""Debian's unbound as a real, validating name server for tests, with a signed zone of its own."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.dnssec
import dns.dnssectypes
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from tests.counterparts import program
from tests.ports import free_ports
from tests.waiting import until

ZONE = "signed.test."
RECORDS = """\
@ 300 IN SOA ns hostmaster 1 3600 600 86400 300
@ 300 IN NS ns
ns 300 IN A 192.0.2.53
www 300 IN A 192.0.2.10
www 300 IN A 192.0.2.11
alias 300 IN CNAME www
@ 300 IN MX 10 mail
mail 300 IN AAAA 2001:db8::25
@ 300 IN TXT "v=spf1 -all"
"""


@contextmanager
def unbound(folder: Path) -> Iterator[int]:
    """Run it; the answer is its port. It validates `signed.test`, and knows `plain.test`."""
    (port,) = free_ports(1)
    anchor = _write_zone(folder / "zone")
    (folder / "anchor").write_text(f"{anchor}\n")
    configuration = folder / "unbound.conf"
    configuration.write_text(f"""
server:
  interface: 127.0.0.1@{port}
  do-daemonize: no
  use-syslog: no
  logfile: "{folder}/log"
  pidfile: "{folder}/pid"
  directory: "{folder}"
  username: ""
  chroot: ""
  num-threads: 1
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor-file: "{folder}/anchor"
  local-zone: "test." nodefault
  local-zone: "plain.test." static
  local-data: "www.plain.test. A 192.0.2.20"
  local-zone: "refused.test." refuse
auth-zone:
  name: "{ZONE}"
  zonefile: "{folder}/zone"
  for-downstream: no
  for-upstream: yes
remote-control:
  control-enable: no
""")
    command = [str(program("unbound")), "-d", "-c", str(configuration)]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(process, port, folder)
        yield port
    finally:
        process.kill()
        process.wait()


def _write_zone(path: Path) -> str:
    """Sign the zone and write it; the answer is its key, as a trust anchor."""
    zone = dns.zone.from_text(RECORDS, origin=ZONE, relativize=False)
    private = ec.generate_private_key(ec.SECP256R1())
    algorithm = dns.dnssectypes.Algorithm.ECDSAP256SHA256
    key = dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=257)
    with zone.writer() as transaction:
        dns.dnssec.sign_zone(
            zone, transaction, keys=[(private, key)], add_dnskey=True, dnskey_ttl=300,
            lifetime=86_400,
        )  # fmt: skip
    zone.to_file(str(path), relativize=False)
    return f"{ZONE} IN DNSKEY {key.to_text()}"


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    def answers_or_ended() -> bool:
        with socket.socket() as probe:
            return process.poll() is not None or probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers_or_ended, what="unbound answers")
    if process.poll() is not None:
        raise OSError(f"unbound has ended: {(folder / 'output').read_text()[-500:]}")
