import { expect, test } from 'vitest';
import { drawEvaluation } from './draw-evaluation.ts';
import { evaluate, HONEST_LABEL, type LabelledScore } from './evaluate.ts';

test('both axes of both plots bear numbers, and the legend stands above the curves', () => {
  const scores = Array.from(
    { length: 400 },
    (_, at): LabelledScore => ({
      label: at % 8 === 0 ? 'replay' : HONEST_LABEL,
      trustScore: at % 8 === 0 ? 0 : 1,
      overclaimedKwh: 0,
    }),
  );
  const page = drawEvaluation(evaluate(scores, { unfindable: [], slow: [], falseAlarmShare: 0.005 }), scores);
  const words = [...page.matchAll(/<text[^>]*>([\d.]+)<\/text>/g)].map(([, text]) => text);
  expect(words).toEqual([
    ...['0', '1', '2', '3', '4', '5', '0', '25', '50', '75', '100'],
    ...['0', '0.25', '0.5', '0.75', '1', '0.001', '0.01', '0.1', '1', '10', '100'],
  ]);
  const heights = [...page.matchAll(/<polyline[^>]*points="([^"]+)"/g)].flatMap(([, points = '']) =>
    points.split(' ').map((point) => Number(point.split(',')[1])),
  );
  const legend = Number(/honest-text" x="\d+" y="(\d+)"/.exec(page)?.[1]);
  expect(legend).toBeLessThan(Math.min(...heights));
});
