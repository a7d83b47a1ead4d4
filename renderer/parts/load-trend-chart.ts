type TrendChartModule = typeof import('./trend-chart.tsx');

const RETRY_MS = 2000;

/** Fetches the chart library, as often as it takes: the appliance may be away at just that moment. */
export async function loadTrendChart(): Promise<TrendChartModule> {
  for (;;) {
    try {
      return await import('./trend-chart.tsx');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
