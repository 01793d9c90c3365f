"""Access tokens (JWT, HS256), and the random ones: refresh tokens, API tokens and tickets, kept as hashes only."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jwt

from service.model.errors import DeskError

ALGORITHM: Final = "HS256"
KEY_FILE: Final = "signing.key"
KEY_BYTES: Final = 32
API_PREFIX: Final = "nst_"
SHOWN_LENGTH: Final = 10
MAX_LENGTH: Final = 4096


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: whose it is, of which login, and until when (Unix seconds)."""

    user_id: str
    login_id: str
    expires_at: float


def signing_key(data_dir: Path) -> bytes:
    """Return the key of a data folder, made (readable by its owner alone) when it has none.

    It is not in the database: a copy of that signs no tokens. Without its file everybody's access token
    ends, and refresh tokens give new ones.
    """
    path = data_dir / KEY_FILE
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(key)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    if len(key) < KEY_BYTES:
        raise DeskError(
            "signing_key_unusable",
            f"{path} is no signing key.",
            remediation="Remove it: a new one is made, and everybody signs in again.",
        )
    return key


def issue(key: bytes, claims: Claims, now: float) -> str:
    """Return a signed access token."""
    said = {"sub": claims.user_id, "sid": claims.login_id, "iat": int(now), "exp": claims.expires_at}
    return jwt.encode(said, key, algorithm=ALGORITHM)


def read(key: bytes, token: str, now: float) -> Claims | None:
    """Return what a token of ours says, None for anything else and for one whose time is over."""
    if len(token) > MAX_LENGTH:
        return None
    try:
        # PyJWT would cut the fraction off `exp`, and look at a clock of its own: the time is checked below.
        said = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"require": ["sub", "sid", "exp"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None
    user_id, login_id, expires_at = said["sub"], said["sid"], said["exp"]
    is_ours = isinstance(user_id, str) and isinstance(login_id, str) and isinstance(expires_at, int | float)
    return Claims(user_id, login_id, float(expires_at)) if is_ours and expires_at > now else None


def random_token() -> str:
    """Return 256 random bits as text for a header, a form or an address."""
    return secrets.token_urlsafe(32)


def api_token() -> str:
    """Return a new API token; its prefix lets scanners for leaked secrets recognise it."""
    return f"{API_PREFIX}{random_token()}"


def digest(token: str) -> str:
    """Return what is kept of a random token. SHA-256 is enough: there is nothing in it to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
