"""A label as a picture, for a person to look at: the page's own policy shows no PDF, and needs none."""

from pathlib import Path
from typing import IO, Final

DOTS_PER_INCH: Final = 203
"""What a label printer has: the bars of the picture are as they will be printed."""
MAX_PIXELS_ON_A_SIDE: Final = 2_400
_POINTS_PER_INCH: Final = 72


def draw_first_page(pdf: Path, out: IO[bytes]) -> tuple[int, int]:
    """Write the first page of a PDF as PNG and return its width and height in pixels; raises ValueError for no PDF.

    A carrier's own PDF may claim any size: the longer side has at most MAX_PIXELS_ON_A_SIDE.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"not a PDF: {error}") from error
    try:
        page = document[0]
        longest = max(*page.get_size(), 1.0)
        scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, MAX_PIXELS_ON_A_SIDE / longest)
        picture = page.render(scale=scale).to_pil()
        picture.convert("L").save(out, "PNG")
        return int(picture.width), int(picture.height)
    finally:
        document.close()
