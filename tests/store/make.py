"""Make the kept store, and what is expected of it, anew.

    python -m tests.store.make store COMMIT     fills a store with the code of COMMIT
    python -m tests.store.make expected         what this tree answers is right from now on
    python -m tests.store.make compare COMMIT   shows what this tree answers otherwise than COMMIT

The kept store was made with the code of b493d78. `expected` is for a change of the page that is
meant: run it, read the diff of `data/`, commit both together. `store` also writes what COMMIT
itself answers, so that any later tree is held against that.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from urllib.parse import quote, unquote

from tests.store import kept

ROOT = Path(__file__).parents[2]
_MOST_SECONDS = 600.0


def run(program: str, folder: Path, *, code: Path = ROOT) -> Path:
    """Run a program of this folder in the tree `code`, on a copy of the kept store, or on none if
    it fills one. Returns `folder`, which holds what it wrote.

    Raises RuntimeError with what it said when it fails.
    """
    with tempfile.TemporaryDirectory(prefix="sp-kept-") as name:
        if program != "fill":
            kept.unpack(Path(name))
        ours = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", "tests.store.run", program, str(folder)],
            cwd=code, env={**ours, **kept.environment(Path(name))}, capture_output=True, text=True,
            check=False, timeout=_MOST_SECONDS,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{program} failed:\n{done.stdout[-2000:]}\n{done.stderr[-8000:]}")
    return folder


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """The tree of a commit, with these programs in it."""
    worktree = ["git", "-C", str(ROOT), "worktree"]
    code = folder / "code"
    subprocess.run([*worktree, "add", "--quiet", "--detach", str(code), commit], check=True)
    try:
        shutil.copytree(Path(__file__).parent, code / "tests" / "store", dirs_exist_ok=True)
        yield code
    finally:
        subprocess.run([*worktree, "remove", "--force", str(code)], check=True)


def readable(body: bytes, name: str) -> str:
    """Return a document as text, with a line for each of its parts."""
    text = body.decode("utf-8").replace("\r\n", "\n")
    if name.endswith(".json"):
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
    return text.replace("><", ">\n<")


def shown(made: Path) -> dict[str, str]:
    """Return what is kept in full of answers that `documents` has written, by file name."""
    found = {
        file: readable((made / "bodies" / quote(path, safe="")).read_bytes(), file)
        for path, file in kept.SHOWN.items()
    }
    return {kept.INDEX.name: (made / kept.INDEX.name).read_text("utf-8"), **found}


def keep(made: Path) -> None:
    """Expect what `documents` has written from now on."""
    for file, text in shown(made).items():
        (kept.FOLDER / file).write_text(text, "utf-8")


def differences(before: str, after: str, name: str) -> list[str]:
    return list(unified_diff(before.splitlines(), after.splitlines(), name, name, "", "", 1, ""))


def compare(before: Path, after: Path) -> Iterator[str]:
    """Yield the differences between all documents of two folders that `documents` has written."""
    for file in sorted({each.name for made in (before, after) for each in made.glob("bodies/*")}):
        old, new = (_text(made / "bodies" / file) for made in (before, after))
        yield from differences(old, new, unquote(file))
    old, new = ((made / kept.INDEX.name).read_text("utf-8") for made in (before, after))
    yield from differences(old, new, kept.INDEX.name)


def _text(file: Path) -> str:
    if not file.exists():
        return ""
    body = file.read_bytes()
    try:
        return readable(body, ".json" if body[:1] in (b"{", b"[") else "")
    except UnicodeDecodeError:
        return body.hex(" ")


def main(action: str, commit: str = "") -> None:
    with tempfile.TemporaryDirectory(prefix="sp-store-") as name:
        folders = [Path(name) / each for each in ("filled", "before", "after")]
        filled, before, after = folders
        for folder in folders:
            folder.mkdir()
        if action == "expected":
            keep(run("documents", after))
            return
        with checked_out(commit, Path(name)) as code:
            if action == "store":
                for file in run("fill", filled, code=code).iterdir():
                    shutil.copy(file, kept.FOLDER)
                    shutil.copy(file, code / kept.FOLDER.relative_to(ROOT))
                keep(run("documents", before, code=code))
            else:
                run("documents", before, code=code)
                sys.stdout.writelines(
                    f"{line}\n" for line in compare(before, run("documents", after))
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
