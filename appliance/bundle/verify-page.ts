import { readFileSync } from 'node:fs';
import { Failure } from '../../core/model/failure.ts';

const PAGE = new URL('./verify.html', import.meta.url);

/**
 * The page that checks a bundle in a browser, as it is shipped with this program.
 *
 * @throws Failure `LED_BUNDLE_NO_PAGE` when this copy of the program lacks it.
 */
export function verifyPage(): string {
  try {
    return readFileSync(PAGE, 'utf8');
  } catch (cause) {
    throw new Failure('LED_BUNDLE_NO_PAGE', 'The page verify.html is not part of this copy of the program.', {
      hint: 'install Forebay again',
      exitCode: 2,
      cause,
    });
  }
}
