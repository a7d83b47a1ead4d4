import type { ReactNode } from 'react';
import { sentenceParts } from '../format/sentence-parts.ts';
import { Instant } from './instant.tsx';

/** A sentence that the appliance wrote, with the moments in it in the zone that people read times in. */
export function Sentence({ text }: { readonly text: string }): ReactNode {
  return sentenceParts(text).map((part, place) => {
    // The parts of one text never change their places, so their place tells them apart.
    const key = `${place} ${text}`;
    if ('at' in part) return <Instant key={key} at={part.at} />;
    return 'typed' in part ? <code key={key}>{part.typed}</code> : <span key={key}>{part.text}</span>;
  });
}
