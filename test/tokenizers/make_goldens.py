"""Writes the goldens of tokenizers.test.ts with the Python binding of the library.

Run by hand: pip install -r requirements.txt && python make_goldens.py

Each file of goldens/ has a tokenizer.json and what Python's Tokenizer returns for the texts of texts.json: with special
tokens in texts (Python's default), and, where it differs, without (encode_special_tokens).
"""
import base64
import json
import struct
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

HERE = Path(__file__).parent
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]

CORPUS = [
    "The river had been rising for three days when the council met, and nobody slept much that night.",
    "Engineers who had walked the dikes reported two places where water was already seeping through.",
    "Don't stop: it's 3.14 metres (12 feet) of water! Where? Here, there and everywhere...",
    "le café était fermé; der Fluß stieg über Nacht; İstanbul'da ılık bir gün; ο Οδυσσεύς έφυγε.",
    "今日は良い天気ですね。 河水已经上涨了三天。 สวัสดีครับ مرحبا بالعالم नमस्ते",
    "for i in range(10): print(i, i * 2)  # two  spaces\n\tand a tab",
    "news lower newest widest low lowest wide new the the and and water water river river",
] * 4

TEXTS = [
    "",
    " ",
    "the river",
    "The River had been rising for three days.",
    "  two  spaces   before ",
    "line one\nline two\r\n\n\tindented\n",
    "Don't stop: it's 3.14 metres (12 feet)!",
    "...!?,;:-_()[]{}\"'`~",
    "a.b,c;d",
    ".",
    "café CAFÉ cafe\u0301",
    "ΟΔΥΣΣΕΎΣ Οδυσσεύς ΣΑΣ",
    "İstanbul ıIiİ",
    "Straße STRASSE ﬁne ½ ² Å ａ ｶﾅ",
    "e\u0301\u0323 o\u0308\u0304 \u0301alone",
    "今日は良い天気ですね。",
    "河水已经上涨了三天",
    "\U00020000\U0002a6d6 beyond \U00020bb7",
    "안녕하세요 한국어 \u1112\u1161\u11ab",
    "สวัสดีครับ",
    "مرحبا بالعالم ١٢٣",
    "नमस्ते दुनिया",
    "שָׁלוֹם עולם",
    "a\u200bb\u200b c",
    "private \uf8f1 use \ue000",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 family \U0001f600\U0001f44d\U0001f3fd",
    "\U0001f600the\U0001f600 river\U0001f600",
    "nul\0inside\0",
    "\ufeffbom first",
    "soft\u00adhyphen no\u00a0break \u3000wide",
    "\u0001control\u0007\u007f\u0085",
    "a" * 120,
    "ab" * 60 + "!",
    " " * 40 + "x",
    "<s>the</s>",
    "the <unk> river <pad></s> and</s>",
    "<mask> the<mask>river <mask>\n<mask>, x<mask>",
    "newest wideSt <NEW> <new> low<new>est",
    "[CLS] the [SEP] ▁river▁ ##er Ġthe </w> <0x0A>",
    "1234567890 12 3,456.78 ⅷ ٣",
    "snake_case camelCase kebab-case x=y+z",
    "\ufffd replaced \ufffd",
    "x\u0300\u0301\u0302\u0303\u0304y",
    "the\u2028river\u2029had\u000bbeen\u000c",
]


def token(content, special=True, **flags):
    base = dict(single_word=False, lstrip=False, rstrip=False, normalized=False)
    return {"content": content, **base, **flags, "special": special}


def added(tokens, vocabulary, size):
    """Numbers tokens: the id of the vocabulary, or the next one after it."""
    out = []
    for one in tokens:
        if one["content"] in vocabulary:
            out.append({"id": vocabulary[one["content"]], **one})
        else:
            out.append({"id": size, **one})
            size += 1
    return out


def trained(model, trainer, pre, norm=None):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre
    if norm is not None:
        tokenizer.normalizer = norm
    tokenizer.train_from_iterator(CORPUS, trainer)
    return json.loads(tokenizer.to_str())["model"]


