"""`detente backup` and `recover`: a station in one file, a station from it, and a drill that shows
that it heals.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli.setting import CONFIG, Command, Setting, now_ms, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_keeping import RecoverAnswer

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
DRILL_MESSAGES = 5


@click.command(cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_setting
def backup(setting: Setting, file: Path) -> None:
    """Write all that may come back of this station to FILE, while it runs or not.

    The signers' logs are not in it: they are never restored. Keys are, encrypted as they stand.
    """
    from detente.cli.answers_keeping import BackupAnswer
    from detente.station.backup import back_up

    witness, folder = setting.config().witness, setting.folder.absolute()
    never = (witness.state.absolute(),) if witness else ()
    manifest = back_up(folder, file, now_ms(), never)
    answer = BackupAnswer(
        file=str(file.absolute()), files=len(manifest.files), taken=manifest.taken
    )

    def show() -> None:
        click.echo(f"{answer.files} files are in {answer.file}; no signer.log is among them")

    setting.tell(answer, show)


@click.command(cls=Command)
@click.argument("file", type=EXISTING, required=False)
@click.option("--drill", is_flag=True, help="Play it through on an exercise line of two stations.")
@pass_setting
def recover(setting: Setting, file: Path | None, drill: bool) -> None:
    """Put a station back from FILE into its folder (--dir), beside the signers' logs that are left.

    It heals when it runs: its signer first, then the others, give back what came after the backup.
    """
    if drill:
        answer = _drill()
    elif file is None:
        raise click.UsageError("Missing argument 'FILE', or option '--drill'.")
    else:
        answer = _recovered(setting, file)
    setting.tell(answer, lambda: _show(answer))


def _recovered(setting: Setting, file: Path) -> RecoverAnswer:
    from detente.cli.answers_keeping import RecoverAnswer
    from detente.cli.reach import running
    from detente.errors import Refused
    from detente.station.backup import put_back

    folder = (setting.directory or Path.home() / ".detente").absolute()
    if (folder / CONFIG).exists() and running(folder / "control.sock"):
        raise Refused("the station is running", where=str(folder), mend="stop it first")
    manifest, lost = put_back(file, folder)
    return RecoverAnswer(
        folder=str(folder), files=len(manifest.files), taken=manifest.taken, lost_signers=lost,
        drill=False, healed_ms=None, leaves=None,
    )  # fmt: skip


def _drill() -> RecoverAnswer:
    """Two stations on an exercise line: one is backed up, speaks on, loses its disk but for the
    signer, is put back from the backup, and is where it was.
    """
    from detente.cli.answers_keeping import RecoverAnswer
    from detente.cli.stage import Stage, exercise, wait
    from detente.station.backup import back_up, put_back

    with (
        tempfile.TemporaryDirectory() as scratch,
        Stage(Path(scratch), ("northland", "southmark")) as stage,
    ):
        stage.found(exercise(stage.cards()))
        for party in stage.actors:
            stage.start(party)
        for party in stage.actors:
            stage.say(party, "open", {})
        stage.wait_quiet()
        north, file = stage.actors["northland"], Path(scratch) / "backup.tar"
        manifest = back_up(north.folder, file, now_ms())
        for number in range(DRILL_MESSAGES):
            for party in stage.actors:
                stage.say(party, "test", {"text": f"after the backup, {number}"})
        stage.wait_quiet()
        before = stage.status("northland")
        stage.kill("northland")
        logs = {path: path.read_bytes() for path in north.folder.rglob("signer.log")}
        _clear(north.folder)
        for path, data in logs.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_bytes(data)
        _, lost = put_back(file, north.folder)
        began = time.monotonic()
        stage.start("northland")

        def healed() -> bool:
            now = stage.status("northland")
            same = now["leaves"] == before["leaves"]
            return bool(same and now["sealed"] and not now["recovering"])

        wait(healed, "it did not heal")
        stage.wait_quiet()
        took = round((time.monotonic() - began) * 1_000)
        return RecoverAnswer(
            folder="", files=len(manifest.files), taken=manifest.taken, lost_signers=lost,
            drill=True, healed_ms=took, leaves=before["leaves"],
        )  # fmt: skip


def _clear(folder: Path) -> None:
    """All of it is gone: the disk of the station, but not the memory of its signer."""
    import shutil

    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _show(answer: RecoverAnswer) -> None:
    from detente.phrase.dtg import dtg

    if answer.drill:
        click.echo(
            f"EXERCISE: the disk was lost, the backup put back, and {answer.leaves} leaves were "
            f"there again after {answer.healed_ms} ms; nothing had to be told to anybody"
        )
        return
    click.echo(f"{answer.files} files of {dtg(answer.taken)} are in {answer.folder}")
    for name in answer.lost_signers:
        click.echo(
            f"THE SIGNER OF {name} IS LOST: do not start it; open a successor (docs/operating)"
        )
    if not answer.lost_signers:
        click.echo("Next: detente serve; it heals by itself, and says `recovering` until it has")
