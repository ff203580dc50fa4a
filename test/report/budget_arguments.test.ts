/** Layers, break-even and predicted times in `check` blocks, with messages for arguments that a model lacks. */
import { describe, expect, test } from 'vitest';
import { checked } from '../dsl/kinds.ts';
import { check, codes, MODELS } from './budget_models.ts';

describe('arguments that a model lacks', () => {
  test('are marked, and not the whole quantity', () => {
    const at = (budget: string): string => {
      const text = check(budget);
      const { span } = checked(text)[0]!.labels[0]!;
      return text.slice(span.start, span.end);
    };
    expect(at('macs(batch: 2, side: encoder, layer: 4) <= 1')).toBe('layer: 4');
    expect(at('E.macs(layer: 2, side: encoder) <= 1')).toBe('layer: 2');
    expect(at('macs(batch: 2, length: 65) <= 1')).toBe('length: 65');
    expect(at('E.macs(batch: 2, target: 5) <= 1')).toBe('target: 5');
  });

  test('include a target of a model without a decoder', () => {
    const { message, help } = checked(check('E.kv_cache(target: 5) >= 0'))[0]!;
    expect(`${message} | ${help}`).toBe(
      'E has no `target`, because it has no decoder | remove the argument, or measure a model with a decoder',
    );
    expect(codes(`${MODELS}model N extends A { decoder none }\ncheck N { macs(target: 8) > 0 }`)).toEqual([
      'D217',
    ]);
  });

  test('do not include a side for a layer of a model without a decoder', () => {
    expect(codes(check('E.ffn(layer: 1) == E.ffn'))).toEqual([]);
    const none = `${MODELS}model N extends A { decoder none }\n`;
    expect(
      codes(`${none}check N {\n  ffn(layer: 2) == ffn(side: encoder, layer: 2)\n  ffn(layer: 2) < ffn\n}`),
    ).toEqual([]);
    expect(codes(`${none}check A { N.macs(layer: 3) == macs(side: encoder, layer: 3) }`)).toEqual([]);
    expect(codes(`${none}check N { ffn(layer: 4) > 0 }`)).toEqual(['D208']);
    const { message } = checked(`${none}check N { A.ffn(layer: 2) > 0 }`)[0]!;
    expect(message).toBe('`ffn` needs a `side` with its `layer`, because both sides of A have layers');
    const [both] = checked(check('ffn(side: both, layer: 1) <= 1'));
    expect(both!.message).toBe('`layer` needs one side, but `side: both` selects a layer of each side of A');
  });

  test('a word without a name is the value of the argument that accepts this word', () => {
    const budgets = [
      'weight_bytes(int8) == weight_bytes(precision: int8)',
      'parameters(ffn) == parameters(group: ffn)',
      'macs(encoder) == encoder_macs',
      'peak_memory(fp16, batch: 2) == peak_memory(batch: 2, precision: fp16)',
    ];
    expect(codes(check(...budgets))).toEqual([]);
  });

  test('include a layer, and the message says how many layers the side has', () => {
    const messageOf = (budget: string): string =>
      checked(check(budget)).map((d) => `${d.message} | ${d.help}`)[0]!;
    expect(messageOf('self_attention(layer: 4) <= 1')).toBe(
      'there is no layer 4: A has 3 encoder layers | layers are numbered from 1 to 3',
    );
    expect(messageOf('E.ffn(side: encoder, layer: 2) <= 1')).toBe(
      'there is no layer 2: E has 1 encoder layer | the only layer is 1',
    );
    expect(messageOf('E.cross_attention(layer: 1) <= 1')).toBe(
      'there is no layer 1: E has no decoder | measure a model with a decoder, or remove the budget',
    );
  });
});

