/**
 * The names that users of other tools write for kinds, quantities, arguments and units, and the names of this language.
 * field_synonyms.ts has the names of fields. `suggest.ts` looks words up. Case, `_` and `-` do not matter.
 */

/** The place in which a word is looked up. The same word may mean something else in another place. */
export type SynonymPlace =
  | 'attention'
  | 'pool'
  | 'scorer'
  | 'positions'
  | 'norm'
  | 'head'
  | 'word'
  | 'quantity'
  | 'argument'
  | 'unit'
  | 'item';

export interface Synonym {
  /** The words that people write, separated by spaces. */
  readonly words: string;
  /** Names with the same meaning, best first. Some may not exist yet; the names that exist are suggested. */
  readonly means?: string;
  /** The most similar name, which is suggested if none with the same meaning exists. */
  readonly nearest?: string;
  /** A clause that says what differs: how `nearest` differs, or if there is none, what the author must know. */
  readonly because?: string;
}

const BY_SCHEDULE = 'the lengths of `schedule` say how many representations remain';
const BY_COSTS = 'a budget limits what a model costs, not how good its results are';
const FLOPS = 'a multiplication with its addition counts once, so FLOPs are twice as many';
const GPUS_ONLY = 'the predicted devices are GPUs, such as `h100`; `benben bench` measures this machine';

