/** Models of one name in different files, told apart by their file. */
import type { ReportedModel } from '../document.ts';

export function distinct(models: readonly ReportedModel[]): readonly ReportedModel[] {
  const times = (name: string): number => models.filter(({ report }) => report.name === name).length;
  return models.map((each) => {
    const { name } = each.report;
    if (times(name) === 1) return each;
    const file = each.source.path.split(/[\\/]/).at(-1);
    return { ...each, report: { ...each.report, name: `${name} (${file})` } };
  });
}
