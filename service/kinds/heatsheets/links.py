"""Find the PDFs that a meet's page links to: pure, from the page's HTML to addresses with their labels."""

from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

MAX_LINKS = 200
_WORTH = ("heat", "psych", "program", "lane", "session", "result", "entr", "start")


@dataclass(frozen=True, slots=True)
class PdfLink:
    """One linked file: its absolute address, what the page calls it, and whether it sounds like a sheet."""

    url: str
    label: str
    is_likely: bool


def find_pdf_links(html: str | bytes, base_url: str) -> list[PdfLink]:
    """Return the PDF and HY3 links of a page, each once, likely sheets first, otherwise in the page's order.

    Only http and https; `base_url` is the page's own address, which a `<base href>` may overrule. Whether an address
    may be fetched is for the URL guard to say, not for this function.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    base = tree.css_first("base[href]")
    root = urljoin(base_url, (base.attributes.get("href") or "").strip()) if base else base_url
    found: dict[str, PdfLink] = {}
    for node in tree.css("a[href], area[href], iframe[src], embed[src], object[data]"):
        if len(found) >= MAX_LINKS:
            break
        link = next((value for key in ("href", "src", "data") if (value := node.attributes.get(key))), "")
        url = _absolute(root, link)
        if url is None or url in found:
            continue
        name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
        label = " ".join((node.text() or node.attributes.get("title") or "").split()) or name
        sounds = f"{label} {name} {urlsplit(url).query}".casefold()
        found[url] = PdfLink(url, label[:200], any(word in sounds for word in _WORTH))
    return sorted(found.values(), key=lambda one: not one.is_likely)


def _absolute(root: str, link: str) -> str | None:
    try:
        parts = urlsplit(urljoin(root, link.strip()))
    except ValueError:
        return None
    is_sheet = parts.path.lower().endswith((".pdf", ".hy3")) or ".pdf" in parts.query.lower()
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_sheet:
        return None
    return parts._replace(fragment="").geturl()
