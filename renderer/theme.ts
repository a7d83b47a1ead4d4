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

export const theme = createTheme({
  fontFamily: 'Inter Variable, Inter, Segoe UI, Noto Sans, system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, Cascadia Mono, Consolas, DejaVu Sans Mono, monospace',
  colors: { action: ACTION },
  primaryColor: 'action',
  primaryShade: { light: 7, dark: 4 },
  defaultRadius: 6,
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  autoContrast: true,
});
