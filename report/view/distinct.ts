/** Adds the file to the names of models that have the same name in different files. */
import type { SummarizedModel } from '../document.ts';

export function distinct<M extends SummarizedModel>(models: readonly M[]): readonly M[] {
  const times = (name: string): number => models.filter(({ report }) => report.name === name).length;
  return models.map((each) => {
    const { name } = each.report;
    if (times(name) === 1) return each;
    const file = each.source.path.split(/[\\/]/).at(-1);
    return { ...each, report: { ...each.report, name: `${name} (${file})` } };
  });
}
