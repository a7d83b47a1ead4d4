import type { PushOutcome, PushRequest } from '../push-intake.ts';

/** What the API may do to the plant. Everything else that it has only reads. */
export interface ApplianceActions {
  /**
   * Records what a SCADA pushed as the reading of one unit. Durable when it returns `recorded`; when it returns
   * `refused`, nothing was recorded and nothing will be.
   */
  takePush(request: PushRequest): PushOutcome;
}
