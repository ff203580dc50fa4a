/** The tables of models, and of their memory and time, on the first screen of a report. */
import type { SummarizedModel } from '../../document.ts';
import { lengthNotesOf } from '../../notes.ts';
import { secondsOf } from '../../time/time.ts';
import { duration } from '../duration.ts';
import { exact } from '../numbers.ts';
import type { Section } from '../section.ts';
import {
  type ModelColumn,
  modelRows,
  nameOf,
  plainColumn,
  quantityColumn,
  withValues,
} from './quantity_rows.ts';

const COSTS: readonly ModelColumn[] = [
  quantityColumn('selfAttention', 'self-attention'),
  quantityColumn('crossAttention', 'cross-attention'),
  quantityColumn('encoderMacs', 'encoder'),
  quantityColumn('decoderMacs', 'decoder'),
  quantityColumn('macs', 'all'),
  quantityColumn('parameters', 'parameters'),
];

const lengthOf = ({ report }: SummarizedModel): string => exact(report.lengths.length);
const targetOf = ({ report: { spec, lengths } }: SummarizedModel): string =>
  spec.decoder ? exact(lengths.target) : '–';

/** The text that all models share, or null. */
function shared(models: readonly SummarizedModel[], of: (model: SummarizedModel) => string): string | null {
  const [first] = models;
  return first && models.every((model) => of(model) === of(first)) ? of(first) : null;
}

/** `documents of 8,192 tokens, outputs of 512, 8 at once`. Lengths that differ between the models are columns. */
export function lengthsText(models: readonly SummarizedModel[]): string {
  const [length, target] = [shared(models, lengthOf), shared(models, targetOf)];
  const batch = models[0]?.report.lengths.batch ?? 1;
  return [
    length === null ? 'documents of n tokens' : `documents of ${length} tokens`,
    ...(target === null ? ['outputs of t'] : target === '–' ? [] : [`outputs of ${target}`]),
    ...(batch > 1 ? [`${exact(batch)} at once`] : []),
  ].join(', ');
}

export function modelsTable(models: readonly SummarizedModel[]): Section {
  const columns = withValues(
    [
      ...(shared(models, lengthOf) === null ? [plainColumn('n', lengthOf)] : []),
      ...(shared(models, targetOf) === null ? [plainColumn('t', targetOf)] : []),
      ...COSTS,
    ],
    models,
  );
  return {
    title: 'Models: multiplications, and parameters',
    head: ['model', ...columns.map(({ head }) => head)],
    ...modelRows(models, columns),
    right: columns.map((_, i) => i + 1),
    notes: models.flatMap(({ report }) =>
      lengthNotesOf(report).map((note) => (models.length > 1 ? `${nameOf(report)}: ${note}` : note)),
    ),
  };
}

const MEMORY: readonly ModelColumn[] = [
  plainColumn('entry', ({ report }) => report.memory.entry),
  quantityColumn('weightBytes', 'weights'),
  quantityColumn('peakActivationBytes', 'activations'),
  quantityColumn('peakMemoryBytes', 'both'),
  quantityColumn('kvCacheBytes', 'keys and values'),
];

/** The time of one run on each device, from the first model's list of devices. */
function timeColumns(models: readonly SummarizedModel[]): readonly ModelColumn[] {
  const secondsIn = ({ predicted }: SummarizedModel, i: number): number => secondsOf(predicted![i]!.total);
  const other = models.find(({ ratios }) => !ratios);
  return (models[0]?.predicted ?? []).map(({ machine }, i) => ({
    head: machine.name,
    cell: (model) => duration(secondsIn(model, i)),
    ratio: (model) => (other ? `${(secondsIn(other, i) / secondsIn(model, i)).toPrecision(3)}×` : ''),
  }));
}

const MEMORY_NOTE =
  'Activations are the most memory that ONNX Runtime uses at once for values, in a run of the entry on a CPU; keys and values are what the search keeps in them.';

export function memoryTable(models: readonly SummarizedModel[]): Section {
  const times = timeColumns(models);
  const precision = models[0]?.predicted?.[0]?.precision;
  const columns = withValues([...MEMORY, ...times], models);
  return {
    title: precision ? `Memory in float32, and predicted time of a run in ${precision}` : 'Memory in float32',
    head: ['model', ...columns.map(({ head }) => head)],
    ...modelRows(models, columns),
    right: columns.flatMap(({ head }, i) => (head === 'entry' ? [] : [i + 1])),
    notes: [MEMORY_NOTE],
  };
}
