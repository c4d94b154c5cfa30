"""Makes pictures ready for a shop: upright, small, on a ground of their own colour, with a mark."""

import base64
import io
from collections import Counter

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps, UnidentifiedImageError

PIXELS_MAX = 4_000_000


class Refused(Exception):
    """The picture cannot be used; the message is for its sender."""


def handler(event, context):
    """Read the event's picture, take its steps in order, and answer it with what it is."""
    try:
        picture = read(event["picture"])
        for step in event.get("steps", []):
            picture = STEPS[step["do"]](picture, **{name: value for name, value in step.items() if name != "do"})
        return describe(picture) | write(picture, event.get("format", "PNG"))
    except Refused as refusal:
        return {"refused": str(refusal)}


def read(encoded):
    """The picture, upright, its colours plain."""
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(encoded)))
    except UnidentifiedImageError:
        raise Refused("this is no picture that can be read") from None
    if picture.width * picture.height > PIXELS_MAX:
        raise Refused(f"{picture.width} x {picture.height} is too large; at most {PIXELS_MAX} pixels")
    return ImageOps.exif_transpose(picture).convert("RGBA" if picture.has_transparency_data else "RGB")


def thumbnail(picture, *, width, height):
    """The picture within ``width`` x ``height``, centred on what colour it has most of."""
    small = ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", (width, height), colours(small)[0])
    place = ((width - small.width) // 2, (height - small.height) // 2)
    ground.paste(small, place, small if small.mode == "RGBA" else None)
    return ground


def mark(picture, *, text):
    """The picture with a text on its lower edge."""
    drawing = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(size=max(8, picture.height // 10))
    left, top, right, bottom = drawing.textbbox((4, picture.height - 4), text, font=font, anchor="ls")
    drawing.rectangle((left - 2, top - 2, right + 2, bottom + 2), fill=(0, 0, 0, 128))
    drawing.text((4, picture.height - 4), text, font=font, anchor="ls", fill="white")
    return picture


def sharpen(picture, *, percent=120):
    """The picture with clearer edges."""
    return picture.filter(ImageFilter.UnsharpMask(radius=1, percent=percent, threshold=2))


def grey(picture):
    """The picture in shades of grey, from black to white."""
    return ImageOps.autocontrast(ImageOps.grayscale(picture))


STEPS = {"thumbnail": thumbnail, "mark": mark, "sharpen": sharpen, "grey": grey}


def describe(picture):
    """What can be said of a picture without showing it."""
    return {"width": picture.width, "height": picture.height, "mode": picture.mode, "colours": colours(picture)}


def colours(picture, count=3):
    """The colours that there is most of, as #rrggbb."""
    reduced = picture.convert("RGB").quantize(8, method=Image.Quantize.MEDIANCUT)
    palette = reduced.getpalette()
    most = Counter(reduced.tobytes()).most_common(count)
    return [f"#{bytes(palette[3 * index : 3 * index + 3]).hex()}" for index, _ in most]


def write(picture, kind):
    """The picture as a file of the ``kind``, in base64."""
    file = io.BytesIO()
    picture.save(file, kind)
    return {"format": kind, "picture": base64.b64encode(file.getvalue()).decode()}