describe('a break-even', () => {
  // A query that sees n keys costs 2·n·d multiplications in attention and 4·d² + 2·d·f = 4·8² + 2·8·32 elsewhere, so
  // attention costs more from 49 keys on.
  const full = `${MODELS}model F extends A { encoder { attention full; schedule 64 x 2 -> 8 } }\n`;

  test('is the length from which on attention is more work than projections and feed-forward together', () => {
    expect(codes(`${full}check F { break_even == 2 * 8 + 32 + 1 }`)).toEqual([]);
    const rest = (n: number) => `projections(length: ${n}, side: encoder) + ffn(length: ${n}, side: encoder)`;
    const around = `self_attention(length: 48) == ${rest(48)}\n  self_attention(length: 49) > ${rest(49)}`;
    expect(codes(`${full}check F {\n  ${around}\n}`)).toEqual([]);
    const { message, help } = checked(`${full}check F { break_even > 8k }`)[0]!;
    expect(message).toBe('`break_even > 8k` does not hold for F: 49 is less than 8_192, by 8_143 (99.4 %)');
    expect(help).toBe('change the model or the budget');
  });

  test('is reported if it does not exist', () => {
    const { message } = checked(check('F.break_even / break_even > 0').replace(MODELS, full))[0]!;
    expect(message).toMatch(/^A has no `break_even`, because its attention costs at most as much as/);
  });
});

describe('a time', () => {
  const messageOf = (budget: string): string => {
    const { message, help } = checked(check(budget))[0]!;
    return `${message} | ${help}`;
  };

  test('has exact units', () => {
    const budgets = [
      '1s == 1_000ms',
      '1ms == 1_000us',
      '0.1s + 0.2s == 300ms',
      '1us == 0.000001s',
      '2s / 1ms == 2_000',
    ];
    expect(codes(check(...budgets))).toEqual([]);
  });

  test('is shown in a suitable unit', () => {
    expect(messageOf('2.5s <= 1s')).toContain('2.5 s is more than 1 s, by 1.5 s (150 %)');
    expect(messageOf('2.5ms <= 1us')).toContain('2.5 ms is more than 1 us, by ≈ 2.5 ms');
    expect(messageOf('1us <= 0.25us')).toContain('1 us is more than 0.25 us, by 0.75 us (300 %)');
    expect(messageOf('1us <= 0s')).toContain('1 us is more than 0 s, by 1 us');
    // A quotient of two times has no unit.
    expect(messageOf('macs / 1s <= 1 / 1s')).toContain('is more than 1, by');
  });

  test('is the sum of the times of layers and words', () => {
    expect(messageOf('E.predicted_time(h100) <= 0s')).toMatch(
      /most of it: E’s encoder outside its layers, predicted time, .* us/,
    );
    expect(messageOf('predicted_time(h100) <= 0s')).toMatch(
      /the largest part: decoder outside its layers, predicted time, .* to make it smaller: a shorter `target`/,
    );
  });

  test('is split by layer on both sides', () => {
    const deep = (layers: number, target: number) =>
      `model A { encoder { schedule 512 x 8 } decoder { layers ${layers}; target ${target} } }\n` +
      'check A { predicted_time(t4) <= 1us }';
    // Two words in one decoder layer take a fifth of the time; the eight encoder layers take nearly all of the rest.
    expect(checked(deep(1, 2))[0]!.help).toMatch(
      /^most of it: encoder layers 2 to 8, predicted time, .* us each \(66.1 % together\)/,
    );
    expect(checked(deep(6, 64))[0]!.help).toMatch(/^most of it: decoder layers 1 to 6, /);
    expect(checked(deep(1, 64))[0]!.help).toMatch(/^most of it: decoder outside its layers, /);
  });

  test('is longer for more documents, tokens and words', () => {
    const budgets = [
      ...[
        'predicted_time(h100, batch: 64) > predicted_time(h100)',
        'predicted_time(t4) > predicted_time(h200)',
      ],
      ...[
        'predicted_time(h100, target: 8) < predicted_time(h100)',
        'E.predicted_time(l4) < predicted_time(l4)',
      ],
      'macs / predicted_time(h100) <= 500_000G / 1s',
    ];
    expect(checked(check(...budgets)).map(({ message }) => message)).toEqual([]);
  });
});
