/**
 * The page's colours, light and dark. A test checks the contrasts: at least 4.5 for text, and at least 3 for the parts
 * of pictures that have a meaning.
 */

export interface Shade {
  readonly light: string;
  readonly dark: string;
}

const shade = (light: string, dark: string): Shade => ({ light, dark });

export const COLOURS = {
  page: shade('#fdfcf9', '#15171b'),
  surface: shade('#f5f3ed', '#1d2026'),
  ink: shade('#1d1d1b', '#e9e6df'),
  muted: shade('#5d5b54', '#a9a69d'),
  line: shade('#dedbd2', '#33373f'),
  frame: shade('#85827a', '#80838b'),
  link: shade('#1f5591', '#8fbdf0'),
  grain: shade('#1d1d1b', '#15171b'),
  attention: shade('#2c5f9e', '#76aee8'),
  cross: shade('#7b4a94', '#c394dc'),
  projections: shade('#8aa9cd', '#4d72a0'),
  memory: shade('#b08cc2', '#8a5fa0'),
  ffn: shade('#d8d8d2', '#454b55'),
  score: shade('#a8501c', '#e58f58'),
  pool: shade('#b5761a', '#e0ac55'),
  head: shade('#5f7d5a', '#7fa377'),
  c1: shade('#2c5f9e', '#76aee8'),
  c2: shade('#a8501c', '#e58f58'),
  c3: shade('#4a7645', '#8cb983'),
  c4: shade('#7b4a94', '#c394dc'),
  c5: shade('#8a6a00', '#d6b84a'),
  c6: shade('#a33a55', '#ec8ba2'),
  c7: shade('#22777a', '#5fc0c0'),
  c8: shade('#5d5b54', '#a9a69d'),
} as const satisfies Readonly<Record<string, Shade>>;

export type Colour = keyof typeof COLOURS;

const variables = (theme: keyof Shade): string =>
  Object.entries(COLOURS)
    .map(([name, shades]) => `--${name}:${shades[theme]}`)
    .join(';');

/** The system's setting chooses the theme, and the button overrides that setting. Printed pages are always light. */
export const THEME = `
:root{color-scheme:light;${variables('light')}}
@media (prefers-color-scheme:dark){:root{color-scheme:dark;${variables('dark')}}}
:root[data-theme=light]{color-scheme:light;${variables('light')}}
:root[data-theme=dark]{color-scheme:dark;${variables('dark')}}
@media print{:root,:root[data-theme]{color-scheme:light;${variables('light')};--page:#fff}}`;
