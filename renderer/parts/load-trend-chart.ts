type TrendChartModule = typeof import('./trend-chart.tsx');
type ResidualChartModule = typeof import('./residual-chart.tsx');

const RETRY_MS = 2000;

/** Fetches the chart library, as often as it takes: the appliance may be away at just that moment. */
export function loadTrendChart(): Promise<TrendChartModule> {
  return load(() => import('./trend-chart.tsx'));
}

/** The same for the plot of power against its expectation. */
export function loadResidualChart(): Promise<ResidualChartModule> {
  return load(() => import('./residual-chart.tsx'));
}

async function load<Module>(fetchModule: () => Promise<Module>): Promise<Module> {
  for (;;) {
    try {
      return await fetchModule();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