export const SYNONYMS: Readonly<Record<SynonymPlace, readonly Synonym[]>> = {
  attention: [
    {
      words: 'dense vanilla standard normal quadratic self multihead softmax global flash sdpa causal',
      means: 'full',
    },
    { words: 'blockwise blocked chunked chunk blocksparse', means: 'block', nearest: 'full' },
    {
      words: 'window local sliding slidingwindow windowed banded longformer bigbird sparse',
      means: 'window local',
      nearest: 'block',
      because: 'each representation attends to those of its own block',
    },
  ],
  pool: [
    { words: 'soft successivehalving topkpooling', means: 'soft_topk' },
    { words: 'topk top hard topktokens', means: 'hard_topk soft_topk' },
    {
      words: 'mean avg average meanpool averagepool weighted max maxpool sum',
      means: 'mean',
      nearest: 'soft_topk',
      because: 'it replaces representations by weighted means of two',
    },
    {
      words: 'cls first last token attention',
      means: 'first',
      nearest: 'hard_topk',
      because: 'it keeps the representations with the highest scores',
    },
    {
      words: 'none off false null no identity',
      because:
        'to pool nowhere, leave `pool` out and let the lengths of `schedule` be equal, as in `schedule 8k x 6`',
    },
  ],
  scorer: [
    { words: 'lin', means: 'linear' },
    {
      words: 'mlp attention received random norm l2 projection weight logistic dense',
      means: 'mlp attention',
      nearest: 'linear',
      because: 'it learns one vector that scores each representation',
    },
  ],
  positions: [
    {
      words: 'learned learnable trainable absolute embedding embeddings',
      means: 'learned',
      nearest: 'sinusoidal',
      because: 'its sines and cosines are fixed, not learned',
    },
    {
      words: 'rotary rope rotaryembedding alibi relative t5 bias',
      means: 'rotary',
      nearest: 'sinusoidal',
      because: 'its sines and cosines are added to the embeddings',
    },
    { words: 'sin sine sines cosine sincos fixed fourier default true yes on', means: 'sinusoidal' },
    { words: 'nope false null no off zero', means: 'none' },
  ],
  norm: [
    { words: 'layernorm ln', means: 'layer' },
    {
      words: 'rms rmsnorm batch batchnorm',
      means: 'rms',
      nearest: 'layer',
      because: 'it also subtracts the mean of each row',
    },
  ],
  head: [
    { words: 'lm language languagemodel generation seq2seq causallm vocab logits', means: 'vocabulary' },
    {
      words: 'classification classifier cls regression ner pooler none',
      means: 'classification',
      because: 'a model without a decoder returns its memory, which another program can classify',
    },
  ],
  word: [
    { words: 'true yes all tied tie shared on', means: 'embeddings' },
    { words: 'false no off null untied', means: 'none' },
    { words: 'before first prenorm preln', means: 'pre' },
    { words: 'after last postnorm postln', means: 'post' },
    {
      words: 'layernorm ln rmsnorm rms',
      because:
        'the word says where the norm is: `norm post` or `norm pre`; its kind may follow, as in `norm post layer`',
    },
    {
      words: 'silu swish gelunew geluapprox gelutanh quickgelu swiglu geglu glu mish elu',
      means: 'silu',
      nearest: 'gelu',
      because: 'it is the smooth activation that exists',
    },
    { words: 'leakyrelu relu6 squaredrelu relu2', nearest: 'relu', because: 'it is max(x, 0)' },
    { words: 'float16 half f16', means: 'fp16' },
    {
      words: 'bf16 bfloat16 fp8 float8 e4m3',
      means: 'bf16',
      nearest: 'fp16',
      because: '`fp16` has 2 bytes for each weight, and `int8` has one',
    },
    { words: 'float32 f32 full single float', means: 'fp32' },
    { words: 'int8dynamic q8 8bit w8a8', means: 'int8' },
    { words: 'q4 4bit nf4 awq gptq w4', means: 'int4' },
    { words: 'gpu cuda nvidia', means: 'h100 a100 l4' },
    { words: 'cpu local tpu mps', because: GPUS_ONLY },
    { words: 'rank sorted best descending', means: 'score' },
    { words: 'document original keep source none', means: 'position' },
    { words: 'random neighbours adjacent next', nearest: 'shifted', because: 'it pairs by rank' },
    { words: 'enc', means: 'encoder' },
    { words: 'dec', means: 'decoder' },
    { words: 'total everything', means: 'all both' },
  ],
  quantity: [
    { words: 'params numparams nparams paramcount modelparams totalparams', means: 'parameters' },
    { words: 'weights numweights', means: 'parameters weight_bytes' },
    { words: 'size modelsize disk filesize bytes download storage', means: 'weight_bytes' },
    { words: 'memory mem ram vram gpumemory maxmemory', means: 'peak_memory training_memory' },
    { words: 'activation activations activationmemory', means: 'peak_activations training_activations' },
    {
      words: 'flops flop gflops tflops ops operations compute',
      means: 'macs compiled_macs',
      because: FLOPS,
    },
    { words: 'mac mults muls multiplications multadds gmacs cost total complexity', means: 'macs' },
    {
      words: 'latency time runtime speed duration delay seconds ms inferencetime walltime',
      means: 'predicted_time',
      because: 'it needs a device, as in `predicted_time(h100)`',
    },
    {
      words: 'throughput tokenspersecond tps qps fps',
      means: 'predicted_time',
      because: 'a budget limits the time of one run, as in `predicted_time(h100, batch: 8)`',
    },
    { words: 'kv cache cachesize', means: 'kv_cache' },
    { words: 'bandwidth traffic memorytraffic io reads writes', means: 'bytes_read bytes_written' },
    { words: 'gradients grads gradient', means: 'gradient_bytes' },
    { words: 'optimizer adam optimizerstate', means: 'optimizer_bytes' },
    {
      words: 'accuracy acc rouge bleu f1 loss error perplexity ppl quality',
      because: BY_COSTS,
    },
    {
      words:
        'layers numlayers depth width hiddensize heads schedule length vocabulary target dropout memorylength',
      because:
        'a field of the model needs no budget; a budget limits what a model costs, such as `parameters`',
    },
  ],
  argument: [
    { words: 'batchsize bs n documents', means: 'batch' },
    {
      words: 'seqlen len sequencelength tokens input inputlength maxlength doclength context',
      means: 'length',
    },
    { words: 'maxnewtokens output outputlength outlen newtokens', means: 'target' },
    { words: 'dtype type quantization bits', means: 'precision' },
    { words: 'gpu on machine hardware accelerator', means: 'device' },
    { words: 'blocksize block window windowsize chunk chunksize width', means: 'size' },
    { words: 'temperature temp tau beta sharpness', means: 'base' },
    { words: 'sort sortby ordering', means: 'order' },
    { words: 'pairing match', means: 'pair' },
    { words: 'k keep topk ratio num out', because: BY_SCHEDULE },
    { words: 'part of kind', means: 'group side' },
  ],
  unit: [
    { words: 'k ki thousand', means: 'k' },
    { words: 'kb kib kilobyte kilobytes', means: 'KB' },
    { words: 'm mm mio million mn', means: 'M' },
    { words: 'mb mib megabyte megabytes', means: 'MB' },
    { words: 'b bn bio billion', means: 'G' },
    { words: 'gb gib gigabyte gigabytes', means: 'GB' },
    { words: 'tn trillion', means: 'T' },
    { words: 'tb tib', means: 'TB' },
    { words: 'sec secs second seconds', means: 's' },
    { words: 'msec msecs millis milliseconds', means: 'ms' },
    { words: 'usec micros µs', means: 'us' },
    { words: 'min mins minute minutes h hour hours', means: 's', because: 'a minute is `60s`' },
  ],
  item: [
    { words: 'class network net nn config transformer architecture arch module', means: 'model' },
    { words: 'struct type object def function component backbone seq2seq', means: 'model' },
    { words: 'export const let var public', means: 'model' },
    {
      words: 'assert budget budgets test tests limit limits require constraint constraints expect ensure',
      means: 'check',
    },
    {
      words: 'import include from use using',
      because: 'a file cannot import another: write all models into one file',
    },
    { words: 'end fi done', because: 'a block ends with `}`' },
  ],
};
