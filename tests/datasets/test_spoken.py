"""The spoken bench has the real layout and rule, is the same for a seed, and is there whole or not at all.

A small program stands in for espeak-ng: it lists voices in the real columns and hums a tone of the voice's own pitch.
"""

import hashlib
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mixerkit.datasets.speech_commands import SpeechCommandsSpec
from mixerkit.datasets.spoken import Speaking, Spoken, speak
from mixerkit.errors import DataError, UsageError

FAKE = r'''#!PYTHON -IS
"""Talks like espeak-ng 1.51, WAV header of unknown length included."""
import array, math, os, struct, sys, zlib
HEAD = "Pty Language       Age/Gender VoiceName          File                 Other Languages\n"
VARIANTS = ["Mr serious", "whisper", "twin"] + [f"m{n}" for n in range(1, 8)]
words = sys.argv[1:]
if words == ["--version"]:
    print("eSpeak NG text-to-speech: 1.51  Data at: /usr/share/espeak-ng-data")
elif words == ["--voices=en"]:
    print(HEAD + """ 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 3  en-uk           --/M      english-mb-en1     mb/mb-en1            (en-gb 3)(en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  en-029          --/M      English_(Caribbean) gmw/en-029           (en 10)
 5  variant         --/M      Storm              !v/Storm             (en-us 5)""")
elif words == ["--voices=variant"]:
    print(HEAD + "\n".join(f" 5  variant         30/M      {v.replace(' ', '_'):18} !v/{v:20}" for v in VARIANTS))
else:
    voice, speed, pitch, word = words[1], int(words[3]), int(words[5]), words[7]
    if voice.endswith(os.environ.get("FAKE_FAILS", "never")):
        sys.exit("mbrowrap error: no " + voice)
    tone = zlib.crc32(voice.replace("twin", "m1").encode()) % 300 + 10 * pitch
    loud = 0 if word == "hush" else 9000
    length = round(22050 * (2.0 if word == "long" else 0.4) * 160 / speed)
    hum = [round(loud * math.sin(tone * 6.2832 * i / 22050)) for i in range(length)]
    data = array.array("h", [0] * 2000 + hum + [0] * 4000).tobytes()
    head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 0x7FFFF024, b"WAVEfmt ", 16, 1, 1, 22050, 44100, 2, 16, b"data", 0x7FFFF000)
    sys.stdout.buffer.write(head + data)
'''


def fake(folder):
    """A folder that holds the program."""
    program = folder / "espeak-ng"
    program.write_text(FAKE.replace("PYTHON", sys.executable))
    program.chmod(0o755)
    return str(folder)


