/** The formats of `benben report`. Each is imported only when it is requested. */
import type { ReportDocument, SummaryDocument } from '../document.ts';
import type { Palette } from './table.ts';

/** Renders a report. Only the text format has colours. */
export type Render<Document> = (document: Document, paint: Palette) => string;

export type Format = 'text' | 'json' | 'markdown' | 'csv' | 'html';

export const FORMATS: Readonly<Record<Format, () => Promise<{ readonly render: Render<ReportDocument> }>>> = {
  text: () => import('./text.ts'),
  json: async () => {
    const { reportJson } = await import('../report_json.ts');
    return { render: (document) => `${JSON.stringify(reportJson(document), null, 2)}\n` };
  },
  markdown: () => import('./markdown.ts'),
  csv: () => import('./csv.ts'),
  html: async () => ({ render: (await import('./html/page.ts')).htmlReport }),
};

/** The formats that have a short form: the first screen, for which fewer costs are computed. */
export const SUMMARIES: Readonly<
  Partial<Record<Format, () => Promise<{ readonly render: Render<SummaryDocument> }>>>
> = {
  text: () => import('./summary/text.ts'),
  markdown: () => import('./summary/markdown.ts'),
};
