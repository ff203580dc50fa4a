/** A report for programs: `benben.report/1`. */
import type { ReportDocument } from '../document.ts';
import { reportJson } from '../report_json.ts';

export const render = (document: ReportDocument): string =>
  `${JSON.stringify(reportJson(document), null, 2)}\n`;
