"""The renderer: what is chosen, what is left alone, who stands in, and that nothing is ever silent."""

import json
import wave
from pathlib import Path

import pytest

from ops.prompts import espeak, missing, music, online, sound
from ops.prompts.command import listed_rows, problems
from ops.prompts.places import Places
from ops.prompts.render import render
from phones.g711 import PCMA, encode
from phones.tones import detect

TABLE = """id,language,text,origin
hello,ko,안녕하세요,
hello,en,Hello,
hello,zh,您好,
menu,ko,영어,
menu,en,English,
menu-mn,ko,몽골어,
menu-mn,en,Mongolian,
"""

FAKE_ESPEAK = """#!/bin/sh
# A stand-in for espeak-ng at the edge: a real file, the same command line, a tone instead of speech.
echo "$@" >> {calls}
cat > /dev/null
{body}
"""


def fake_espeak(folder: Path, body: str = "") -> Path:
    """A program that speaks a tone; batches fail the count and so every prompt is asked for alone."""
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "said.wav"
    said.write_bytes(sound.wav(sound.np.sin(sound.np.arange(4000) / 3) * 0.3))
    program = folder / "espeak-ng"
    program.write_text(FAKE_ESPEAK.format(calls=folder / "calls", body=body or f"cat {said}"))
    program.chmod(0o755)
    return program


@pytest.fixture
def places(tmp_path: Path) -> Places:
    source = tmp_path / "source"
    source.mkdir()
    (source / "prompts.csv").write_text(TABLE, encoding="utf-8")
    return Places(
        table=source / "prompts.csv",
        recordings=source / "recordings",
        sounds=tmp_path / "sounds",
        online=tmp_path / "online",
        espeak=fake_espeak(tmp_path / "bin"),
    )


@pytest.fixture(autouse=True)
def few_generated(monkeypatch: pytest.MonkeyPatch) -> None:
    """One generated prompt instead of 172."""
    monkeypatch.setattr("centre120.prompts.generated_ids", lambda: ("digit-1",))
    monkeypatch.setattr("centre120.prompts.generated_texts", lambda language: {"digit-1": f"one {language}"})
    monkeypatch.setattr(music, "MELODY", music.MELODY[:1])
    monkeypatch.setattr(music, "CHORDS", music.CHORDS[:1])


def quiet(_line: str) -> None:
    """Progress nobody reads."""


def origin(places: Places, name: str) -> tuple[str, str]:
    entry = json.loads(places.ledger.read_text())[name]
    return entry["origin"], entry["language"]


def record(places: Places, name: str, data: bytes | None = None) -> None:
    path = places.recordings / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if data is not None else sound.signal_tone())


