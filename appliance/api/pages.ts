/** Plain pages for a browser when there is no console to show. They use nothing but themselves. */
function page(title: string, paragraphs: readonly string[]): string {
  const body = paragraphs.map((text) => `<p>${text}</p>`).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} - Forebay</title>
<style>
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem; }
  body { color: #16222e; background: #f6f8f9; }
  h1 { font-size: 1.4rem; }
  code { font-size: 0.9em; background: #e4e9ec; padding: 0.1em 0.35em; border-radius: 4px; }
  @media (prefers-color-scheme: dark) { body { color: #e4e9ec; background: #111a22; } code { background: #22303c; } }
</style>
<h1>${title}</h1>
${body}
</html>
`;
}

const LINK_SPENT = 'API_LINK_SPENT';

export function spentLinkPage(): string {
  return page('This sign-in link is no longer valid', [
    `A sign-in link works once, for 15 minutes. This one was used before or is older (<code>${LINK_SPENT}</code>).`,
    'A new one is printed by <code>npm run -s forebay -- signin --data DIR</code> on the computer where Forebay runs; reopening its window makes one too.',
    'Or <a href="/">open the console</a> and sign in with an API key.',
    'A key is made with <code>npm run -s forebay -- apikey create --data DIR --role operator --name NAME</code>.',
  ]);
}

export function notBuiltPage(): string {
  return page('The console has not been built', [
    'The appliance runs and its API answers, but there is no console in this copy of the program.',
    'In the project folder run <code>npm run build:console</code>, then start the appliance again. <code>npm start</code> does both.',
  ]);
}
