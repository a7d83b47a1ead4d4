import { canonicalize } from '../../core/ledger/canonical.ts';
import type { Json } from '../../core/model/json.ts';
import type { Verdict } from '../../core/verification/verdict.ts';

/** In what a recorded verdict and the one that the layers give differ first, in words: the gravest kind first. */
export function describeDifference(recorded: Verdict, again: Verdict): string {
  if (recorded.status !== again.status) {
    return `recorded is ${headline(recorded)}, and they give ${headline(again)}`;
  }
  const codes = new Set([...recorded.findings, ...again.findings].map(({ code }) => code));
  for (const code of codes) {
    const [own, other] = [recorded, again].map(({ findings }) => findings.filter((each) => each.code === code));
    if (same(own, other)) continue;
    if (own?.length === 0) return `they find ${code}, which was not recorded`;
    if (other?.length === 0) return `they do not find the recorded ${code}`;
    return `the recorded ${code} is another one than they find`;
  }
  const layer = recorded.layers.find((each, place) => !same(each, again.layers[place]));
  if (layer !== undefined) return `the layer ${layer.layer} comes to another outcome`;
  if (recorded.trustScore !== again.trustScore) {
    return `recorded is ${headline(recorded)}, and they give ${headline(again)}`;
  }
  if (!same(recorded.witnesses, again.witnesses)) return 'the witnesses say something else';
  return 'it names another basis';
}

function headline({ status, trustScore }: Verdict): string {
  return `${status} with ${trustScore}`;
}

function same(a: unknown, b: unknown): boolean {
  return canonicalize((a ?? null) as Json) === canonicalize((b ?? null) as Json);
}
