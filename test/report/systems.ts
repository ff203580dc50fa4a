/**
 * Every row of the paper's tables that the language can express (SYSTEMS.md 4.2), as a text in the language next to the
 * numbers of the reference. Rows 9 to 14 (LSH, Efficient) and 18 to 20 (Funnel) have attentions and
 * poolings that the language does not have.
 */
import { KINDS } from '../../compiler/model/kinds/index.ts';
import { analyze } from '../../dsl/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';

export interface SystemRow {
  readonly row: string;
  readonly schedule: string;
  readonly attention: string;
  readonly pool?: string;
  readonly deep?: true;
  /** The rows that all layers attend over. */
  readonly sum: number;
  readonly c: number;
  /** The multiplications in QKᵀ and PV of the encoder. */
  readonly self: bigint;
  /** The multiplications in QKᵀ and PV of cross-attention in one decoder layer, for 512 words. */
  readonly cross: bigint;
  /** The formula of self-attention in Table 1. */
  readonly table1: string;
}

const row = (
  name: string,
  schedule: string,
  attention: string,
  sum: number,
  c: number,
  self: bigint,
  cross: bigint,
  table1: string,
  more: Partial<SystemRow> = {},
): SystemRow => ({ row: name, schedule, attention, sum, c, self, cross, table1, ...more });

const HARD = { pool: 'hard_topk' } as const;
const [FULL, BLOCK, SMALL] = ['full', 'block(512)', 'block(128)'];
const [LNN, LMN, CMN] = ['l × n × n × d', 'l × m × n × d', 'c × m × n × d'];

export const ROWS: readonly SystemRow[] = [
  row('1 Vanilla', '512 x 2', FULL, 1_024, 2, 536_870_912n, 268_435_456n, LNN),
  row('2 Vanilla', '2k x 2', FULL, 4_096, 2, 8_589_934_592n, 1_073_741_824n, LNN),
  row('3 Vanilla', '8k x 2', FULL, 16_384, 2, 137_438_953_472n, 4_294_967_296n, LNN),
  row('4 Blockwise', '2k x 2', BLOCK, 4_096, 2, 2_147_483_648n, 1_073_741_824n, LMN),
  row('5 Blockwise', '8k x 2', BLOCK, 16_384, 2, 8_589_934_592n, 4_294_967_296n, LMN),
  row('6 Transpooler', '2k, 2k -> 512', BLOCK, 4_096, 2, 2_147_483_648n, 268_435_456n, LMN),
  row('7 Transpooler', '8k, 8k -> 512', BLOCK, 16_384, 2, 8_589_934_592n, 268_435_456n, LMN),
  row('8 Transpooler', '8k, 8k -> 2k', BLOCK, 16_384, 2, 8_589_934_592n, 1_073_741_824n, LMN),
  row('15 PoWER', '2k, 1k -> 512', BLOCK, 3_072, 1.5, 1_610_612_736n, 268_435_456n, CMN, HARD),
  row('16 PoWER', '8k, 2k -> 512', BLOCK, 10_240, 1.25, 5_368_709_120n, 268_435_456n, CMN, HARD),
  row('17 PoWER', '8k, 4k -> 2k', BLOCK, 12_288, 1.5, 6_442_450_944n, 1_073_741_824n, CMN, HARD),
  row('21 Pyramidion', '8k, 2k -> 512', BLOCK, 10_240, 1.25, 5_368_709_120n, 268_435_456n, CMN),
  row('22 Pyramidion', '8k, 8k, 2k -> 512', BLOCK, 18_432, 2.25, 9_663_676_416n, 268_435_456n, CMN),
  row('23 Pyramidion', '8k, 8k, 2k, 512 -> 128', BLOCK, 18_944, 2.3125, 9_932_111_872n, 67_108_864n, CMN),
  row('24 Pyramidion', '8k, 8k, 4k -> 2k', BLOCK, 20_480, 2.5, 10_737_418_240n, 1_073_741_824n, CMN),
  row('26 Transpooler', '8k x 3 -> 2k', BLOCK, 24_576, 3, 12_884_901_888n, 1_073_741_824n, LMN),
  row('27 Blockwise', '2k x 2', SMALL, 4_096, 2, 536_870_912n, 1_073_741_824n, LMN),
  row('30 Transpooler', '2k x 2 -> 512', SMALL, 4_096, 2, 536_870_912n, 268_435_456n, LMN),
  row('32 Transpooler', '2k x 2 -> 512', FULL, 4_096, 2, 8_589_934_592n, 268_435_456n, LNN),
  row('T3a deep Blockwise', '8k x 6', BLOCK, 49_152, 6, 38_654_705_664n, 6_442_450_944n, LMN, {
    deep: true,
  }),
  row(
    'T3b DeepPyramidion',
    '8k, 8k, 2k, 512 x 3 -> 512',
    BLOCK,
    19_968,
    2.4375,
    15_703_474_176n,
    402_653_184n,
    CMN,
    { deep: true },
  ),
];

/** The models of a text without mistakes. */
export function modelsIn(text: string): readonly ModelSpec[] {
  const { value, diagnostics } = analyze({ path: 'test.ben', text }, KINDS);
  if (!value) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return value.models;
}

export function specOf({ schedule, attention, pool, deep }: Omit<SystemRow, 'row'>): ModelSpec {
  const [width, ffn, layers] = deep ? [768, 3072, 6] : [512, 2048, 2];
  return modelsIn(`model Row {
  vocabulary 32_000
  width ${width}
  heads 8
  ffn ${ffn}
  encoder {
    attention ${attention}
    schedule ${schedule}
    pool ${pool ?? 'soft_topk'}
  }
  decoder { layers ${layers}; target 512 }
}`)[0]!;
}

export const rowNamed = (start: string): SystemRow => ROWS.find((one) => one.row.startsWith(`${start} `))!;
