"""From a recording to a transcript, so that a second attempt goes on where the first one was killed."""

from collections.abc import Sequence
from typing import Final

from service.kinds.base import InputFile, JobContext
from service.kinds.sessions.assembling import Said, assembled, placed
from service.kinds.sessions.audio.plan import Group, Plan
from service.kinds.sessions.audio.prepare import prepare
from service.kinds.sessions.audio.recording import RATE
from service.kinds.sessions.codes import warning
from service.kinds.sessions.engines.port import Engine, Heard, Word
from service.kinds.sessions.heard import HeardGroup, Shelf
from service.kinds.sessions.meter import MESSAGES, Meter
from service.kinds.sessions.settings import SessionsSettings
from service.kinds.sessions.speakers.turns import speakers_by_voice
from service.kinds.sessions.transcript import Transcript

PLAN_FILE: Final = "plan.json"
SAMPLES_FILE: Final = "samples.pcm"
HEARD_FOLDER: Final = "heard"


class Listening:
    """The stages that need the recording. Everything it keeps is in the job's own folder."""

    def __init__(self, job: JobContext, meter: Meter, engine: Engine, settings: SessionsSettings) -> None:
        self._job = job
        self._meter = meter
        self._engine = engine
        self._settings = settings
        self._samples = job.work_dir / SAMPLES_FILE
        self._plan_path = job.work_dir / PLAN_FILE
        self._shelf = Shelf(job.work_dir / HEARD_FOLDER)

    def prepared(self, source: InputFile) -> Plan:
        """Return the plan of an earlier attempt, or decode and cut the recording; raises JobError by codes.py."""
        self._begin("preprocessing")
        known = Plan.load(self._plan_path, self._samples)
        if known is not None and known.recording.is_whole:
            plan = known
        else:
            plan = self._made(source)
            if known is None or known.utterances != plan.utterances:
                self._shelf.clear()
            plan.save(self._plan_path)
        self._meter.length(plan.recording.seconds, plan.speech_seconds)
        return plan

    def _made(self, source: InputFile) -> Plan:
        def told(done: float, total: float | None) -> None:
            if total:
                self._meter.length(total)
            self._meter.at(done)
            self._job.report()

        return prepare(
            source.path,
            self._samples,
            self._engine.cut,
            speakers=self._job.args["speakers"],
            max_seconds=self._settings.max_hours * 3600,
            progress=told,
        )

    def heard(self, plan: Plan) -> list[HeardGroup]:
        """Transcribe what is not yet transcribed; each group is an item, committed before the next begins."""
        self._begin("transcribing")
        groups = plan.groups()
        for item in self._job.items(groups, key=lambda group: group.number, unit="minute"):
            group = item.value
            self._meter.found_done(group.start_seconds)
            found = self._transcribed(plan, group)
            item.done(
                {
                    "start": round(group.start_seconds, 3),
                    "end": round(group.end_seconds, 3),
                    "words": found.word_count,
                }
            )
        return [self._shelf.get(group) or self._transcribed(plan, group) for group in groups]

    def _transcribed(self, plan: Plan, group: Group) -> HeardGroup:
        heard: list[Heard] = []
        for utterance in group.utterances:
            samples = plan.recording.read(utterance.start, utterance.stop, utterance.channel)
            heard.append(self._engine.transcribe(samples, self._job.check_cancelled))
            self._meter.at(utterance.stop / RATE)
            self._job.report()
        return self._shelf.put(group, self._engine.name, heard, is_draft=self._engine.is_draft)

    def transcript(self, plan: Plan, heard: Sequence[HeardGroup]) -> Transcript:
        """Return the transcript, with speakers where they can be told; without them rather than not at all."""
        self._begin("diarizing")
        words = placed(plan, [words for group in heard for words in group.words])
        warnings: list[dict[str, str]] = list(plan.warnings)
        try:
            keys = self._speakers(plan, words)
        except Exception as error:  # what was heard is worth keeping whatever goes wrong here
            self._job.log(f"Telling speakers apart failed: {type(error).__name__}")
            warnings.append(warning("diarizing_failed"))
            keys = [[None] * len(each) for each in words]
        said = [
            [Said(word, key) for word, key in zip(each, of_each, strict=True)]
            for each, of_each in zip(words, keys, strict=True)
        ]
        segments = assembled(said)
        is_draft = any(group.is_draft for group in heard) or (not heard and self._engine.is_draft)
        if is_draft and segments:
            warnings.append(warning("draft"))
        found = sorted({segment.speaker for segment in segments if segment.speaker})
        if segments and len(found) == 1 and self._job.args["speakers"] > 1:
            warnings.append(warning("one_voice"))
        engines = sorted({group.engine for group in heard}) or [self._engine.name]
        return Transcript(
            engine=" + ".join(engines),
            draft=is_draft,
            segments=segments,
            duration_seconds=plan.recording.seconds,
            language=self._language(heard),
            speakers={key: self._name(key) for key in found},
            warnings=tuple(warnings),
        )

    def _speakers(self, plan: Plan, words: Sequence[Sequence[Word]]) -> list[list[str | None]]:
        """Return the key of the speaker of each word of each utterance."""
        if plan.is_by_channel:
            return [
                [f"S{(utterance.channel or 0) + 1}"] * len(each)
                for utterance, each in zip(plan.utterances, words, strict=True)
            ]

        def told(seconds: float) -> None:
            self._meter.at(seconds)
            self._job.report()

        numbers = speakers_by_voice(plan, words, self._job.args["speakers"], told)
        return [[f"S{number + 1}" for number in each] for each in numbers]

    def _language(self, heard: Sequence[HeardGroup]) -> str | None:
        asked: str | None = self._job.args["language"]
        return asked or next((group.language for group in heard if group.language), None)

    def _name(self, key: str) -> str:
        names: list[str] = self._job.args["names"]
        number = int(key[1:]) - 1
        return names[number] if number < len(names) else f"Speaker {number + 1}"

    def _begin(self, stage: str) -> None:
        self._meter.begin(stage)
        self._job.report(MESSAGES[stage])
