/** A report for browsers: one file. */
import type { ReportDocument } from '../document.ts';
import { htmlReport } from './html/page.ts';

export const render = (document: ReportDocument): string => htmlReport(document);
