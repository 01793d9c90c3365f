"""What the configuration may say to this kind (`kind_settings.sessions`), checked once and in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from service.model.errors import JobError

_NUMBERS: Final = {"max_hours": float, "whisper_threads": int}
_BOOLEANS: Final = ("delete_audio_after_success",)
_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True)
class SessionsSettings:
    """Every setting; docs/kinds/sessions.md says what each is for."""

    whisper_model_dir: Path | None = None
    whisper_device: str = "auto"
    whisper_compute_type: str = "default"
    whisper_threads: int = 0
    """Threads of faster-whisper; 0 leaves it to CTranslate2."""
    transcription_url: str | None = None
    transcription_model: str = "whisper-1"
    transcription_key: str | None = None
    notes_url: str | None = None
    notes_model: str | None = None
    notes_key: str | None = None
    delete_audio_after_success: bool = False
    max_hours: float = 8.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "SessionsSettings":
        """Check what was configured; raises JobError `kind_setting_invalid`."""
        known = {field.name for field in fields(cls)}
        for name in given:
            if name not in known:
                raise _invalid(f"There is no setting sessions.{name}; there are {', '.join(sorted(known))}.")
        values: dict[str, Any] = {name: each for name, each in given.items() if each not in (None, "")}
        for name, make in _NUMBERS.items():
            if name in values:
                values[name] = _number(name, values[name], make)
        for name in _BOOLEANS:
            if name in values:
                values[name] = _boolean(name, values[name])
        if "whisper_model_dir" in values:
            values["whisper_model_dir"] = Path(str(values["whisper_model_dir"])).expanduser()
        return cls(**values)


def _number(name: str, value: Any, make: type[float] | type[int]) -> float | int:
    try:
        number = make(value)
    except (TypeError, ValueError, OverflowError):
        raise _invalid(f"sessions.{name} is a number.") from None
    if not 0 <= number < 1000:
        raise _invalid(f"sessions.{name} is a number from 0 to 1000.")
    return number


def _boolean(name: str, value: Any) -> bool:
    text = str(value).lower()
    if text not in (*_TRUE, *_FALSE):
        raise _invalid(f"sessions.{name} is true or false.")
    return text in _TRUE


def _invalid(message: str) -> JobError:
    return JobError("kind_setting_invalid", message, remediation="docs/kinds/sessions.md lists the settings.")
