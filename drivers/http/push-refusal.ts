/** Why a push was not recorded, ready to be answered over HTTP. */
export interface PushRefusal {
  readonly status: 400 | 403 | 404 | 409 | 422 | 503;
  /** `DRV_HTTP_...` */
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Every field that is wrong. */
  readonly errors?: readonly FieldError[];
  /** The entry that holds the reading already. */
  readonly entryIndex?: number;
  /** Whether that entry was made of these very bytes. */
  readonly isIdentical?: boolean;
  /** When to send the same again. */
  readonly retryAfterS?: number;
}

export interface FieldError {
  /** `readings.power_output_kw`, `readings[2].value`. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Refused {
  readonly kind: 'refused';
  /** What the sender is told: nothing of this computer, such as a path. */
  readonly refusal: PushRefusal;
  /** For the log alone. */
  readonly detail?: string;
}

export function refuse(
  status: PushRefusal['status'],
  code: string,
  message: string,
  more: Omit<PushRefusal, 'status' | 'code' | 'message'> = {},
): Refused {
  return { kind: 'refused', refusal: { status, code, message, ...more } };
}

/** One answer that names every wrong field. */
export function refuseFields(errors: readonly FieldError[]): Refused {
  const message = errors.map(({ path, message: wrong }) => `${path === '' ? 'the body' : path}: ${wrong}`).join('; ');
  const hint = errors.find((error) => error.hint !== undefined)?.hint ?? 'see /docs for both forms with an example';
  return refuse(400, 'DRV_HTTP_SHAPE', message, { hint, errors });
}
