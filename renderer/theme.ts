import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The one colour of what can be pressed. Red and amber are kept for what needs a person (ISA-101). */
const ACTION: MantineColorsTuple = [
  '#eef4fa',
  '#dbe7f2',
  '#b4cde4',
  '#8ab2d6',
  '#679bca',
  '#4f8cc2',
  '#3a78ad',
  '#2b6494',
  '#1f527d',
  '#143f64',
];

/** The dark theme's greys, towards the blue of slate as the page's own. */
const DARK: MantineColorsTuple = [
  '#e6ebee',
  '#b3bfc7',
  '#94a2ab',
  '#6b7a85',
  '#4a5761',
  '#2e383f',
  '#232b31',
  '#1b2227',
  '#12171b',
  '#0d1114',
];

export const theme = createTheme({
  fontFamily: 'Inter Variable, Inter, Segoe UI, Noto Sans, system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, Cascadia Mono, Consolas, DejaVu Sans Mono, monospace',
  colors: { action: ACTION, dark: DARK },
  primaryColor: 'action',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 6,
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  autoContrast: true,
});
