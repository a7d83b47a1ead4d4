import type { KeyRotationOutcome, KeyRotationRequest } from '../keys/key-rotation.ts';
import type { MeterChangeRequest } from '../meter-change.ts';
import type { MeterWithdrawalRequest } from '../meter-withdrawal.ts';
import type { CloseRequest } from '../month/close-month.ts';
import type { MonthDetailAnswer, MonthListAnswer } from '../month/month-answer.ts';
import type { PushOutcome, PushRequest } from '../push-intake.ts';
import type { ReviewRequest } from '../review-actions.ts';
import type { SyncActions } from '../sync/sync-actions.ts';
import type { TokenActions } from '../tokens/token-actions.ts';
import type { TrainingRequest } from '../train-model.ts';
import type { ReadingAnswer } from './reading-answer.ts';
import type { MeterAnswer, MeterEventAnswer, MeterWithdrawalAnswer } from './schema/meter.ts';
import type { ModelAnswer, ModelListAnswer, TrainingAnswer } from './schema/model.ts';
import type { ServerTrustAnswer } from './schema/server-trust.ts';

/**
 * What the API may do to the plant. Everything else that it has only reads. What a person does is recorded in the ledger
 * with who it was before it takes effect; failures are Failures with a sentence for a person.
 */
export interface ApplianceActions {
  /**
   * Records what a SCADA pushed as the reading of one unit. Durable when it returns `recorded`; when it returns
   * `refused`, nothing was recorded and nothing will be.
   */
  takePush(request: PushRequest): PushOutcome;
  /** What the server of a device shows and what it is trusted with; changes nothing. */
  serverTrust(deviceId: string): ServerTrustAnswer;
  /** `by` trusts the certificate of that thumbprint as the one of the device's server. */
  trustServer(deviceId: string, thumbprint: string, by: string): ServerTrustAnswer;
  listModels(): ModelListAnswer;
  /** Begins to learn a model in the background; `by` puts it in force when it is done. */
  trainModel(request: TrainingRequest, by: string): TrainingAnswer;
  /** `by` puts an earlier model of the unit in force again. Refuses with a Failure `VER_MODEL_...`. */
  useModel(digest: string, unitId: string, by: string): ModelAnswer;
  /**
   * Records a person's decision on a reading and returns the reading as it then stands. Refuses with a Failure `REV_...`
   * what that person may not decide.
   */
  reviewReading(request: ReviewRequest): ReadingAnswer;
  /** What waits for which target. */
  readonly sync: SyncActions;
  /** Puts a new device key in force and destroys the old one. Refuses with a Failure `LED_KEY_...`. */
  rotateKey(request: KeyRotationRequest): Promise<KeyRotationOutcome>;
  /** Certificates for closed months. */
  readonly tokens: TokenActions;
  listMeters(): MeterAnswer[];
  /** Records that a meter was exchanged or its register set. Refuses with a Failure `ACQ_METER_...` what cannot be true. */
  changeMeter(request: MeterChangeRequest): MeterEventAnswer;
  /** Takes back what waits for the register of a meter. Refuses with a Failure `ACQ_METER_...` when nothing does. */
  withdrawMeter(request: MeterWithdrawalRequest): MeterWithdrawalAnswer;
  listMonths(limit: number): Promise<MonthListAnswer>;
  /** Adds the month up from its entries; changes nothing. */
  showMonth(month: string): Promise<MonthDetailAnswer>;
  /** Closes a month or corrects a closed one. Refuses with a Failure `CAR_MONTH_...` that names all that stands in the way. */
  closeMonth(request: CloseRequest): Promise<number>;
}