BPE = trained(
    models.BPE(unk_token="<unk>"),
    trainers.BpeTrainer(vocab_size=260, special_tokens=SPECIAL, show_progress=False),
    pre_tokenizers.Whitespace(),
)
BYTE_BPE = trained(
    models.BPE(),
    trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    ),
    pre_tokenizers.ByteLevel(add_prefix_space=False),
)
META_BPE = trained(
    models.BPE(unk_token="<unk>"),
    trainers.BpeTrainer(vocab_size=240, special_tokens=SPECIAL, show_progress=False),
    pre_tokenizers.Metaspace(),
)
SUFFIX_BPE = trained(
    models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"),
    trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, end_of_word_suffix="</w>", show_progress=False
    ),
    pre_tokenizers.Whitespace(),
)
PREFIX_BPE = trained(
    models.BPE(unk_token="<unk>", continuing_subword_prefix="##"),
    trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIAL, continuing_subword_prefix="##", show_progress=False
    ),
    pre_tokenizers.Whitespace(),
)
WORDPIECE = trained(
    models.WordPiece(unk_token="<unk>"),
    trainers.WordPieceTrainer(vocab_size=300, special_tokens=SPECIAL, show_progress=False),
    pre_tokenizers.BertPreTokenizer(),
    normalizers.BertNormalizer(),
)
WORDLEVEL = trained(
    models.WordLevel(unk_token="<unk>"),
    trainers.WordLevelTrainer(vocab_size=160, special_tokens=SPECIAL, show_progress=False),
    pre_tokenizers.Whitespace(),
)
UNIGRAM = trained(
    models.Unigram(),
    trainers.UnigramTrainer(vocab_size=180, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False),
    pre_tokenizers.Metaspace(),
)
for one in ("BPE", "BYTE_BPE", "META_BPE", "SUFFIX_BPE", "PREFIX_BPE", "WORDPIECE", "WORDLEVEL"):
    globals()[one].setdefault("type", "BPE")


def with_bytes(model):
    """The model with a token for each byte."""
    names = [f"<0x{byte:02X}>" for byte in range(256)]
    if isinstance(model["vocab"], list):
        vocab = model["vocab"] + [[name, -12.0] for name in names]
    else:
        vocab = {**model["vocab"], **{name: len(model["vocab"]) + i for i, name in enumerate(names)}}
    return {**model, "vocab": vocab, "byte_fallback": True}


