"""Clean up an output folder: what a run removes, and what an interrupted one says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kp2heat.errors import Interrupted, OutputError
from kp2heat.files.atomic import PART, sync_folder
from kp2heat.pipeline.encoding.output_folder import list_folder
from kp2heat.shards.schema import MANIFEST, SKIPPED


def remove_files(folder: Path, names: Collection[str]) -> None:
    """Remove these files of the folder, where they exist."""
    try:
        for name in names:
            (folder / name).unlink(missing_ok=True)
        if names:
            sync_folder(folder)
    except OSError as error:
        place = str(error.filename or folder)
        raise OutputError(place, f"cannot be cleaned up ({error.strerror})", "fix its permissions") from None


@contextmanager
def unfinished_files_removed(path: Path, names: Collection[str]) -> Iterator[None]:
    """Remove the unfinished files of these shards if the work fails; after Ctrl-C say what is kept."""
    try:
        yield
    except BaseException as error:
        with suppress(OutputError):  # what failed first is what the user needs to know
            remove_files(path, [name + PART for name in (*names, MANIFEST, SKIPPED)])
        if _is_interrupt(error):
            finished = len(set(list_folder(path).shards) & set(names))
            raise Interrupted(
                str(path),
                f"interrupted; {finished} of {len(names)} shards are finished and kept",
                "run the same command again to continue",
            ) from None
        raise


def _is_interrupt(error: BaseException) -> bool:
    """Return whether this is Ctrl-C, or what h5py makes of it where it strikes while HDF5 calls back."""
    return isinstance(error.__cause__ if isinstance(error, SystemError) else error, KeyboardInterrupt)
