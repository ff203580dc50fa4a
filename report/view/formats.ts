/** The formats of `benben report`. Each is imported when it is asked for. */
import type { ReportDocument } from '../document.ts';
import type { Palette } from './palette.ts';

/** The whole report in the format; only texts have colours. */
export type Render = (document: ReportDocument, paint: Palette) => string;

export type Format = 'text' | 'json' | 'markdown' | 'csv' | 'html';

export const FORMATS: Readonly<Record<Format, () => Promise<{ readonly render: Render }>>> = {
  text: () => import('./text.ts'),
  json: () => import('./json.ts'),
  markdown: () => import('./markdown.ts'),
  csv: () => import('./csv.ts'),
  html: () => import('./html.ts'),
};
