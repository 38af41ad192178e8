"""`make audit`: known vulnerabilities of the packages in the lock files, by pip-audit.

Exits 1 when there is one. Without pip-audit, or when its database cannot be reached, it says so in
a line that cannot be overlooked, and exits 0: a check must run on a train as well.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCKS = ("requirements.lock", "requirements-extras.lock")
TIMEOUT = 180


def main() -> int:
    program = Path(sys.executable).with_name("pip-audit")
    if not program.exists():
        return _not_audited("pip-audit is not installed: `make audit` installs it")
    words = [str(program), "--disable-pip", "--require-hashes", "--progress-spinner", "off",
             "--format", "json"]  # fmt: skip
    try:
        done = subprocess.run(
            [*words, *(word for lock in LOCKS for word in ("-r", lock))],
            capture_output=True, text=True, check=False, timeout=TIMEOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _not_audited(f"its database did not answer within {TIMEOUT} s")
    return judge(done.stdout, done.stderr)


def judge(report: str, complaint: str) -> int:
    """Return the exit code of a run that printed this, and say what is wrong."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = complaint.strip().splitlines()[-1:] or ["it said nothing"]
        return _not_audited(last[0][:200])
    found = [
        f"{package['name']} {package['version']}: {each['id']}, fixed in"
        f" {', '.join(each['fix_versions']) or 'no version yet'}"
        for package in packages
        for each in package.get("vulns", ())
    ]
    sys.stdout.write("\n".join([*found, f"{len(packages)} packages audited, {len(found)} wrong\n"]))
    return 1 if found else 0


def _not_audited(why: str) -> int:
    line = f"!!! NOT AUDITED for known vulnerabilities: {why} !!!"
    sys.stdout.write(f"{'!' * len(line)}\n{line}\n{'!' * len(line)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
