"""Small trees of exactly the real layouts, with names and columns as the archives have them."""

import csv

import numpy as np
import soundfile

from mixerkit.datasets import emodb as emodb_names
from mixerkit.datasets import esc10 as esc10_names
from mixerkit.datasets import fsdd as fsdd_names
from mixerkit.datasets.casia import EMOTIONS as CASIA_EMOTIONS
from mixerkit.datasets.commands12 import COMMANDS
from mixerkit.datasets.speech_commands import WORDS
from mixerkit.datasets.urbansound8k import CLASSES

RNG = np.random.default_rng(0)


def sound(path, seconds=0.3, rate=16_000, channels=1, subtype="PCM_16", container=None):
    """A short noise at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (round(seconds * rate), channels) if channels > 1 else round(seconds * rate)
    soundfile.write(path, RNG.uniform(-0.3, 0.3, shape), rate, subtype=subtype, format=container)
    return path


def speech_commands(root, suffix=".wav"):
    """For every word a speaker of each held-out split and two to train on; lists with one Windows separator, as some copies have.

    The lists name .wav files whatever the copy was re-encoded to.
    """
    lists = {"validation": ["00176480"], "testing": ["0132a06d"], "training": ["bb05582b", "c50f55b8"]}
    lines = {name: [] for name in lists}
    for word in WORDS:
        for name, speakers in lists.items():
            for speaker in speakers:
                sound(root / word / f"{speaker}_nohash_0{suffix}", seconds=0.2)
                lines[name].append(f"{word}/{speaker}_nohash_0.wav")
    lines["testing"][0] = lines["testing"][0].replace("/", "\\")
    for name in ("validation", "testing"):
        (root / f"{name}_list.txt").write_text("\n".join(lines[name]) + "\n")
    sound(root / "_background_noise_" / "doing_the_dishes.wav", seconds=12.0)
    return root


def commands_test(root):
    """The twelve-class test archive: two clips of ten speakers per class, with the doubled suffixes of the archive."""
    for number in range(10):
        speaker = f"{number:08x}"
        for command in COMMANDS:
            sound(root / command / f"{speaker}_nohash_0.wav", seconds=0.1)
        sound(root / "_unknown_" / f"bed_{speaker}_nohash_0.wav.wav", seconds=0.1)
        sound(root / "_silence_" / f"{1024 + number}.wav", seconds=0.1)
    return root


def urbansound8k(root, sources=None, mirrored=False):
    """One clip per class and fold, at the rates, widths and channels that the real files have.

    Mirrored: the table and the folds in the root, as Kaggle has them.
    """
    kinds = [(44_100, 2, "PCM_16", None), (48_000, 2, "PCM_24", "WAVEX"), (22_050, 1, "PCM_U8", None), (96_000, 1, "FLOAT", None)]
    rows = []
    for fold in range(1, 11):
        for number, name in enumerate(CLASSES):
            file = f"{1000 * fold + number}-{number}-0-0.wav"
            rate, channels, subtype, format_ = kinds[number % len(kinds)]
            sound(root / ("" if mirrored else "audio") / f"fold{fold}" / file, 0.2, rate, channels, subtype, format_)
            source = 1000 * fold + number if sources is None else (10 * fold + number) % sources
            rows.append((file, source, 0.0, 0.2, 1, fold, number, name))
    table = root / ("" if mirrored else "metadata") / "UrbanSound8K.csv"
    table.parent.mkdir(exist_ok=True)
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("slice_file_name fsID start end salience fold classID class".split())
        writer.writerows(rows)
    return root


def esc50(root):
    """One clip per class of ten and fold, at 44.1 kHz; two of the classes are ESC-10's too."""
    rows, names = [], {0: "dog", 1: "rooster"}
    for fold in range(1, 6):
        for target in range(10):
            file = f"{fold}-{100 * fold + target}-A-{target}.wav"
            sound(root / "audio" / file, 0.2, rate=44_100)
            category = names.get(target, f"class_{target}")
            rows.append((file, fold, target, category, target in names, 100 * fold + target, "A"))
    (root / "meta").mkdir()
    with (root / "meta" / "esc50.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("filename fold target category esc10 src_file take".split())
        writer.writerows(rows)
    return root


def esc10(root):
    """ESC-10's own repository: a folder per class, two takes of one recording in every fold."""
    for fold in range(1, 6):
        for number, folder in enumerate(esc10_names.CLASSES):
            for take in "AB":
                sound(root / folder / f"{fold}-{100 * fold + number}-{take}.ogg", 0.1, rate=44_100, subtype="VORBIS")
    return root


def emodb(root):
    """One text by every speaker in every emotion, a second version of one."""
    for speaker in emodb_names.SPEAKERS:
        for emotion in emodb_names.EMOTIONS:
            sound(root / "wav" / f"{speaker}a01{emotion}a.wav", seconds=0.1)
    sound(root / "wav" / "03b10Nc.wav", seconds=0.1)
    return root


def fsdd(root, suffix=".wav"):
    """Takes on both sides of every edge, of two digits."""
    for speaker in fsdd_names.SPEAKERS:
        for digit in (0, 7):
            for take in (0, 4, 5, 9, 10, 49):
                sound(root / "recordings" / f"{digit}_{speaker}_{take}{suffix}", seconds=0.1, rate=8_000)
    return root


def casia(root, texts=10):
    """Some texts per speaker and emotion; one speaker's name in another case, one emotion under another name."""
    for speaker in ("liuchanhg", "wangzhe", "zhaoquanyin", "ZhaoZuoxiang"):
        for emotion in CASIA_EMOTIONS:
            folder = "anger" if (speaker, emotion) == ("wangzhe", "angry") else emotion
            for number in range(201, 201 + texts):
                sound(root / speaker / folder / f"{number}.wav", seconds=0.1)
    return root


def ravdess(root, actors=24, repetitions=2, suffix=".wav"):
    """Repetitions of a statement by every actor in every emotion, beside a song that is no speech; one clip twice, as is real."""
    for actor in range(1, actors + 1):
        for emotion in range(1, 9):
            for repetition in range(1, repetitions + 1):
                name = f"03-01-{emotion:02d}-01-01-{repetition:02d}-{actor:02d}{suffix}"
                sound(root / f"Actor_{actor:02d}" / name, seconds=0.1, rate=48_000)
    sound(root / "Actor_01" / f"03-02-03-01-01-01-01{suffix}", seconds=0.1, rate=48_000)
    if actors >= 7:
        first = sound(root / "Actor_07" / f"03-01-03-01-02-01-07{suffix}", seconds=0.1, rate=48_000)
        first.with_stem("03-01-03-01-02-02-07").write_bytes(first.read_bytes())
    return root


def folder(root, classes=("no", "yes"), speakers=10, takes=2):
    """One folder per class, mixed formats, rates and channels; the speaker is in the name."""
    kinds = [(".wav", 16_000, 1, None), (".flac", 44_100, 2, None), (".ogg", 22_050, 1, "VORBIS"), (".mp3", 48_000, 2, None)]
    for label in classes:
        for speaker in range(speakers):
            for take in range(takes):
                suffix, rate, channels, subtype = kinds[(speaker + take) % len(kinds)]
                sound(root / label / f"speaker{speaker:02d}_take{take}{suffix}", 0.3, rate, channels, subtype)
    return root