def charsmap():
    """A Precompiled map (a double array of darts and the texts) that has only: ａ to a, ｶ to カ, ﬁ to fi."""
    pairs = {"ａ": "a", "ｶ": "カ", "ﬁ": "fi"}
    texts = b""
    trie = {}
    for key, value in pairs.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(texts)
        texts += value.encode() + b"\0"
    units = {0: 0}
    used = {0}
    bases = set()

    def place(node, at):
        base = 1
        while (
            base in bases
            or any(base ^ label in used for label in node)
            or (at ^ base) >= 1 << 21
        ):
            base += 1
        bases.add(base)
        for label in node:
            used.add(base ^ label)
        leaf = 1 << 8 if 0 in node else 0
        units[at] = units.get(at, 0) | leaf | ((at ^ base) << 10)
        for label, child in node.items():
            if label == 0:
                units[base] = child | 1 << 31
            else:
                units[base ^ label] = label
        for label, child in node.items():
            if label != 0:
                place(child, base ^ label)

    place(trie, 0)
    size = (max(max(units), max(used)) // 256 + 1) * 256
    array = b"".join(struct.pack("<I", units.get(i, 0)) for i in range(size))
    return base64.b64encode(struct.pack("<I", len(array)) + array + texts).decode()


def sequence(kind, *parts):
    key = {"n": "normalizers", "p": "pretokenizers", "d": "decoders", "t": "processors"}[kind]
    return {"type": "Sequence", key: list(parts)}


def of(type_, **more):
    return {"type": type_, **more}


NFC, NFD, NFKC, NFKD = (of(name) for name in ("NFC", "NFD", "NFKC", "NFKD"))
LOWER, ACCENTS, NMT = of("Lowercase"), of("StripAccents"), of("Nmt")
BERT = of("BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
STRIP = of("Strip", strip_left=True, strip_right=True)
WHITE, SPLIT, BERT_PRE = of("Whitespace"), of("WhitespaceSplit"), of("BertPreTokenizer")
SCRIPTS = of("UnicodeScripts")
BYTES = of("ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
BYTES_SPACE = of("ByteLevel", add_prefix_space=True, trim_offsets=False, use_regex=True)


def replace(pattern, content, regex=False):
    return of("Replace", pattern={"Regex" if regex else "String": pattern}, content=content)


def meta(scheme="always", split=True):
    return of("Metaspace", replacement="▁", prepend_scheme=scheme, split=split)


def regex(pattern, behavior, invert=False):
    return of("Split", pattern={"Regex": pattern}, behavior=behavior, invert=invert)


BYTE_DECODER = of("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True)
WP_DECODER = of("WordPiece", prefix="##", cleanup=True)
LLAMA_DECODER = sequence(
    "d", replace("▁", " "), of("ByteFallback"), of("Fuse"), of("Strip", content=" ", start=1, stop=0)
)
SUFFIX_DECODER = of("BPEDecoder", suffix="</w>")


def template(single):
    parts = [
        {"Sequence": {"id": "A", "type_id": 0}} if part == "$A" else {"SpecialToken": {"id": part, "type_id": 0}}
        for part in single.split()
    ]
    names = {part for part in single.split() if part != "$A"}
    tokens = {name: {"id": name, "ids": [SPECIAL.index(name)], "tokens": [name]} for name in sorted(names)}
    pair = parts + [{"Sequence": {"id": "B", "type_id": 1}}]
    return of("TemplateProcessing", single=parts, pair=pair, special_tokens=tokens)


EOS = template("$A </s>")
BOTH = template("<s> $A </s>")
BOS = template("<s> $A")
BERT_POST = of("BertProcessing", sep=["</s>", 2], cls=["<s>", 0])
ROBERTA = of("RobertaProcessing", sep=["</s>", 2], cls=["<s>", 0], trim_offsets=True, add_prefix_space=False)
BYTE_POST = of("ByteLevel", add_prefix_space=True, trim_offsets=False, use_regex=True)
TRIM_POST = of("ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True)

MASK = [token("<mask>", lstrip=True)]
PLAIN = [token("<new>", special=False, normalized=True), token("newest", special=False, single_word=True)]
RIGHT = [token("river", special=False, rstrip=True, lstrip=True), token("<mask>", rstrip=True)]
SINGLE = [token("<mask>", special=False, single_word=True), token("the", special=False, normalized=True)]

# Name: model, normalizer, pre-tokenizer, post-processor, decoder, added tokens.
CASES = {
    "wordlevel": (WORDLEVEL, None, WHITE, None, None, []),
    "wordlevel_split": (WORDLEVEL, None, SPLIT, EOS, None, MASK),
    "wordlevel_lower": (WORDLEVEL, LOWER, WHITE, BOTH, None, PLAIN),
    "wordlevel_nfkc": (WORDLEVEL, NFKC, SCRIPTS, None, None, []),
    "wordlevel_delimiter": (WORDLEVEL, None, of("CharDelimiterSplit", delimiter=" "), BERT_POST, None, RIGHT),
    "wordlevel_digits": (WORDLEVEL, None, sequence("p", WHITE, of("Digits", individual_digits=True)), None, None, SINGLE),
    "wordlevel_strip": (WORDLEVEL, sequence("n", STRIP, LOWER, ACCENTS), WHITE, EOS, None, []),
    "wordlevel_regex": (WORDLEVEL, None, regex(r"\s+", "Removed"), EOS, None, []),
    "wordlevel_invert": (WORDLEVEL, None, regex(r"\w+|[^\w\s]+", "Removed", True), EOS, None, MASK),
    "wordlevel_contiguous": (WORDLEVEL, None, sequence("p", SPLIT, of("Punctuation", behavior="Contiguous")), EOS, None, []),
    "wordpiece_bert": (WORDPIECE, BERT, BERT_PRE, BERT_POST, WP_DECODER, MASK),
    "wordpiece_cased": (
        WORDPIECE, {**BERT, "lowercase": False, "strip_accents": False}, BERT_PRE, BOTH, WP_DECODER, []),
    "wordpiece_nfd": (WORDPIECE, sequence("n", NFD, LOWER, ACCENTS), BERT_PRE, BERT_POST, WP_DECODER, PLAIN),
    "wordpiece_white": (WORDPIECE, LOWER, WHITE, None, {**WP_DECODER, "cleanup": False}, []),
    "wordpiece_dirty": (
        WORDPIECE, {**BERT, "clean_text": False, "handle_chinese_chars": False}, BERT_PRE, EOS, WP_DECODER, RIGHT),
    "wordpiece_short": ({**WORDPIECE, "max_input_chars_per_word": 6}, BERT, BERT_PRE, EOS, WP_DECODER, []),
    "wordpiece_nmt": (WORDPIECE, sequence("n", NMT, NFKD, LOWER), WHITE, BOTH, WP_DECODER, SINGLE),
    "bpe": (BPE, None, WHITE, None, None, []),
    "bpe_nfc": (BPE, NFC, WHITE, EOS, None, MASK),
    "bpe_fuse_unk": ({**BPE, "fuse_unk": True}, None, WHITE, EOS, of("Fuse"), []),
    "bpe_no_unk": ({**BPE, "unk_token": None}, None, WHITE, BOS, None, []),
    "bpe_ignore_merges": ({**BPE, "ignore_merges": True}, LOWER, WHITE, BOTH, None, PLAIN),
    "bpe_removed": (BPE, None, of("Punctuation", behavior="Removed"), None, None, []),
    "bpe_isolated": (BPE, None, of("Punctuation", behavior="Isolated"), EOS, None, []),
    "bpe_previous": (BPE, None, of("Punctuation", behavior="MergedWithPrevious"), EOS, None, []),
    "bpe_next": (BPE, None, of("Punctuation", behavior="MergedWithNext"), EOS, None, RIGHT),
    "bpe_regex_isolated": (BPE, None, regex(r"\p{L}+", "Isolated"), EOS, None, []),
    "bpe_regex_previous": (BPE, None, regex(r"\s", "MergedWithPrevious"), EOS, None, []),
    "bpe_regex_next": (BPE, NFD, regex(r"\s", "MergedWithNext"), EOS, None, MASK),
    "bpe_regex_contiguous": (BPE, None, regex(r"\d", "Contiguous"), EOS, None, []),
    "bpe_string_split": (
        BPE, None, of("Split", pattern={"String": " "}, behavior="Isolated", invert=False), BOTH, None, SINGLE),
    "bpe_digits": (BPE, None, of("Digits", individual_digits=False), EOS, None, []),
    "bpe_none": (BPE, None, None, None, None, []),
    "bpe_suffix": (SUFFIX_BPE, LOWER, WHITE, BERT_POST, SUFFIX_DECODER, MASK),
    "bpe_suffix_nfkd": (SUFFIX_BPE, sequence("n", NFKD, ACCENTS), WHITE, None, SUFFIX_DECODER, PLAIN),
    "bpe_prefix": (PREFIX_BPE, None, WHITE, EOS, WP_DECODER, []),
    "bytes_gpt2": (BYTE_BPE, None, BYTES, TRIM_POST, BYTE_DECODER, []),
    "bytes_roberta": (BYTE_BPE, None, BYTES_SPACE, ROBERTA, BYTE_DECODER, MASK),
    "bytes_bart": (BYTE_BPE, None, BYTES, {**ROBERTA, "trim_offsets": False}, BYTE_DECODER, MASK),
    "bytes_llama3": (
        {**BYTE_BPE, "ignore_merges": True},
        None,
        sequence(
            "p",
            regex(
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
                "Isolated",
            ),
            {**BYTES, "use_regex": False},
        ),
        sequence("t", BYTE_POST, BOS),
        BYTE_DECODER,
        PLAIN,
    ),
    "bytes_digits": (
        BYTE_BPE, NFC, sequence("p", of("Digits", individual_digits=True), BYTES), BYTE_POST, BYTE_DECODER, RIGHT),
    "bytes_whole": (BYTE_BPE, None, {**BYTES, "use_regex": False}, EOS, BYTE_DECODER, SINGLE),
    "bytes_template": (BYTE_BPE, NFKC, BYTES, BOTH, BYTE_DECODER, []),
    "bytes_null_dropout": ({**BYTE_BPE, "dropout": None}, STRIP, BYTES, EOS, BYTE_DECODER, MASK),
    "llama_bpe": (
        {**with_bytes(META_BPE), "fuse_unk": True},
        sequence("n", of("Prepend", prepend="▁"), replace(" ", "▁")), None, BOS, LLAMA_DECODER, []),
    "llama_bpe_added": (
        with_bytes(META_BPE), sequence("n", of("Prepend", prepend="▁"), replace(" ", "▁")), None, BOTH,
        LLAMA_DECODER, PLAIN),
    "meta_bpe": (META_BPE, None, meta(), EOS, meta(), []),
    "meta_bpe_first": (META_BPE, None, meta("first"), EOS, meta("first"), MASK),
    "meta_bpe_never": (META_BPE, None, meta("never", False), None, meta("never"), RIGHT),
    "gemma_bpe": (
        with_bytes(META_BPE), replace(" ", "▁"),
        of("Split", pattern={"String": " "}, behavior="MergedWithPrevious", invert=False), BOS,
        sequence("d", replace("▁", " "), of("ByteFallback"), of("Fuse")), SINGLE),
    "unigram": (UNIGRAM, None, meta(), EOS, meta(), []),
    "unigram_t5": (
        UNIGRAM, of("Precompiled", precompiled_charsmap=charsmap()), sequence("p", SPLIT, meta()), EOS, meta(), MASK),
    "unigram_bytes": (with_bytes(UNIGRAM), None, meta(), EOS, LLAMA_DECODER, []),
    "unigram_albert": (
        UNIGRAM, sequence("n", replace("``", '"'), NFKD, ACCENTS, LOWER), meta(), BOTH, meta(), PLAIN),
    "unigram_nmt": (UNIGRAM, sequence("n", NMT, NFKC, replace(" {2,}", " ", True)), meta(), EOS, meta(), MASK),
    "unigram_first": (UNIGRAM, NFKC, meta("first"), None, meta("first"), RIGHT),
    "unigram_never": (UNIGRAM, NFC, meta("never"), ROBERTA, meta("never"), SINGLE),
    "unigram_whole": (UNIGRAM, None, meta("always", False), EOS, meta(), []),
    "unigram_strip": (
        with_bytes(UNIGRAM), sequence("n", STRIP, replace(" ", "▁")), None, EOS, LLAMA_DECODER, []),
    "unigram_scripts": (UNIGRAM, NFKC, sequence("p", SCRIPTS, meta()), EOS, meta(), []),
}


def result(tokenizer, text):
    encoding = tokenizer.encode(text)
    mask = encoding.special_tokens_mask
    leading = next((i for i, one in enumerate(mask) if one == 0), len(mask))
    trailing = next((i for i, one in enumerate(reversed(mask)) if one == 0), len(mask))
    return [
        encoding.ids,
        [place for offset in encoding.offsets for place in offset],
        [leading, min(trailing, len(mask) - leading)],
        tokenizer.decode(encoding.ids, skip_special_tokens=True),
    ]


def main():
    folder = HERE / "goldens"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    compact = dict(ensure_ascii=False, separators=(",", ":"))
    (HERE / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=True, indent=0) + "\n")
    for name, (model, normalizer, pre, post, decoder, more) in CASES.items():
        vocab = model["vocab"]
        known = {piece: i for i, (piece, _) in enumerate(vocab)} if isinstance(vocab, list) else vocab
        file = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": added([token(one) for one in SPECIAL] + more, known, len(vocab)),
            "normalizer": normalizer,
            "pre_tokenizer": pre,
            "post_processor": post,
            "decoder": decoder,
            "model": model,
        }
        tokenizer = Tokenizer.from_str(json.dumps(file))
        on = [result(tokenizer, text) for text in TEXTS]
        tokenizer.encode_special_tokens = True
        off = [result(tokenizer, text) for text in TEXTS]
        off = {str(i): two for i, (one, two) in enumerate(zip(on, off)) if one != two}
        golden = {"tokenizer": file, "on": on, "off": off}
        (folder / f"{name}.json").write_text(json.dumps(golden, **compact) + "\n", encoding="utf-8")
    print(len(CASES), "tokenizers,", len(TEXTS), "texts")


main()