def test_every_prompt_gets_a_file_in_every_language(places: Places) -> None:
    render(places, quiet)
    for prompt, language in places.prompt_list().playable():
        with wave.open(str(places.sound(prompt, language))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            assert file.getnframes() > 800


def test_a_second_run_renders_nothing_and_starts_no_program(places: Places) -> None:
    render(places, quiet)
    calls = (places.espeak.parent / "calls").read_text()
    again = render(places, quiet)
    assert (again.rendered, again.kept) == (0, len(places.prompt_list().playable()))
    assert (places.espeak.parent / "calls").read_text() == calls


def test_a_changed_text_renders_that_prompt_and_whom_it_stands_in_for(places: Places) -> None:
    render(places, quiet)
    places.table.write_text(TABLE.replace("Hello", "Good day"), encoding="utf-8")
    assert render(places, quiet).rendered == 4  # en, and for ja, vi, mn


@pytest.mark.parametrize("damage", ["missing", "cut short", "ledger lost"])
def test_what_was_damaged_is_made_anew(places: Places, damage: str) -> None:
    render(places, quiet)
    path = places.sound("hello", "ko")
    if damage == "missing":
        path.unlink()
    elif damage == "cut short":
        path.write_bytes(path.read_bytes()[:100])
    else:
        places.ledger.write_text("{broken")
    assert render(places, quiet).rendered >= 1
    sound.read_wav(path.read_bytes())
    assert path.stat().st_size > 800


def test_a_recording_wins_and_its_removal_brings_the_synthesiser_back(places: Places) -> None:
    record(places, "ko/hello")
    render(places, quiet)
    assert origin(places, "ko/hello") == ("recording", "ko")
    (places.recordings / "ko" / "hello.wav").unlink()
    render(places, quiet)
    assert origin(places, "ko/hello") == ("espeak-ng", "ko")


@pytest.mark.parametrize("data", [b"", b"MP3?", sound.wav(sound.np.zeros(8000))])
def test_a_recording_that_cannot_be_played_is_named_and_the_synthesiser_speaks(
    places: Places, data: bytes
) -> None:
    record(places, "ko/hello", data)
    outcome = render(places, quiet)
    assert origin(places, "ko/hello") == ("espeak-ng", "ko")
    assert any(problem.startswith("ko/hello from recording:") for problem in outcome.problems)
    assert any("sounds/recordings/ko/hello.wav" in problem for problem in problems(places))


def test_mongolian_is_english_until_it_is_recorded(places: Places) -> None:
    before = missing.missing_in(places)
    render(places, quiet)
    assert origin(places, "mn/hello") == ("espeak-ng", "en")
    assert places.sound("hello", "mn").read_bytes() == places.sound("hello", "en").read_bytes()
    assert ("mn", "hello") in missing.missing_in(places)
    assert before == missing.missing_in(places)
    record(places, "mn/hello")
    assert ("mn", "hello") not in missing.missing_in(places)
    render(places, quiet)
    assert origin(places, "mn/hello") == ("recording", "mn")


def test_a_row_written_to_stand_in_is_heard_in_that_language(places: Places) -> None:
    record(places, "en/menu-mn")
    render(places, quiet)
    assert places.sound("menu", "mn").read_bytes() == places.sound("menu-mn", "en").read_bytes()


def test_without_any_voice_two_beeps_are_played_and_told_and_tried_again(places: Places) -> None:
    fake_espeak(places.espeak.parent, "echo no voice >&2; exit 1")
    told: list[str] = []
    outcome = render(places, told.append)
    assert origin(places, "ko/hello")[0] == "tone"
    assert ("ko", "hello") in missing.missing_in(places)
    assert any("ended with 1: no voice" in problem for problem in outcome.problems)
    assert any("./120 prompts check" in line for line in told)
    fake_espeak(places.espeak.parent)
    render(places, quiet)
    assert origin(places, "ko/hello") == ("espeak-ng", "ko")


def test_without_the_program_nothing_stops(places: Places) -> None:
    places.espeak.unlink()
    assert any("cannot be run" in problem for problem in render(places, quiet).problems)


def test_one_language_that_fails_is_spoken_by_english(places: Places) -> None:
    body = f'case "$*" in *cmn*) exit 3;; *) cat {places.espeak.parent}/said.wav;; esac'
    fake_espeak(places.espeak.parent, body)
    outcome = render(places, quiet)
    assert origin(places, "zh/hello") == ("espeak-ng", "en")
    assert any(
        problem.startswith("zh/hello from espeak-ng: espeak-ng ended with 3") for problem in outcome.problems
    )
    assert origin(places, "ko/hello") == ("espeak-ng", "ko")


def test_sounds_of_removed_prompts_go_and_nobody_elses(places: Places) -> None:
    render(places, quiet)
    stranger = places.sounds / "ko" / "mine.wav"
    stranger.write_bytes(b"")
    places.table.write_text(
        "\n".join(line for line in TABLE.splitlines() if not line.startswith("hello")), "utf-8"
    )
    render(places, quiet)
    assert not places.sound("hello", "ko").exists()
    assert stranger.exists()
    assert (places.sounds / "music" / "evening.wav").exists()


def test_no_half_written_file_is_left(places: Places) -> None:
    render(places, quiet)
    assert not [path for path in places.sounds.rglob(".*") if path.name != ".lock"]


def test_text_is_never_an_option_of_the_synthesiser(places: Places) -> None:
    places.table.write_text(TABLE + "odd,ko,--voices 목록,\n", encoding="utf-8")
    render(places, quiet)
    assert "--voices" not in (places.espeak.parent / "calls").read_text()


def test_the_list_says_whose_voice_is_heard(places: Places) -> None:
    render(places, quiet)
    rows = {(row["language"], row["id"]): row for row in listed_rows(places, only_missing=False)}
    assert rows[("ko", "hello")]["heard"] == "espeak-ng"
    assert rows[("mn", "hello")]["heard"] == "espeak-ng, en"
    assert rows[("mn", "digit-1")]["generated"]
    assert all(row["missing"] for row in listed_rows(places, only_missing=True))


# --- the online voice: the network is a fake, everything behind it is real -------------------------------------


def fake_google(asked: list[str]) -> online.Ask:
    """Answers with sound that the real decoder reads; notes what was asked."""

    def ask(text: str, language: str) -> bytes:
        asked.append(f"{language} {text}")
        return sound.signal_tone()

    return ask


def test_fetched_once_then_played_without_a_network(places: Places) -> None:
    asked: list[str] = []
    listed = places.prompt_list().prompts.values()
    assert online.fetch_all(places, listed, quiet, fake_google(asked)) == len(asked) > 0
    assert "zh-CN 您好" in asked
    assert not any(line.startswith("mn") for line in asked)
    assert online.fetch_all(places, listed, quiet, fake_google(asked)) == 0
    render(places, quiet)
    assert origin(places, "ko/hello") == ("gtts", "ko")
    render(places, quiet, only="espeak-ng")
    assert origin(places, "ko/hello") == ("espeak-ng", "ko")


def test_a_dead_network_ends_after_three_failures_and_keeps_what_it_has(places: Places) -> None:
    asked: list[str] = []

    def ask(text: str, language: str) -> bytes:
        if asked:
            raise OSError("unreachable")
        return fake_google(asked)(text, language)

    with pytest.raises(Exception, match="gtts-unreachable"):
        online.fetch_all(places, places.prompt_list().prompts.values(), quiet, ask)
    assert len(list(places.online.glob("*.wav"))) == 1


def test_an_answer_that_is_no_sound_is_not_kept(places: Places) -> None:
    with pytest.raises(Exception, match="the answer is no sound"):
        online.fetch_all(
            places, places.prompt_list().prompts.values(), quiet, lambda _text, _language: b"<html>"
        )
    assert not list(places.online.glob("*"))


def test_japanese_is_asked_without_the_spaces_that_espeak_needs() -> None:
    from centre120.prompts import Prompt

    assert online.spoken_text(Prompt("a", "ja", "でんわ は ここ です")) == "でんわはここです"
    assert espeak.reading("ja", "まちじかん は、ここ へ はは です") == "まちじかん わ、ここ え はは です"


# --- music -----------------------------------------------------------------------------------------------------


def test_music_is_calm_and_mistaken_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    samples = music.tune()
    assert len(samples) == 64 * 8000
    assert 0.05 < float(abs(samples).max()) < 0.5
    seconds = samples.reshape(-1, 8000)
    assert float((seconds**2).mean(axis=1).min()) > 1e-4  # no second of silence
    coded = encode((samples * 32767).astype(int).tolist(), PCMA)
    heard = [detect(coded[at : at + 400], PCMA).tones for at in range(0, len(coded) - 400, 4000)]
    assert not any(heard)


# --- the doctor ------------------------------------------------------------------------------------------------


def test_the_doctor_counts_what_is_to_be_recorded(tmp_path: Path) -> None:
    from centre120.settings import Settings
    from ops.doctor import WARN, check_prompts

    (finding,) = check_prompts(Settings(home=tmp_path))
    assert finding.result == WARN
    assert " prompts in mn (mn/agent-lost" in finding.found
    assert "sounds/recordings/<language>/<id>.wav" in finding.next_step
