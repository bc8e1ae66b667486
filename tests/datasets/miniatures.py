"""Small trees of exactly the real layouts, with names and columns as the archives have them."""

import csv

import numpy as np
import soundfile

from mixerkit.datasets.casia import EMOTIONS as CASIA_EMOTIONS
from mixerkit.datasets.speech_commands import WORDS
from mixerkit.datasets.urbansound8k import CLASSES

RNG = np.random.default_rng(0)


def sound(path, seconds=0.3, rate=16_000, channels=1, subtype="PCM_16", container=None):
    """A short noise at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (round(seconds * rate), channels) if channels > 1 else round(seconds * rate)
    soundfile.write(path, RNG.uniform(-0.3, 0.3, shape), rate, subtype=subtype, format=container)
    return path


def speech_commands(root):
    """Two speakers of each split for every word; lists with one Windows separator, as some copies have."""
    lists = {"validation": ["00176480"], "testing": ["0132a06d"], "training": ["bb05582b", "c50f55b8"]}
    lines = {name: [] for name in lists}
    for word in WORDS:
        for name, speakers in lists.items():
            for speaker in speakers:
                sound(root / word / f"{speaker}_nohash_0.wav", seconds=0.2)
                lines[name].append(f"{word}/{speaker}_nohash_0.wav")
    lines["testing"][0] = lines["testing"][0].replace("/", "\\")
    for name in ("validation", "testing"):
        (root / f"{name}_list.txt").write_text("\n".join(lines[name]) + "\n")
    sound(root / "_background_noise_" / "doing_the_dishes.wav", seconds=2.0)
    return root


def urbansound8k(root, sources=None):
    """One clip per class and fold, at the rates, widths and channels that the real files have."""
    kinds = [(44_100, 2, "PCM_16", None), (48_000, 2, "PCM_24", "WAVEX"), (22_050, 1, "PCM_U8", None), (96_000, 1, "FLOAT", None)]
    rows = []
    for fold in range(1, 11):
        for number, name in enumerate(CLASSES):
            file = f"{1000 * fold + number}-{number}-0-0.wav"
            rate, channels, subtype, format_ = kinds[number % len(kinds)]
            sound(root / "audio" / f"fold{fold}" / file, 0.2, rate, channels, subtype, format_)
            source = 1000 * fold + number if sources is None else (10 * fold + number) % sources
            rows.append((file, source, 0.0, 0.2, 1, fold, number, name))
    (root / "metadata").mkdir()
    with (root / "metadata" / "UrbanSound8K.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("slice_file_name fsID start end salience fold classID class".split())
        writer.writerows(rows)
    return root


def esc50(root):
    """One clip per class of ten and fold, at 44.1 kHz."""
    rows = []
    for fold in range(1, 6):
        for target in range(10):
            file = f"{fold}-{100 * fold + target}-A-{target}.wav"
            sound(root / "audio" / file, 0.2, rate=44_100)
            rows.append((file, fold, target, f"class_{target}", False, 100 * fold + target, "A"))
    (root / "meta").mkdir()
    with (root / "meta" / "esc50.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("filename fold target category esc10 src_file take".split())
        writer.writerows(rows)
    return root


def casia(root, texts=10):
    """Some texts per speaker and emotion; one speaker's name in another case, one emotion under another name."""
    for speaker in ("liuchanhg", "wangzhe", "zhaoquanyin", "ZhaoZuoxiang"):
        for emotion in CASIA_EMOTIONS:
            folder = "anger" if (speaker, emotion) == ("wangzhe", "angry") else emotion
            for number in range(201, 201 + texts):
                sound(root / speaker / folder / f"{number}.wav", seconds=0.1)
    return root


def ravdess(root, actors=24, repetitions=2):
    """Repetitions of a statement by every actor in every emotion, beside a song that is no speech."""
    for actor in range(1, actors + 1):
        for emotion in range(1, 9):
            for repetition in range(1, repetitions + 1):
                name = f"03-01-{emotion:02d}-01-01-{repetition:02d}-{actor:02d}.wav"
                sound(root / f"Actor_{actor:02d}" / name, seconds=0.1, rate=48_000)
    sound(root / "Actor_01" / "03-02-03-01-01-01-01.wav", seconds=0.1, rate=48_000)
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