@pytest.fixture(autouse=True)
def path(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PATH", fake(tmp_path_factory.mktemp("bin")))
    monkeypatch.setattr(sys.modules[speak.__module__], "NOISE_SECONDS", 2)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Three words of six voices, one too long for a second; what speak returned, and the progress it told."""
    reported = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", fake(tmp_path_factory.mktemp("bin")))
        patch.setattr(sys.modules[speak.__module__], "NOISE_SECONDS", 2)
        out = tmp_path_factory.mktemp("made") / "bench"
        spoken = speak(out, Speaking(words=("yes", "no", "long"), voices=6), lambda *where: reported.append(where))
    return out, spoken, reported


def small(**changed):
    return Speaking(**{"words": ("yes",), "voices": 3, "takes": 1} | changed)


def which_set(name):
    """The rule as Speech Commands publishes it, in exact integers."""
    rest = int(hashlib.sha1(name.split("_nohash_")[0].encode()).hexdigest(), 16) % 2**27
    return "val" if rest * 100 < 10 * (2**27 - 1) else "test" if rest * 100 < 20 * (2**27 - 1) else "train"


def recordings(root):
    return sorted(path for path in root.glob("*/*.wav") if path.parent.name != "_background_noise_")


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_layout_and_format(corpus):
    root, spoken, reported = corpus
    assert spoken == Spoken("1.51", {"train": 4, "val": 1, "test": 1}, {"train": 24, "val": 6, "test": 6})
    assert reported == [(done, 36) for done in range(1, 37)]
    files = recordings(root)
    assert len(files) == 36
    assert all(re.fullmatch(r"(yes|no|long)/[0-9a-f]{8}_nohash_[01]\.wav", str(path.relative_to(root))) for path in files)
    noises = sorted((root / "_background_noise_").iterdir())
    assert [path.name for path in noises] == ["hum.wav", "pink_noise.wav", "white_noise.wav"]
    headers = [soundfile.info(path) for path in files + noises]
    assert {(h.samplerate, h.channels, h.subtype, h.format) for h in headers} == {(16_000, 1, "PCM_16", "WAV")}
    lengths = [header.frames for header in headers[:36]]
    assert max(lengths) == 16_000
    assert 4_000 < min(lengths) < 16_000, "some are shorter than a second, as in the real set"
    assert [path.name for path in root.parent.iterdir()] == ["bench"]
    readme = (root / "README.md").read_text()
    assert all(part in readme for part in ("A bench, not a data set", "mixerkit with espeak-ng 1.51", "6 voices", "seed 0"))


def test_lists_follow_the_published_rule_and_no_voice_stands_in_two_splits(corpus):
    root, _, _ = corpus
    listed = {
        split: (root / f"{name}_list.txt").read_text().splitlines()
        for split, name in (("val", "validation"), ("test", "testing"))
    }
    names = [path.relative_to(root).as_posix() for path in recordings(root)]
    for split, lines in listed.items():
        assert lines == [name for name in names if which_set(name.split("/")[1]) == split] != []
    voices = re.findall(r"^\| (\w{8}) \| (\w+) \| (gmw/en[^+]*)\+(.+) \|$", (root / "README.md").read_text(), flags=re.M)
    assert {speaker for speaker, *_ in voices} == {path.name[:8] for path in recordings(root)}
    assert len({throat for *_, throat in voices}) == 6, "throats enough: none twice"
    assert not {throat for *_, throat in voices} & {"whisper", "twin", "Storm"}


@pytest.mark.parametrize("seed", range(2))
def test_with_few_voices_each_split_has_one(tmp_path, seed):
    assert speak(tmp_path / "bench", small(seed=seed)).voices == {"train": 1, "val": 1, "test": 1}


def test_all_voices_there_are_can_speak_and_no_throat_is_in_two_splits(tmp_path):
    with pytest.raises(UsageError, match=r"500 voices were asked for, with seed 0\.\s+There are (\d+) whose throat") as caught:
        speak(tmp_path / "bench", small(voices=500))
    most = int(re.search(r"There are (\d+)", str(caught.value))[1])
    speak(tmp_path / "bench", small(voices=most))
    voices = re.findall(r"^\| \w{8} \| (\w+) \| [^+]*\+(.+) \|$", (tmp_path / "bench" / "README.md").read_text(), flags=re.M)
    assert len(voices) == most > 8
    assert set(Counter(throat for _, throat in set(voices)).values()) == {1}


def test_the_real_loader_reads_it(corpus):
    root, spoken, _ = corpus
    clips = SpeechCommandsSpec(root=str(root), allow_subset=True).clips()
    assert Counter(clip.split for clip in clips) == spoken.files
    assert {clip.label for clip in clips} == {"yes", "no", "long"}


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        speak(tmp_path / name, small(seed=seed))
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert not {wave for wave in one.values() if wave.startswith(b"RIFF")} & set(other.values())


def test_a_take_is_the_same_whatever_else_is_spoken(corpus, tmp_path):
    speak(tmp_path / "bench", Speaking(words=("no",), voices=6, takes=1))
    more = contents(corpus[0])
    assert len(recordings(tmp_path / "bench")) == 6
    assert all(more[str(path.relative_to(tmp_path / "bench"))] == path.read_bytes() for path in recordings(tmp_path / "bench"))


def test_noise_is_as_loud_as_asked(tmp_path):
    ratios = (3.0, 20.0)
    speak(tmp_path / "clean", small(noise_db=()))
    for ratio in ratios:
        speak(tmp_path / f"{ratio}", small(noise_db=(ratio,)))
    for path in recordings(tmp_path / "clean"):
        clean, _ = soundfile.read(path)
        spoken = np.flatnonzero(clean)
        signal = np.mean(clean[spoken[0] : spoken[-1] + 1] ** 2)
        for ratio in ratios:
            noisy, _ = soundfile.read(tmp_path / f"{ratio}" / path.relative_to(tmp_path / "clean"))
            assert 10 * np.log10(signal / np.mean((noisy - clean) ** 2)) == pytest.approx(ratio, abs=0.3)


def test_speech_longer_than_a_second_is_cut_with_a_fade(tmp_path):
    speak(tmp_path / "bench", small(words=("long",), noise_db=(), rate=8_000))
    for path in recordings(tmp_path / "bench"):
        wave, rate = soundfile.read(path)
        assert wave.size == rate == 8_000
        assert np.abs(wave[-20:]).max() < 0.2 * np.abs(wave[:4_000]).max()


def test_without_espeak_it_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"not installed\.\s+Install it: apt-get install espeak-ng .*brew install espeak-ng"):
        speak(tmp_path / "bench", small())


def test_a_voice_that_fails_is_named_with_what_it_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "+m7")
    with pytest.raises(DataError, match=r"voice gmw/en\S*\+m7, word 'seven'\s+It ended with 1 and wrote: mbrowrap error: no gmw"):
        speak(tmp_path / "bench", small())
    assert not list(tmp_path.iterdir())


def test_a_word_that_stays_silent_is_named_and_nothing_stays(tmp_path):
    with pytest.raises(DataError, match=r"voice gmw/en\S*\+\w+, word 'hush'\s+It stayed silent"):
        speak(tmp_path / "bench", small(words=("yes", "hush")))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [("a/b",), ("..",), ("a.b",), ("",), ("_noise",), ("-v",), ("yes", "Yes"), ("no", "no"), ()])
def test_words_that_are_no_folder_names_or_repeated_are_refused(tmp_path, words):
    with pytest.raises(UsageError, match=r"speak: words\s+(?:'.*'|No word)\.\s+Words are names of folders"):
        speak(tmp_path / "bench", small(words=words))


@pytest.mark.parametrize("numbers", [{"voices": 2}, {"takes": 0}, {"rate": 4_000}, {"noise_db": (10.0, float("nan"))}])
def test_numbers_that_cannot_be_are_refused(tmp_path, numbers):
    with pytest.raises(UsageError, match="Voices from 3, takes from 1"):
        speak(tmp_path / "bench", small(**numbers))


def test_what_is_in_the_way_stays_and_an_empty_folder_is_not_in_the_way(tmp_path):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"bench\s+Something is there already"):
        speak(tmp_path / "bench", small())
    assert contents(tmp_path / "bench") == {"thesis.txt": b"mine"}
    with pytest.raises(UsageError, match="Something is there already"):
        speak(tmp_path / "bench" / "thesis.txt", small())
    (tmp_path / "empty").mkdir()
    assert speak(tmp_path / "empty", small()).files == {"train": 1, "val": 1, "test": 1}


def test_an_interruption_leaves_nothing(tmp_path):
    def interrupted(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        speak(tmp_path / "bench", small(takes=10), interrupted)
    assert not list(tmp_path.iterdir())


REAL = shutil.which("espeak-ng")


@pytest.mark.skipif(REAL is None, reason="espeak-ng is not installed")
def test_the_real_one_speaks(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(REAL).parent))
    with pytest.raises(UsageError, match=r"There are [1-9]\d\d whose throat"):
        speak(tmp_path / "bench", small(voices=10_000))
    speak(tmp_path / "bench", small(words=("stop", "go"), noise_db=()))
    waves = [soundfile.read(path)[0] for path in recordings(tmp_path / "bench")]
    assert len({wave.tobytes() for wave in waves}) == 6
    assert all(0.15 * 16_000 < np.ptp(np.flatnonzero(wave)) <= 16_000 for wave in waves)
