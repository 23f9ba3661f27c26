"""The processes beside the worker: what is wrong with their settings is told before there are any."""

import pytest

from app.engine_plan import plan_engine
from app.errors import ConfigurationError
from app.household import start_nursery
from app.settings import Settings


@pytest.mark.parametrize("content", [None, b"", b"no font", b"OTT"])
def test_a_file_that_is_no_font_stops_the_start(tmp_path, content):
    """With one line that names the setting and the file; no process is started."""
    file = tmp_path / "font.ttf"
    if content is not None:
        file.write_bytes(content)
    plan = plan_engine(Settings(engine="null", font=file))
    with pytest.raises(ConfigurationError, match=r"OCR_FONT='.*font\.ttf': "):
        start_nursery(plan)
