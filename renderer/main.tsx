import './styles.ts';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api/client.ts';
import { PreferencesProvider } from './data/preferences.tsx';
import { QUERY_KEYS } from './data/query-keys.ts';
import { router } from './router.tsx';
import { startTexts } from './text/i18n.ts';
import { theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Loopback needs no network, and a hidden window must be right when it is looked at again.
      networkMode: 'always',
      refetchOnWindowFocus: true,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
});

queries.getQueryCache().subscribe(({ type, query }) => {
  const { error } = query.state;
  if (type !== 'updated' || !(error instanceof ApiProblem) || error.status !== 401) return;
  if (queries.getQueryData(QUERY_KEYS.session) !== null) queries.setQueryData(QUERY_KEYS.session, null);
});

await startTexts();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <PreferencesProvider>
          <RouterProvider router={router} />
        </PreferencesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
