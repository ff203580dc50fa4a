/**
 * The fields that users of other tools write, and what to write in this language. The table is data only;
 * `other_fields.ts` looks words up. Case, `_` and `-` do not matter, so `numlayers` also stands for `num_layers`.
 */
import type { Scope } from './fields.ts';

export interface FieldSynonym {
  readonly words: string;
  /** The blocks in which the row applies. Default: every block. */
  readonly in?: readonly Scope[];
  /** Whether the row applies only if a block follows the word. */
  readonly block?: true;
  /**
   * What to write, with a place for the author's value: in `width <768>` the number 768 is an example, which the author's
   * number replaces. Absent if the language has nothing similar.
   */
  readonly write?: string;
  /** The block that the field belongs to; absent if it is the same block. */
  readonly home?: Scope;
  /** A clause that says why. */
  readonly because?: string;
}

const FROM_SCHEDULE = 'an encoder has one layer for each length of its `schedule`';
const OF_RUN = (option: string) => `it is not part of a model, but an option of the command: \`${option}\``;
const NOT_HERE = 'a `.ben` file describes a model, not how it is trained';

/** The first row that has the word and applies in the block is used. */
export const FIELD_SYNONYMS: readonly FieldSynonym[] = [
  { words: 'layers', in: ['encoder'], block: true, write: 'layer <3> { … }' },
  {
    words: 'hiddensize hiddendim hidden dmodel dim embeddim embeddingdim embeddingsize nembd modeldim units',
    write: 'width <768>',
    home: 'model',
  },
  {
    words: 'numattentionheads numheads nheads nhead numberofheads attentionheads encoderattentionheads',
    write: 'heads <8>',
    home: 'model',
  },
  { words: 'decoderattentionheads', write: 'heads <8>', home: 'model' },
  {
    words: 'vocabsize vocab nvocab numtokens vocabularysize numembeddings',
    write: 'vocabulary <32_000>',
    home: 'model',
  },
  {
    words:
      'intermediatesize dimfeedforward dff ffndim encoderffndim decoderffndim ninner feedforward mlp mlpdim',
    write: 'ffn <3072>',
    home: 'model',
  },
  {
    words: 'mlpratio ffnratio expansion',
    write: 'ffn 3072',
    home: 'model',
    because: 'the inner width is a number of its own, not a ratio',
  },
  {
    words: 'activation act hiddenact activationfunction actfn nonlinearity relu gelu',
    write: 'ffn <relu>',
    home: 'model',
    because: 'the activation follows the inner width of `ffn`, which may be left out',
  },
  {
    words:
      'hiddendropout hiddendropoutprob dropoutrate dropoutprob attentiondropout attentionprobsdropoutprob',
    write: 'dropout <0.1>',
    home: 'model',
  },
  { words: 'p residdropout embddropout pdrop activationdropout', write: 'dropout <0.1>', home: 'model' },
  {
    words: 'normfirst prenorm preln',
    write: 'norm pre',
    home: 'model',
    because: 'without this field, norms are after each sub-layer',
  },
  { words: 'postnorm postln layernorm rmsnorm normalization', write: 'norm post', home: 'model' },
  {
    words: 'layernormeps layernormepsilon rmsnormeps eps epsilon',
    because: 'the epsilon of the norms is always 1e-5, so leave this field out',
  },
  {
    words:
      'tiewordembeddings tieweights tied tieembeddings shareembeddings shareallembeddings sharedembeddings',
    write: 'share embeddings',
    home: 'model',
    because: '`share none` keeps the matrices apart',
  },
  {
    words: 'maxpositionembeddings maxseqlen maxseqlength seqlen sequencelength contextlength nctx npositions',
    in: ['model', 'encoder', 'layer'],
    write: 'schedule <8k> x 2',
    home: 'encoder',
    because: 'the first length of `schedule` is the longest document',
  },
  {
    words: 'maxlength maxlen length lengths maxsourcelength inputlength context maxinputlength window len',
    in: ['encoder', 'layer'],
    write: 'schedule <8k> x 2',
    home: 'encoder',
    because: 'the first length of `schedule` is the longest document',
  },
  {
    words:
      'maxlength maxlen maxnewtokens maxtargetlength maxtokens maxpositionembeddings outputlength length seqlen',
    write: 'target <512>',
    home: 'decoder',
    because: 'it is the longest output',
  },
  {
    words: 'layers numlayers nlayers nlayer numhiddenlayers depth numblocks',
    in: ['model'],
    write: 'decoder { layers <6> }',
    because: `${FROM_SCHEDULE}, as in \`encoder { schedule 8k x 6 }\``,
  },
  { words: 'decoderlayers numdecoderlayers declayers', write: 'layers <6>', home: 'decoder' },
  {
    words:
      'layers numlayers nlayers nlayer numhiddenlayers depth numblocks encoderlayers numencoderlayers enclayers',
    in: ['model', 'encoder', 'layer'],
    write: 'schedule 8k x <6>',
    home: 'encoder',
    because: FROM_SCHEDULE,
  },
  { words: 'numlayers nlayers nlayer numhiddenlayers depth numblocks', write: 'layers <6>', home: 'decoder' },
  {
    words: 'memory memorylength memorysize numslots slots latents keep topk k',
    write: 'schedule 8k x 2 -> <512>',
    home: 'encoder',
    because: 'the number after `->` is the length of the memory',
  },
  {
    words: 'block blocksize window windowsize attentionwindow chunksize localattention slidingwindow',
    write: 'attention block(<512>)',
    home: 'encoder',
  },
  {
    words: 'attn attentiontype attentionkind attnimplementation selfattention attentionmode encoderattention',
    in: ['model', 'encoder', 'layer'],
    write: 'attention full',
    home: 'encoder',
  },
  {
    words: 'attn selfattention decoderattention causalattention causal',
    write: 'attention full',
    home: 'decoder',
    because: 'the attention of a decoder is always causal',
  },
  {
    words:
      'crossattn encoderattention encoderdecoderattention encdecattention memoryattention addcrossattention',
    write: 'cross_attention full',
    home: 'decoder',
  },
  { words: 'cross', write: 'cross_attention full', home: 'decoder' },
  {
    words: 'pooling pooler poolingtype poolingmode softtopk hardtopk',
    write: 'pool soft_topk by linear',
    home: 'encoder',
  },
  {
    words: 'scorer score by scoring router gate',
    write: 'pool soft_topk by linear',
    home: 'encoder',
    because: 'the scorer follows the pooling, after `by`',
  },
  {
    words:
      'position pos positionalencoding positionembeddings positionembeddingtype posembed positionencoding',
    write: 'positions sinusoidal',
    home: 'encoder',
  },
  {
    words: 'rotary rope alibi ropetheta ropescaling relativepositions userotary learnedpositions',
    write: 'positions sinusoidal',
    home: 'encoder',
    because: 'the kind of positions follows the field `positions`',
  },
  {
    words: 'headdim dk dhead headsize',
    because: 'each head has `width` divided by `heads` numbers, so leave this field out',
  },
  {
    words: 'numkeyvalueheads kvheads nkvheads numkvheads',
    because: 'every head has its own keys and values, so leave this field out',
  },
  {
    words: 'bias usebias attentionbias mlpbias',
    because: 'all projections have a bias, so leave this field out',
  },
  {
    words: 'padtokenid bostokenid eostokenid unktokenid pad bos eos decoderstarttokenid specialtokens',
    because: 'ids 0 to 3 are the start, padding, the end and unknown tokens, or those of the tokenizer',
  },
  {
    words: 'numlabels classes numclasses labels idtolabel',
    because: 'a model without a decoder returns its memory, and a classifier is another program',
  },
  { words: 'beam beams numbeams beamsize', because: OF_RUN('benben run --beam 4') },
  { words: 'norepeatngramsize norepeatngram', because: OF_RUN('benben run --no-repeat-ngram 3') },
  {
    words: 'dtype torchdtype precision quantization fp16 int8 quantize',
    because: OF_RUN('benben compile --precision fp16'),
  },
  { words: 'seed randomseed', because: OF_RUN('benben compile --seed 0') },
  { words: 'device gpu cuda', because: OF_RUN('benben run --device auto') },
  { words: 'tokenizer tokenizerclass', because: OF_RUN('benben run --tokenizer tokenizer.json') },
  { words: 'weights checkpoint pretrained', because: OF_RUN('benben run --weights model.safetensors') },
  { words: 'batch batchsize', because: 'every batch size works, and no field sets it' },
  {
    words:
      'learningrate lr epochs optimizer weightdecay warmup warmupsteps loss steps labelsmoothing scheduler',
    because: NOT_HERE,
  },
  {
    words:
      'initializerrange initstd modeltype architectures transformersversion usecache isencoderdecoder name',
    because: 'the language has no such setting, so leave this field out',
  },
  {
    words: 'extend extends inherit inherits parent base from super',
    because: 'the model to extend follows the name of the model: `model NAME extends OTHER { … }`',
  },
  {
    words: 'let const var int float number set def self return val',
    because: 'a field is a name and a value, without a word before them: `width 768`',
  },
  {
    words: 'import include require use',
    because: 'a file cannot import another: write all models into one file',
  },
  {
    words: 'embedding embeddings config model settings transformer architecture',
    in: ['model'],
    because: 'write the fields directly into the model: `model NAME { width 768 }`',
  },
  {
    words: 'check checks budget budgets assert',
    because: 'a check stands beside the model: `check NAME { parameters <= 125M }`',
  },
];
