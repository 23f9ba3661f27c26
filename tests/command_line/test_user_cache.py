"""The user's cache folder: only where nobody else can put anything."""

from pathlib import Path

import pytest

from app.command_line.user_cache import user_cache


def test_it_is_below_the_users_own(tmp_path):
    """As the XDG standard has it, and made for nobody else."""
    assert user_cache({"XDG_CACHE_HOME": str(tmp_path), "HOME": "/"}) == str(tmp_path / "ppocr-service")
    made = user_cache({"HOME": str(tmp_path / "home")})
    assert made == str(tmp_path / "home" / ".cache" / "ppocr-service")
    assert Path(made).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"XDG_CACHE_HOME": "here"}, {"HOME": "/proc/none"}], ids=str)
def test_there_may_be_none(environ):
    """A container's user has no home, or one that cannot be written to: no error, only no cache."""
    assert user_cache(environ) == ""


def test_what_others_can_write_to_is_not_taken(tmp_path):
    """Nor what belongs to them, or a link to who knows where."""
    folder = tmp_path / "ppocr-service"
    folder.mkdir()
    folder.chmod(0o777)
    assert user_cache({"XDG_CACHE_HOME": str(tmp_path)}) == ""
    folder.chmod(0o755)
    assert user_cache({"XDG_CACHE_HOME": str(tmp_path)}) == str(folder)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert user_cache({"XDG_CACHE_HOME": str(tmp_path)}) == ""
